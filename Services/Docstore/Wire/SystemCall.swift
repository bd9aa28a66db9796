import Glibc

/// A system call that failed, with its errno.
struct SystemError: Error, Equatable, CustomStringConvertible {
    let call: String
    let code: Int32

    var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// The one way to make a system call: retries what a signal interrupted, throws what failed.
@discardableResult
func systemCall<R: SignedInteger>(_ name: String, _ body: () -> R) throws(SystemError) -> R {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw SystemError(call: name, code: code) }
    }
}
