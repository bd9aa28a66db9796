import CMicrohttpd
import Glibc

/// Holds the bytes of an answer until the library has sent them.
private final class LentBytes {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// Answers in the library's form.
enum WireResponse {
    static let endOfStream = -1
    private static let streamBlock = 4096
    /// Up to here copying bytes is cheaper than keeping them.
    private static let copyLimit = 4096

    static func empty() -> OpaquePointer? { MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT) }

    static func bytes(_ bytes: [UInt8]) -> OpaquePointer? {
        guard bytes.count > copyLimit else {
            return bytes.withUnsafeBytes { buffer in
                MHD_create_response_from_buffer(
                    buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress), .RESPMEM_MUST_COPY)
            }
        }
        // Lent: an array's bytes stay where they are as long as somebody holds the array, and nobody changes this one.
        let lent = LentBytes(bytes)
        return bytes.withUnsafeBytes { buffer in
            MHD_create_response_from_buffer_with_free_callback_cls(
                buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress),
                { context in
                    if let context { Unmanaged<LentBytes>.fromOpaque(context).release() }
                }, Unmanaged.passRetained(lent).toOpaque())
        }
    }

    static func stream(_ exchange: Exchange) -> OpaquePointer? {
        MHD_create_response_from_callback(
            UInt64.max, streamBlock,
            { context, _, space, size in
                guard let context, let space else { return WireResponse.endOfStream }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                return exchange.readStream(into: UnsafeMutableRawBufferPointer(start: space, count: size))
            },
            Unmanaged.passRetained(exchange).toOpaque(),
            { if let context = $0 { Unmanaged<Exchange>.fromOpaque(context).release() } })
    }

    static func upgrade(_ exchange: Exchange) -> OpaquePointer? {
        MHD_create_response_for_upgrade(
            { context, _, _, early, earlySize, socket, handle in
                guard let context else { return }
                let descriptor = dup(socket)
                let flags = fcntl(descriptor, F_GETFL)
                _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                let bytes = UnsafeRawBufferPointer(start: early, count: earlySize)
                _ = cm_close_upgraded(handle)
                guard descriptor >= 0 else { return }
                Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                    .upgraded(descriptor, early: Array(bytes))
            }, Unmanaged.passUnretained(exchange).toOpaque())
    }

    static func addHeaders(of response: Response, identity: RequestIdentity, closes: Bool, to reply: OpaquePointer) {
        if let contentType = response.contentType { add("Content-Type", contentType, to: reply) }
        switch identity {
        case .clients(let text): add("X-Request-Id", text, to: reply)
        case .own(let number):
            HeaderText.with {
                $0.append(digitsOf: number)
            } then: {
                add("X-Request-Id", $0, to: reply)
            }
        }
        if let limit = response.rateLimit {
            addLimit("RateLimit", "\"default\";r=", limit.remaining, ";t=", limit.resetsIn, to: reply)
            addLimit("RateLimit-Policy", "\"default\";q=", limit.quota, ";w=", limit.window, to: reply)
        }
        for field in response.headers.fields {
            field.name.withCString { name in
                field.value.withCString { _ = MHD_add_response_header(reply, name, $0) }
            }
        }
        if closes { add("Connection", "close", to: reply) }
    }

    private static func addLimit(
        _ name: StaticString, _ first: StaticString, _ count: Int, _ second: StaticString, _ seconds: Int,
        to reply: OpaquePointer
    ) {
        HeaderText.with {
            $0.append(first)
            $0.append(count)
            $0.append(second)
            $0.append(seconds)
        } then: {
            add(name, $0, to: reply)
        }
    }

    /// Passing a string as a C argument would copy it; this lends what it has.
    private static func add(_ name: StaticString, _ value: String, to reply: OpaquePointer) {
        value.withCString { add(name, $0, to: reply) }
    }

    private static func add(_ name: StaticString, _ value: UnsafePointer<CChar>, to reply: OpaquePointer) {
        name.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) { name in
                _ = MHD_add_response_header(reply, name.baseAddress, value)
            }
        }
    }
}
