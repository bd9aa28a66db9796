import CMicrohttpd
import Glibc
import Telemetry

/// The library's callbacks, which only find the object that is meant.
///
/// A connection is retained by its socket context, an exchange by the request's context; both are released in the
/// callback that the library promises to make last.
enum ListenerCallbacks {
    static func table(for listener: Listener) -> cm_callbacks {
        cm_callbacks(
            handle: handle, announce: announce, complete: complete, connect: connect, log: log,
            context: Unmanaged.passUnretained(listener).toOpaque())
    }

    private static let announce:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?
        ) -> UnsafeMutableRawPointer? = { _, uri, handle in
            guard let handle, let context = cm_socket_context(handle) else { return nil }
            let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
            let exchange = Exchange(
                handle, connection: connection, hasQuery: uri.map { strchr($0, 0x3F) != nil } ?? false)
            connection.exchange = exchange
            connection.deadline = connection.listener.loop.now &+ connection.listener.times.read
            return Unmanaged.passRetained(exchange).toOpaque()
        }

    private static let handle: MHD_AccessHandlerCallback = { _, _, url, method, _, upload, size, context in
        guard let pointer = context?.pointee, let url, let method, let size else { return .NO }
        let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
        return exchange.advance(url: url, method: method, upload: upload, uploadSize: size)
    }

    private static let complete: MHD_RequestCompletedCallback = { _, _, context, _ in
        guard let pointer = context?.pointee else { return }
        context?.pointee = nil
        Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue().complete()
    }

    private static let connect: MHD_NotifyConnectionCallback = { context, handle, socketContext, event in
        guard let context, let handle, let socketContext else { return }
        if cm_is_opening(event) != 0 {
            let listener = Unmanaged<Listener>.fromOpaque(context).takeUnretainedValue()
            socketContext.pointee = Unmanaged.passRetained(listener.opened(handle)).toOpaque()
        } else if let pointer = socketContext.pointee {
            socketContext.pointee = nil
            let connection = Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue()
            connection.listener.closed(connection)
        }
    }

    /// What the library has to say is about single clients: for whoever looks into one.
    private static let log: MHD_LogCallback = { context, format, arguments in
        guard let context, let format, let arguments else { return }
        var text = [CChar](repeating: 0, count: 512)
        vsnprintf(&text, text.count, format, arguments)
        let message = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        Unmanaged<Listener>.fromOpaque(context).takeUnretainedValue().logger
            .debug("libmicrohttpd", ["message": message])
    }
}
