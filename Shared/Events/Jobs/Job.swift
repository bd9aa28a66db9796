/// A piece of work that a worker has leased.
package struct Job: Sendable, Equatable {
    package let id: String
    package let payload: [UInt8]
    /// 1 the first time. Effects in a database carry (id, attempt) as a condition.
    package let attempt: Int
    /// Proves the lease: whoever lost it can neither complete nor fail the job.
    package let token: String

    package init(id: String, payload: [UInt8], attempt: Int, token: String) {
        self.id = id
        self.payload = payload
        self.attempt = attempt
        self.token = token
    }

    package var text: String { String(decoding: payload, as: UTF8.self) }
}

/// A job that no repetition will bring to an end: it is set aside at once.
package struct JobAbandoned: Error, Equatable, CustomStringConvertible {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}

/// How many jobs are where.
package struct QueueDepth: Sendable, Equatable {
    package var waiting = 0
    package var delayed = 0
    /// Delayed ones whose time has come.
    package var due = 0
    package var leased = 0
    package var dead = 0

    package init() {}

    /// What a worker has before it.
    package var backlog: Int { waiting + due + leased }
}
