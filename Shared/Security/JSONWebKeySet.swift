import Domain
package import JSON

/// Public keys as verifiers read them (RFC 7517), each for RS256 signatures.
package struct JSONWebKeySet: JSONWritable {
    private let keys: [(id: String, modulus: [UInt8], exponent: [UInt8])]

    /// - Parameter keys: names beside SubjectPublicKeyInfos.
    /// - Throws: `malformedKey` for what is no RSA key of 2048 bits or more.
    package init(_ keys: [(id: String, publicDER: [UInt8])]) throws(SecurityError) {
        self.keys = try keys.map { key throws(SecurityError) in
            let components = try RSAPublicKey(der: key.publicDER).components
            return (key.id, components.modulus, components.exponent)
        }
    }

    package static let schema = Schema.object(
        .required(
            "keys",
            .array(
                of: .object(
                    .required("kty", .string), .required("use", .string), .required("alg", .string),
                    .required("kid", .string), .required("n", .string), .required("e", .string)))))

    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.array("keys") { writer in
                for key in keys {
                    writer.object {
                        $0.field("kty", "RSA")
                        $0.field("use", "sig")
                        $0.field("alg", "RS256")
                        $0.field("kid", key.id)
                        $0.field("n", Base64URL.encode(key.modulus))
                        $0.field("e", Base64URL.encode(key.exponent))
                    }
                }
            }
        }
    }
}
