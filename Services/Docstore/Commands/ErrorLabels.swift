import BSON

/// The labels by which drivers decide whether to try again.
struct ErrorLabels {
    let command: any Command.Type
    let session: SessionOptions

    static let transient = "TransientTransactionError"
    static let retryable = "RetryableWriteError"

    /// As drivers' specifications list them: the node is going away or was unreachable.
    private static let retryableCodes: Set<Int32> = [
        6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436,
    ]
    private static let transientCodes: Set<Int32> = [24, 112, 246, 251, 267]

    /// - Parameter given: labels a fail point dictates instead.
    func label(_ error: CommandError, given: [String]?) -> CommandError {
        var labelled = error
        if let given {
            labelled.labels = given
            return labelled
        }
        let ends = command.traits.contains(.endsTransaction)
        if session.isInTransaction {
            if Self.transientCodes.contains(error.code) || (!ends && Self.retryableCodes.contains(error.code)) {
                labelled.labels.append(Self.transient)
            }
            if ends, Self.retryableCodes.contains(error.code) { labelled.labels.append(Self.retryable) }
        } else if session.transactionNumber != nil, Self.retryableCodes.contains(error.code) {
            labelled.labels.append(Self.retryable)
        }
        return labelled
    }

    /// The command happened, and the fail point says that its write concern was not met.
    func attach(to reply: CommandReply, writeConcernError: BSONDocument, _ given: [String]?) -> [UInt8] {
        guard case .document(var document) = reply else { return reply.encode() }
        document.append("ok", .double(1))
        document.append("writeConcernError", .document(writeConcernError))
        var labels = given ?? []
        let code = writeConcernError.int32("code") ?? 0
        if given == nil, session.transactionNumber != nil, Self.retryableCodes.contains(code) {
            labels.append(Self.retryable)
        }
        if !labels.isEmpty { document.append("errorLabels", .array(labels.map { .string($0) })) }
        return document.encode()
    }
}
