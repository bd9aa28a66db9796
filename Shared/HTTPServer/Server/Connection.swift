import CLinux
import CMicrohttpd

/// One TCP connection of a listener: who is there, and by when something must happen. Loop-confined.
final class Connection {
    let descriptor: Int32
    let peer: IPAddress
    /// The listener closes all of its connections before it goes.
    unowned(unsafe) let listener: Listener
    /// Where the listener keeps it.
    var index = 0
    /// When the listener's sweep ends it; `.max` while a handler or a stream is at work.
    var deadline: UInt64
    /// The request being read, handled or answered. Not weak: weak references make every retain a slow one.
    var exchange: Exchange?

    init(_ connection: OpaquePointer, listener: Listener, deadline: UInt64) {
        descriptor = cm_connection_fd(connection)
        peer = cm_peer(connection).flatMap { IPAddress($0) } ?? .loopback
        self.listener = listener
        self.deadline = deadline
    }

    var isIdle: Bool { exchange == nil }

    /// Ends the connection; the library notices and cleans up.
    func shutDown() {
        cl_shut_down(descriptor)
    }
}
