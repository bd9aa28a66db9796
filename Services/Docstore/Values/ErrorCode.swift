/// The codes that have a name of their own; any other number is called `Location<number>`.
enum ErrorCode: String, Sendable {
    case internalError, badValue, noSuchKey, hostUnreachable, hostNotFound, failedToParse, unauthorized, typeMismatch
    case overflow, invalidLength, invalidBSON, lockTimeout, namespaceNotFound, indexNotFound, pathNotViable
    case conflictingUpdateOperators, cursorNotFound, namespaceExists, maxTimeMSExpired, dollarPrefixedFieldName
    case invalidIdField, notSingleValueField, emptyFieldName, commandNotFound, writeConcernFailed, immutableField
    case cannotCreateIndex, invalidOptions, invalidNamespace, unknownReplWriteConcern, cannotBackfillArray
    case indexOptionsConflict, indexKeySpecsConflict, networkTimeout, shutdownInProgress, operationFailed
    case unsatisfiableWriteConcern, notExactValueField, writeConflict, documentValidationFailure
    case invalidPipelineOperator, queryPlanKilled, primarySteppedDown, invalidIndexSpecificationOption, invalidUUID
    case transactionTooOld, conversionFailure, incompatibleTransaction, snapshotUnavailable, noSuchTransaction
    case transactionCommitted, exceededTimeLimit, operationNotSupportedInTransaction
    case queryExceededMemoryLimitNoDiskUseAllowed, apiVersionError, apiStrictError, socketException, notWritablePrimary
    case bsonObjectTooLarge, duplicateKey, interruptedAtShutdown, interrupted, interruptedDueToReplStateChange
    case notPrimaryNoSecondaryOk, notPrimaryOrSecondary

    var number: Int32 { Self.numbers[self] ?? 1 }

    /// As MongoDB spells it.
    static func name(of number: Int32) -> String {
        guard let name = numbers.first(where: { $0.value == number })?.key.rawValue else { return "Location\(number)" }
        let start = ["api", "bson"].first(where: name.hasPrefix)?.count ?? 1
        return name.prefix(start).uppercased() + name.dropFirst(start)
    }

    private static let numbers: [ErrorCode: Int32] = [
        .internalError: 1, .badValue: 2, .noSuchKey: 4, .hostUnreachable: 6, .hostNotFound: 7, .failedToParse: 9,
        .unauthorized: 13, .typeMismatch: 14, .overflow: 15, .invalidLength: 16, .invalidBSON: 22, .lockTimeout: 24,
        .namespaceNotFound: 26, .indexNotFound: 27, .pathNotViable: 28, .conflictingUpdateOperators: 40,
        .cursorNotFound: 43, .namespaceExists: 48, .maxTimeMSExpired: 50, .dollarPrefixedFieldName: 52,
        .invalidIdField: 53, .notSingleValueField: 54, .emptyFieldName: 56, .commandNotFound: 59,
        .writeConcernFailed: 64, .immutableField: 66, .cannotCreateIndex: 67, .invalidOptions: 72,
        .invalidNamespace: 73, .unknownReplWriteConcern: 79, .cannotBackfillArray: 82, .indexOptionsConflict: 85,
        .indexKeySpecsConflict: 86, .networkTimeout: 89, .shutdownInProgress: 91, .operationFailed: 96,
        .unsatisfiableWriteConcern: 100, .notExactValueField: 111, .writeConflict: 112, .documentValidationFailure: 121,
        .invalidPipelineOperator: 168, .queryPlanKilled: 175, .primarySteppedDown: 189,
        .invalidIndexSpecificationOption: 197, .invalidUUID: 207, .transactionTooOld: 225, .conversionFailure: 241,
        .incompatibleTransaction: 244, .snapshotUnavailable: 246, .noSuchTransaction: 251, .transactionCommitted: 256,
        .exceededTimeLimit: 262, .operationNotSupportedInTransaction: 263,
        .queryExceededMemoryLimitNoDiskUseAllowed: 292, .apiVersionError: 322, .apiStrictError: 323,
        .socketException: 9001, .notWritablePrimary: 10107, .bsonObjectTooLarge: 10334, .duplicateKey: 11000,
        .interruptedAtShutdown: 11600, .interrupted: 11601, .interruptedDueToReplStateChange: 11602,
        .notPrimaryNoSecondaryOk: 13435, .notPrimaryOrSecondary: 13436,
    ]
}
