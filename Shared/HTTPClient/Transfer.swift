import CCurl
import Runtime

/// One request on the wire: owns the easy handle and its lists, collects the answer. Confined to its loop.
final class Transfer: @unchecked Sendable {  // loop: the one of its `CurlMulti`
    let easy: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var pinList: UnsafeMutablePointer<curl_slist>?
    private let limit: Int
    private let onBody: (@Sendable ([UInt8]) -> Void)?
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    private var received = 0
    private var isTooLarge = false
    var completion: ((Result<ClientResponse, HTTPClientError>) -> Void)?

    /// - Parameter address: the checked address of the target's host, which the connection is pinned to.
    init(
        _ request: ClientRequest, to target: TargetURL, at address: NetworkAddress, limit: Int, time: Duration,
        configuration: HTTPClientConfiguration, onBody: (@Sendable ([UInt8]) -> Void)?
    ) throws(HTTPClientError) {
        guard let easy = curl_easy_init() else { throw .unreachable("out of memory") }
        self.easy = easy
        self.limit = limit
        self.onBody = onBody
        let literal = address.isIPv6 ? "[\(address)]" : "\(address)"
        pinList = curl_slist_append(nil, "+\(target.authority):\(literal)")
        for header in request.headers + [("User-Agent", configuration.userAgent), ("Expect", "")] {
            let hasBreak = (header.name + header.value).utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 }
            guard !hasBreak else { throw .invalidRequest("a header holds a line break") }
            headerList = curl_slist_append(
                headerList,
                "\(header.name)\(header.value.isEmpty ? header.name == "Expect" ? ":" : ";" : ": " + header.value)")
        }
        set(CURLOPT_URL, target.whole)
        set(CURLOPT_CUSTOMREQUEST, request.method)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOBODY, request.method == "HEAD" ? 1 : 0)
        set(CURLOPT_TIMEOUT_MS, max(Int(time.clampedNanoseconds / 1_000_000), 1))
        set(CURLOPT_CONNECTTIMEOUT_MS, max(Int(configuration.connectTimeout.clampedNanoseconds / 1_000_000), 1))
        cc_set_list(easy, CURLOPT_HTTPHEADER, headerList)
        cc_set_list(easy, CURLOPT_RESOLVE, pinList)
        if !request.body.isEmpty || request.method == "POST" || request.method == "PUT" {
            request.body.withUnsafeBytes {
                _ = cc_set_body(easy, $0.baseAddress ?? UnsafeRawPointer(easy), curl_off_t($0.count))
            }
            set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        cc_set_pointer(easy, CURLOPT_PRIVATE, context)
        cc_on_header(
            easy, { data, size, count, context in Transfer.from(context)?.take(header: data, size * count) ?? 0 },
            context)
        cc_on_body(
            easy, { data, size, count, context in Transfer.from(context)?.take(body: data, size * count) ?? 0 }, context
        )
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        curl_slist_free_all(pinList)
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Ends it with what curl says; the completion is called once.
    func finish(_ code: CURLcode) {
        let completion = completion
        self.completion = nil
        switch code {
        case CURLE_OK: completion?(.success(ClientResponse(status: cc_status(easy), headers: headers, body: body)))
        case _ where isTooLarge: completion?(.failure(.tooLarge(limit: limit)))
        case CURLE_OPERATION_TIMEDOUT: completion?(.failure(.timedOut))
        default: completion?(.failure(.unreachable(String(cString: curl_easy_strerror(code)))))
        }
    }

    func cancel() {
        let completion = completion
        self.completion = nil
        completion?(.failure(.cancelled))
    }

    private func set(_ option: CURLoption, _ value: Int) { cc_set_long(easy, option, value) }
    private func set(_ option: CURLoption, _ value: String) { cc_set_string(easy, option, value) }

    private func take(header data: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        let line = UnsafeRawBufferPointer(start: data, count: count)
        if line.starts(with: "HTTP/".utf8) {
            headers = []  // of a "100 Continue" before, or none
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: line[..<colon], as: UTF8.self)
            let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
            headers.append((name, String(value.drop { $0 == " " || $0 == "\t" }.prefix { !$0.isNewline })))
        }
        return count
    }

    private func take(body data: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        received += count
        guard received <= limit else {
            isTooLarge = true
            return 0
        }
        let bytes = UnsafeRawBufferPointer(start: data, count: count)
        if let onBody {
            onBody(Array(bytes))
        } else {
            body.append(contentsOf: bytes)
        }
        return count
    }
}
