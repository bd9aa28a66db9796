import MongoClient
import Records
import Telemetry

extension ServiceMain {
    /// Creates what is declared and missing, or says what would change. Every service declares all collections, so that
    /// any of them can prepare a database.
    ///
    /// - Returns: 0; 1 when `checkOnly` found something that `migrate` would change.
    static func migrate(_ context: ServiceContext, checkOnly: Bool) async throws -> Int32 {
        let migrator = Migrator(context.mongo.database)
        let declarations = AllCollections.declarations
        let changes = checkOnly ? try await migrator.check(declarations) : try await migrator.migrate(declarations)
        for change in changes { StandardOutput.write("\(checkOnly ? "would" : "did") \(change)\n") }
        let pending = changes.filter(\.isApplied).count
        StandardOutput.write("\(context.service): \(pending) change\(pending == 1 ? "" : "s")\n")
        return checkOnly && pending > 0 ? 1 : 0
    }
}
