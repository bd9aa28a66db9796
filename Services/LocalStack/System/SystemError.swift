internal import Glibc

/// A failed system call: which one, on what, and why.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let call: String
    package let subject: String
    package let code: Int32

    package init(_ call: String, _ subject: String = "", code: Int32 = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    /// The other side ended the connection without reading all of it.
    package var isConnectionReset: Bool { code == ECONNRESET || code == EPIPE }

    package var description: String {
        let reason = String(cString: strerror(code))
        return subject.isEmpty ? "\(call): \(reason)" : "\(call) \(subject): \(reason)"
    }
}

/// Runs a system call again while a signal interrupts it, and turns -1 into an error.
@discardableResult
func retrying<N: FixedWidthInteger>(_ name: String, _ subject: String = "", _ call: () -> N) throws(SystemError) -> N {
    while true {
        let result = call()
        if result != -1 { return result }
        if errno != EINTR { throw SystemError(name, subject) }
    }
}

/// A message for the person at the terminal; the command ends with it.
package struct StackError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
