/// How a client reaches its servers.
package struct MongoConfiguration: Sendable {
    /// `mongodb://host:port/database?options`; options given there win over what follows.
    package var url: String
    /// Threads that may be inside libmongoc at once.
    package var threads: Int
    /// Calls that may wait for a thread before further ones are refused.
    package var queueLimit: Int
    /// How long the server may work on a read; the socket gives up a little later, for writes too.
    package var operationTime: Duration
    /// How long a call waits for a server to appear before it is refused as unavailable.
    package var selectionTime: Duration
    /// Tells the server who speaks.
    package var applicationName: String

    package init(
        url: String, threads: Int = 8, queueLimit: Int = 512, operationTime: Duration = .seconds(10),
        selectionTime: Duration = .seconds(3), applicationName: String = "circle"
    ) {
        self.url = url
        self.threads = max(1, threads)
        self.queueLimit = queueLimit
        self.operationTime = operationTime
        self.selectionTime = selectionTime
        self.applicationName = applicationName
    }
}

extension Duration {
    /// Whole milliseconds, at least 1 for anything positive.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(seconds * 1000 + attoseconds / 1_000_000_000_000_000, self > .zero ? 1 : 0)
    }
}
