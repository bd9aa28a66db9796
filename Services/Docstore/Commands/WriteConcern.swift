import BSON

/// How far a write has to have come before it is acknowledged.
struct WriteConcern {
    /// Whether to wait for the disk: asked for by `j`, and what `majority` means where journalling is on.
    let isJournaled: Bool
    /// Why this server cannot do as asked. Replies say so of a write that is done all the same.
    let error: BSONDocument?

    /// What holds for a command that states none.
    static let usual = WriteConcern()

    private init() { (isJournaled, error) = (false, nil) }

    init(_ concern: BSONDocument) throws {
        for key in concern.keys where !["w", "j", "wtimeout", "fsync", "provenance"].contains(key) {
            throw CommandError.failedToParse("unrecognized write concern field: \(key)")
        }
        let w = concern["w"] ?? 1
        var failure: CommandError?
        if case .string(let mode) = w {
            let message = "No write concern mode named '\(mode)' found in replica set configuration"
            failure = mode == "majority" ? nil : CommandError(.unknownReplWriteConcern, message)
        } else {
            let members = w.int64Value ?? -1
            try require(0...50 ~= members, .failedToParse, "w has to be a string, or a number from 0 to 50")
            if members > 1 { failure = CommandError(.unsatisfiableWriteConcern, "Not enough data-bearing nodes") }
        }
        isJournaled = w == "majority" || concern.flag("j")
        error = failure.map { failure in
            let stated: BSONValue = ["w": w, "wtimeout": concern["wtimeout"] ?? 0, "provenance": "clientSupplied"]
            return [
                "code": .int32(failure.code), "codeName": .string(failure.codeName), "errmsg": .string(failure.message),
                "errInfo": ["writeConcern": stated],
            ]
        }
    }
}
