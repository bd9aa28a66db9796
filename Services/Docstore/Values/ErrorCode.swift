/// The codes that have a name of their own; any other number is called `Location<number>`.
enum ErrorCode: Int32, Sendable {
    case internalError = 1, badValue = 2, noSuchKey = 4, hostUnreachable = 6, hostNotFound = 7, failedToParse = 9
    case unauthorized = 13, typeMismatch = 14, overflow = 15, invalidLength = 16, invalidBSON = 22, lockTimeout = 24
    case namespaceNotFound = 26, indexNotFound = 27, pathNotViable = 28, conflictingUpdateOperators = 40
    case cursorNotFound = 43, namespaceExists = 48, maxTimeMSExpired = 50, dollarPrefixedFieldName = 52
    case invalidIdField = 53, notSingleValueField = 54, emptyFieldName = 56, commandNotFound = 59
    case writeConcernFailed = 64, immutableField = 66, cannotCreateIndex = 67, invalidOptions = 72
    case invalidNamespace = 73, unknownReplWriteConcern = 79, cannotBackfillArray = 82, indexOptionsConflict = 85
    case indexKeySpecsConflict = 86, networkTimeout = 89, shutdownInProgress = 91, operationFailed = 96
    case unsatisfiableWriteConcern = 100, notExactValueField = 111, writeConflict = 112
    case documentValidationFailure = 121, invalidPipelineOperator = 168, queryPlanKilled = 175
    case primarySteppedDown = 189, invalidIndexSpecificationOption = 197, invalidUUID = 207, transactionTooOld = 225
    case conversionFailure = 241, incompatibleTransaction = 244, snapshotUnavailable = 246, noSuchTransaction = 251
    case transactionCommitted = 256, exceededTimeLimit = 262, operationNotSupportedInTransaction = 263
    case queryExceededMemoryLimitNoDiskUseAllowed = 292, apiVersionError = 322, apiStrictError = 323
    case socketException = 9001, notWritablePrimary = 10107, bsonObjectTooLarge = 10334, duplicateKey = 11000
    case interruptedAtShutdown = 11600, interrupted = 11601, interruptedDueToReplStateChange = 11602
    case notPrimaryNoSecondaryOk = 13435, notPrimaryOrSecondary = 13436

    /// As MongoDB spells it.
    static func name(of number: Int32) -> String {
        guard let name = ErrorCode(rawValue: number).map({ "\($0)" }) else { return "Location\(number)" }
        let start = ["api", "bson"].first(where: name.hasPrefix)?.count ?? 1
        return name.prefix(start).uppercased() + name.dropFirst(start)
    }
}
