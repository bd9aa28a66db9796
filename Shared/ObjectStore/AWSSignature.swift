import Domain
import Security

/// AWS Signature Version 4, as "Create a signed AWS API request" of the IAM user guide describes it.
struct AWSSignature {
    let accessKey: String
    let secretKey: String
    let region: String
    var service = "s3"

    /// The headers that a request needs beside its own: date, digest of the body, and the authorization over all of it.
    ///
    /// - Parameters:
    ///   - path: the path as it is sent, escaped already.
    ///   - query: names and values, unescaped.
    ///   - headers: those to be signed; `host` has to be among them.
    func headers(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)],
        body: [UInt8], at now: Instant
    ) -> [(name: String, value: String)] {
        let stamp = Self.stamp(now), day = String(stamp.prefix(8))
        let digest = SHA256.hexDigest(body)
        let own = [(name: "x-amz-content-sha256", value: digest), (name: "x-amz-date", value: stamp)]
        let signed = (headers + own).map { (name: $0.name.lowercased(), value: $0.value) }.sorted { $0.name < $1.name }
        let names = signed.map(\.name).joined(separator: ";")
        let request = [
            method, path, Self.canonical(query), signed.map { "\($0.name):\($0.value)\n" }.joined(), names, digest,
        ].joined(separator: "\n")
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(SHA256.hexDigest(request))"
        var key = HMAC.sha256(key: Array("AWS4\(secretKey)".utf8), message: Array(day.utf8))
        for part in [region, service, "aws4_request"] { key = HMAC.sha256(key: key, message: Array(part.utf8)) }
        let signature = Hex.encode(HMAC.sha256(key: key, message: Array(text.utf8)))
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
        return own + [(name: "Authorization", value: authorization)]
    }

    static func canonical(_ query: [(name: String, value: String)]) -> String {
        query.map { (escape($0.name), escape($0.value)) }.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(
            separator: "&")
    }

    /// Everything but unreserved characters as `%XX`.
    static func escape(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }

    /// `20130524T000000Z`, from `2013-05-24T00:00:00.000Z`.
    static func stamp(_ now: Instant) -> String {
        now.iso8601.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
