/// The codes that have a name of their own; any other number is called `Location<number>`.
package enum ErrorCode: Int32, Sendable {
    case internalError = 1
    case badValue = 2
    case noSuchKey = 4
    case hostUnreachable = 6
    case failedToParse = 9
    case unauthorized = 13
    case typeMismatch = 14
    case overflow = 15
    case invalidLength = 16
    case invalidBSON = 22
    case namespaceNotFound = 26
    case indexNotFound = 27
    case pathNotViable = 28
    case conflictingUpdateOperators = 40
    case cursorNotFound = 43
    case namespaceExists = 48
    case maxTimeMSExpired = 50
    case dollarPrefixedFieldName = 52
    case invalidIdField = 53
    case notSingleValueField = 54
    case emptyFieldName = 56
    case commandNotFound = 59
    case writeConcernFailed = 64
    case immutableField = 66
    case cannotCreateIndex = 67
    case invalidOptions = 72
    case invalidNamespace = 73
    case cannotBackfillArray = 82
    case indexOptionsConflict = 85
    case indexKeySpecsConflict = 86
    case networkTimeout = 89
    case operationFailed = 96
    case unsatisfiableWriteConcern = 100
    case notExactValueField = 111
    case writeConflict = 112
    case documentValidationFailure = 121
    case invalidPipelineOperator = 168
    case queryPlanKilled = 175
    case primarySteppedDown = 189
    case invalidIndexSpecificationOption = 197
    case invalidUUID = 207
    case transactionTooOld = 225
    case conversionFailure = 241
    case incompatibleTransaction = 244
    case noSuchTransaction = 251
    case transactionCommitted = 256
    case exceededTimeLimit = 262
    case operationNotSupportedInTransaction = 263
    case queryExceededMemoryLimitNoDiskUseAllowed = 292
    case notWritablePrimary = 10107
    case bsonObjectTooLarge = 10334
    case duplicateKey = 11000
    case interruptedAtShutdown = 11600
    case interruptedDueToReplStateChange = 11602
    case notPrimaryNoSecondaryOk = 13435
    case notPrimaryOrSecondary = 13436

    /// As MongoDB spells it.
    var name: String {
        self == .bsonObjectTooLarge ? "BSONObjectTooLarge" : "\(self)".prefix(1).uppercased() + "\(self)".dropFirst()
    }
}
