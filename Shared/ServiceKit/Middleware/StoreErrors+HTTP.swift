package import HTTPServer
package import MongoClient
package import RedisClient
import Telemetry

/// A store that is away is the client's 503; a store that answers nonsense is our 500.
extension RedisError: ProblemConvertible {
    package var problem: Problem { isTransient ? .unavailable() : StoreFailure.problem("redis", self) }
}

extension MongoError: ProblemConvertible {
    package var problem: Problem { isTemporary ? .unavailable() : StoreFailure.problem("mongo", self) }
}

/// Our own mistakes with a store: the client learns nothing, the log all.
private enum StoreFailure {
    private static let log = Logger(label: "store")

    static func problem(_ store: String, _ error: any Error) -> Problem {
        log.error("a store refused what a handler asked", ["store": store, "error": "\(error)"])
        return Problem(.internalError)
    }
}
