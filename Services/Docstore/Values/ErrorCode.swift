/// The codes that have a name of their own; any other number is called `Location<number>`.
package enum ErrorCode: Int32, Sendable {
    case internalError = 1
    case badValue = 2
    case noSuchKey = 4
    case hostUnreachable = 6
    case unknownError = 8
    case failedToParse = 9
    case cannotMutateObject = 10
    case unauthorized = 13
    case typeMismatch = 14
    case overflow = 15
    case invalidLength = 16
    case authenticationFailed = 18
    case illegalOperation = 20
    case invalidBSON = 22
    case nonExistentPath = 25
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
    case invalidDBRef = 55
    case emptyFieldName = 56
    case dottedFieldName = 57
    case commandNotFound = 59
    case immutableField = 66
    case cannotCreateIndex = 67
    case indexAlreadyExists = 68
    case invalidOptions = 72
    case invalidNamespace = 73
    case writeConcernFailed = 64
    case indexOptionsConflict = 85
    case indexKeySpecsConflict = 86
    case cannotBuildIndexKeys = 201
    case networkTimeout = 89
    case operationFailed = 96
    case writeConflict = 112
    case commandNotSupported = 115
    case documentValidationFailure = 121
    case exceededMemoryLimit = 146
    case invalidPipelineOperator = 168
    case optionNotSupportedOnView = 167
    case viewDepthLimitExceeded = 165
    case commandNotSupportedOnView = 166
    case queryPlanKilled = 175
    case primarySteppedDown = 189
    case indexBuildAborted = 276
    case invalidIndexSpecificationOption = 197
    case unsatisfiableWriteConcern = 100
    case transactionTooOld = 225
    case notAnError = 0
    case conversionFailure = 241
    case exceededTimeLimit = 262
    case operationNotSupportedInTransaction = 263
    case tooManyLogicalSessions = 261
    case noSuchSession = 206
    case incompatibleTransaction = 244
    case noSuchTransaction = 251
    case transactionCommitted = 256
    case noQueryExecutionPlans = 291
    case interrupted = 11601
    case interruptedAtShutdown = 11600
    case interruptedDueToReplStateChange = 11602
    case notWritablePrimary = 10107
    case notPrimaryNoSecondaryOk = 13435
    case notPrimaryOrSecondary = 13436
    case bsonObjectTooLarge = 10334
    case duplicateKey = 11000
    case invalidUUID = 207
    case invalidViewDefinition = 182

    /// As MongoDB spells it.
    var name: String {
        switch self {
        case .invalidIdField: "InvalidIdField"
        case .invalidUUID: "InvalidUUID"
        case .notAnError: "OK"
        case .invalidBSON: "InvalidBSON"
        case .bsonObjectTooLarge: "BSONObjectTooLarge"
        default: "\(self)".prefix(1).uppercased() + "\(self)".dropFirst()
        }
    }
}
