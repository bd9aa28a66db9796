import CLinux
import Glibc

/// An IPv4 or IPv6 address. An IPv4 address mapped into IPv6 is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Network order, in IPv6 form; IPv4 as `::ffff:a.b.c.d`.
    package let high: UInt64
    package let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(v4: UInt32) { self.init(high: 0, low: 0x0000_FFFF_0000_0000 | UInt64(v4)) }

    package static let loopback = IPAddress(v4: 0x7F00_0001)

    package var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }
    package var isLoopback: Bool { isV4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1 }

    /// One household's worth of addresses: the IPv4 address itself, or the IPv6 /64.
    package var household: IPAddress { isV4 ? self : IPAddress(high: high, low: 0) }

    /// Reads `192.0.2.1`, `2001:db8::1`, or either in the brackets of an authority.
    package init?(_ text: some StringProtocol) {
        var plain = String(text)
        if let dotted = plain.withUTF8({ Self.dotted($0) }) {
            self.init(v4: dotted)
            return
        }
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : String(text)
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, bare, &v4) == 1 {
            self.init(v4: UInt32(bigEndian: v4.s_addr))
        } else if inet_pton(AF_INET6, bare, &v6) == 1 {
            self.init(v6)
        } else {
            return nil
        }
    }

    /// Four numbers with dots between them, as nearly all addresses are written; nil for everything else.
    static func dotted(_ text: UnsafeBufferPointer<UInt8>) -> UInt32? {
        var (address, part, digits, dots): (UInt32, UInt32, Int, Int) = (0, 0, 0, 0)
        for byte in text {
            if byte == UInt8(ascii: "."), digits > 0, dots < 3 {
                address = address << 8 | part
                (part, digits, dots) = (0, 0, dots + 1)
            } else if byte &- UInt8(ascii: "0") < 10, digits == 0 || part > 0 {
                part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                if part > 255 { return nil }
            } else {
                return nil
            }
        }
        return dots == 3 && digits > 0 ? address << 8 | part : nil
    }

    /// The address of a socket's peer; nil for other families.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let v4 = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
            self.init(v4: UInt32(bigEndian: v4.sin_addr.s_addr))
        case AF_INET6: self.init(UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default: return nil
        }
    }

    private init(_ v6: in6_addr) {
        let words = withUnsafeBytes(of: v6) { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }

    package var description: String {
        if isV4 { return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)" }
        var v6 = in6_addr()
        withUnsafeMutableBytes(of: &v6) { bytes in
            bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        var text = [CChar](repeating: 0, count: 64)
        guard inet_ntop(AF_INET6, &v6, &text, socklen_t(text.count)) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the first `bits` of both are the same.
    fileprivate func shares(_ bits: Int, with other: IPAddress) -> Bool {
        let highMask: UInt64 = bits >= 64 ? .max : bits == 0 ? 0 : .max << UInt64(64 - bits)
        let lowMask: UInt64 = bits <= 64 ? 0 : bits >= 128 ? .max : .max << UInt64(128 - bits)
        return (high ^ other.high) & highMask == 0 && (low ^ other.low) & lowMask == 0
    }
}

/// A block of addresses, as `10.0.0.0/8` or a single address.
package struct IPNetwork: Hashable, Sendable {
    private let base: IPAddress
    private let bits: Int

    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let base = IPAddress(first) else { return nil }
        self.base = base
        let width = base.isV4 ? 32 : 128
        guard parts.count == 2 else {
            bits = 128
            return
        }
        guard let length = Int(parts[1]), (0...width).contains(length) else { return nil }
        bits = length + 128 - width
    }

    package func contains(_ address: IPAddress) -> Bool { address.shares(bits, with: base) }
}
