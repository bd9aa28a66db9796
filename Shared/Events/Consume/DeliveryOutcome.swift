import MongoClient
import RedisClient
import Runtime

/// What became of one delivery.
package enum DeliveryOutcome: Sendable, Equatable {
    case done
    /// Hand it out again, until the attempts are used up.
    case failed(String)
    /// No attempt will succeed.
    case rejected(String)
    /// A dependency is away: hand it out again, and do not count the attempt.
    case postponed(String)

    /// What an error thrown by a handler means.
    package init(_ error: any Error) {
        switch error {
        case let error as EventRejected: self = .rejected(error.reason)
        case let error as RedisError where error.isTransient || error == .cancelled: self = .postponed("\(error)")
        case let error as MongoError where error.isTemporary: self = .postponed("\(error)")
        case is PoolRejected, is DeadlineExceeded, is CancellationError: self = .postponed("\(error)")
        default: self = .failed("\(error)")
        }
    }
}
