extension Response {
    /// The same answer with an `ETag` over its bytes, or 304 when the client has these bytes already.
    ///
    /// For 200 answers of safe methods; anything else is left alone.
    package func conditional(for request: Request) -> Response {
        guard status == .ok, request.method?.isSafe == true, case .bytes(let bytes) = body else { return self }
        let tag = "\"\(String(Self.digest(bytes), radix: 36))\""
        var answer = self
        answer.headers["ETag"] = tag
        guard let known = request.header("If-None-Match"), Self.matches(known, tag) else { return answer }
        answer.contentType = nil
        answer.status = .notModified
        answer.body = .empty
        return answer
    }

    /// Weak comparison (RFC 9110, 13.1.2): `W/` makes no difference.
    private static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { part in
            let candidate = part.drop { $0 == " " }.prefix { $0 != " " }
            return candidate == "*" || candidate == tag || candidate == "W/" + tag
        }
    }

    /// FNV-1a over 64 bits: a tag names bytes for a cache, it guards nothing.
    private static func digest(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325 ^ UInt64(bytes.count)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
