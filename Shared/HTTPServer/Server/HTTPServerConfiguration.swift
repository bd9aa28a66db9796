/// How a server listens and what it bears.
package struct HTTPServerConfiguration: Sendable {
    /// Address to listen on, IPv4 or IPv6.
    package var host = "127.0.0.1"
    /// 0 takes a free port; `HTTPServer.port` tells which.
    package var port = 0
    /// Longer bodies are answered with 413.
    package var bodyLimit = 1 << 20
    /// Connections per loop.
    package var connectionLimit = 16_384
    /// A request must be complete this long after its first line.
    package var readTimeout = Duration.seconds(20)
    /// A connection without a request is closed after this long.
    package var idleTimeout = Duration.seconds(75)
    /// An answer must have been read this long after it began, streams excepted.
    package var writeTimeout = Duration.seconds(120)
    /// Memory of one connection for request line, headers and output, cleared for each; longer headers are answered with 431.
    package var connectionMemory = 8 * 1024
    /// A comment goes out on an event stream this often, so that dead connections are found.
    package var heartbeatInterval = Duration.seconds(15)

    package init() {}
}
