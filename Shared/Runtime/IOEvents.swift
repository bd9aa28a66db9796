import CLinux

/// What a descriptor is watched for, and what it is ready for.
package struct IOEvents: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = IOEvents(rawValue: EPOLLIN.rawValue)
    package static let writable = IOEvents(rawValue: EPOLLOUT.rawValue)
    /// The peer closed its writing half; ask for it to learn of it without reading.
    package static let readHangup = IOEvents(rawValue: EPOLLRDHUP.rawValue)
    /// Always reported, asked for or not.
    package static let error = IOEvents(rawValue: EPOLLERR.rawValue)
    /// Always reported, asked for or not.
    package static let hangup = IOEvents(rawValue: EPOLLHUP.rawValue)
}
