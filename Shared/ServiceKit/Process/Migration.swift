import MongoClient

extension ServiceMain {
    /// Creates what is declared and missing, or says what would change.
    static func migrate(_ context: ServiceContext, checkOnly: Bool) async throws -> Int32 {
        throw MongoError.configuration("this build cannot migrate")
    }
}
