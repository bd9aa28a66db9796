/// An IPv4 or IPv6 address, as its 4 or 16 bytes.
package struct NetworkAddress: Sendable, Equatable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    package var isIPv6: Bool { bytes.count == 16 }

    /// Whether it belongs to a machine of the public internet: not private, loopback, link-local, shared, multicast,
    /// reserved or documentation space, nor an IPv6 form that carries such an IPv4 address.
    package var isPublic: Bool {
        bytes.count == 4 ? Self.isPublicIPv4(bytes) : Self.isPublicIPv6(bytes)
    }

    private static func isPublicIPv4(_ b: [UInt8]) -> Bool {
        switch (b[0], b[1]) {
        case (0, _), (10, _), (127, _), (224..., _): false
        case (100, 64...127): false
        case (169, 254), (192, 168): false
        case (172, 16...31): false
        case (192, 0): b[2] != 0 && b[2] != 2
        case (192, 88): b[2] != 99
        case (198, 18...19): false
        case (198, 51): b[2] != 100
        case (203, 0): b[2] != 113
        default: true
        }
    }

    private static func isPublicIPv6(_ b: [UInt8]) -> Bool {
        let leading = Array(b.prefix(12))
        if leading == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
            || leading == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
        {
            return isPublicIPv4(Array(b[12...]))  // mapped, or translated by NAT64
        }
        if b[0] == 0x20, b[1] == 0x02 { return isPublicIPv4(Array(b[2..<6])) }  // 6to4
        if b[0] == 0x20, b[1] == 0x01, b[2] == 0x0d, b[3] == 0xb8 { return false }  // documentation
        if b[0] == 0x20, b[1] == 0x01, b[2] == 0, b[3] == 0 { return false }  // Teredo
        return b[0] & 0xe0 == 0x20  // global unicast, 2000::/3; all else is local, multicast or reserved
    }

    package var description: String {
        guard isIPv6 else { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }
}
