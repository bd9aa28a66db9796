/// The codes that have a name of their own; any other number is called `Location<number>`.
// swift-format-ignore: OneCasePerLine
package enum ErrorCode: Int32, Sendable {
    case internalError = 1, badValue = 2, noSuchKey = 4, hostUnreachable = 6, hostNotFound = 7, failedToParse = 9
    case unauthorized = 13, typeMismatch = 14, overflow = 15, invalidLength = 16, invalidBSON = 22, lockTimeout = 24
    case namespaceNotFound = 26, indexNotFound = 27, pathNotViable = 28, conflictingUpdateOperators = 40
    case cursorNotFound = 43, namespaceExists = 48, maxTimeMSExpired = 50, dollarPrefixedFieldName = 52
    case invalidIdField = 53, notSingleValueField = 54, emptyFieldName = 56, commandNotFound = 59
    case writeConcernFailed = 64, immutableField = 66, cannotCreateIndex = 67, invalidOptions = 72
    case invalidNamespace = 73, cannotBackfillArray = 82, indexOptionsConflict = 85, indexKeySpecsConflict = 86
    case networkTimeout = 89, shutdownInProgress = 91, operationFailed = 96, unsatisfiableWriteConcern = 100
    case notExactValueField = 111, writeConflict = 112, documentValidationFailure = 121, invalidPipelineOperator = 168
    case queryPlanKilled = 175, primarySteppedDown = 189, invalidIndexSpecificationOption = 197, invalidUUID = 207
    case transactionTooOld = 225, conversionFailure = 241, incompatibleTransaction = 244, snapshotUnavailable = 246
    case noSuchTransaction = 251, transactionCommitted = 256, exceededTimeLimit = 262
    case operationNotSupportedInTransaction = 263, queryExceededMemoryLimitNoDiskUseAllowed = 292
    case socketException = 9001, notWritablePrimary = 10107, bsonObjectTooLarge = 10334, duplicateKey = 11000
    case interruptedAtShutdown = 11600, interrupted = 11601, interruptedDueToReplStateChange = 11602
    case notPrimaryNoSecondaryOk = 13435, notPrimaryOrSecondary = 13436

    /// As MongoDB spells it.
    var name: String {
        self == .bsonObjectTooLarge ? "BSONObjectTooLarge" : "\(self)".prefix(1).uppercased() + "\(self)".dropFirst()
    }
}
