import CCurl

/// The parts of an address that decide where a request goes.
struct TargetURL: Equatable {
    let whole: String
    let host: String
    let port: Int

    /// Parses with curl's own parser, so that what is checked is what is connected to.
    ///
    /// - Parameter base: what a relative `text` (of a redirect) is relative to.
    init(_ text: String, relativeTo base: String? = nil) throws(HTTPClientError) {
        guard let url = curl_url() else { throw .unreachable("out of memory") }
        defer { curl_url_cleanup(url) }
        if let base { try Self.set(url, base) }
        try Self.set(url, text)
        guard let scheme = Self.part(url, CURLUPART_SCHEME), scheme == "http" || scheme == "https" else {
            throw .invalidRequest("only http and https are spoken")
        }
        guard Self.part(url, CURLUPART_USER) == nil, Self.part(url, CURLUPART_PASSWORD) == nil else {
            throw .invalidRequest("no credentials in addresses")
        }
        guard let host = Self.part(url, CURLUPART_HOST), !host.isEmpty,
            let port = Self.part(url, CURLUPART_PORT, flags: UInt32(CURLU_DEFAULT_PORT)).flatMap(Int.init),
            let whole = Self.part(url, CURLUPART_URL)
        else { throw .invalidRequest("no host in the address") }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host.lowercased()
        self.port = port
        self.whole = whole
    }

    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    private static func set(_ url: OpaquePointer, _ text: String) throws(HTTPClientError) {
        let code = curl_url_set(url, CURLUPART_URL, text, 0)
        guard code == CURLUE_OK else { throw .invalidRequest(String(cString: curl_url_strerror(code))) }
    }

    private static func part(_ url: OpaquePointer, _ part: CURLUPart, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
