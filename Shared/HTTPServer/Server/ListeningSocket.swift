import CLinux
import Glibc
import Runtime

/// A listening socket that shares its port with those of the other loops.
struct ListeningSocket {
    let descriptor: Int32
    let port: Int

    init(host: String, port: Int) throws(SystemError) {
        var (storage, length) = try Self.address(host: host, port: port)
        let family = Int32(storage.ss_family)
        let descriptor = try SystemError.check("socket") {
            socket(
                family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        }
        do {
            try Self.enable(SO_REUSEADDR, on: descriptor)
            try Self.enable(SO_REUSEPORT, on: descriptor)
            try withUnsafeMutablePointer(to: &storage) { pointer throws(SystemError) in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address throws(SystemError) in
                    try SystemError.check("bind \(host):\(port)") { bind(descriptor, address, length) }
                    try SystemError.check("listen") { listen(descriptor, 1024) }
                    try SystemError.check("getsockname") { getsockname(descriptor, address, &length) }
                }
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.port = Self.port(of: storage)
    }

    private static func enable(_ option: Int32, on descriptor: Int32) throws(SystemError) {
        var yes: Int32 = 1
        try SystemError.check("setsockopt") {
            setsockopt(descriptor, SOL_SOCKET, option, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    private static func address(host: String, port: Int) throws(SystemError) -> (sockaddr_storage, socklen_t) {
        var storage = sockaddr_storage()
        let number = in_port_t(truncatingIfNeeded: port).bigEndian
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = number
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
            return (storage, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        guard inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 else {
            throw SystemError(call: "address \(host)", code: EINVAL)
        }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = number
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
        return (storage, socklen_t(MemoryLayout<sockaddr_in6>.size))
    }

    private static func port(of storage: sockaddr_storage) -> Int {
        withUnsafeBytes(of: storage) { bytes in
            // The port follows the family in both kinds of address.
            Int(in_port_t(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: in_port_t.self)))
        }
    }
}
