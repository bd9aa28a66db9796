import Domain
import Foundation
import JSON
import Ledger
import Records
import ServiceKit
import TestSupport

@testable import GenerationService

/// What a test of generation stands on: stores, a person, a ledger, a folder for pictures.
struct Studio {
    static let secret = "a signing secret for tests, long enough"

    let stores: TestStores
    let people: TestPeople
    let ledger: Ledger
    let folder: String

    static func open() async throws -> Studio {
        let stores = try await TestStores.fresh()
        return Studio(
            stores: stores, people: try await TestPeople(stores), ledger: Ledger(database: stores.mongo.database),
            folder: TestFolder.path("pictures"))
    }

    var variables: [String: String] {
        [
            "MEDIA_SIGNING_SECRET": Self.secret, "OBJECT_STORE_URL": "file://\(folder)",
            "PUBLIC_URL": "http://gateway.test",
            "GENERATION_LEASE_SECONDS": "3",
        ]
    }

    /// Runs the service, all roles unless told otherwise.
    func run<Success>(
        _ roles: [ProcessRole]? = nil, _ body: (TestService) async throws -> Success
    ) async throws -> Success {
        try await withService(GenerationService.definition, on: stores, roles: roles, variables: variables) { service in
            // Writes are taken once the stream of revocations was read.
            try await eventually("the revocations") { service.context.revocations.isCurrent(now: .now()) }
            return try await body(service)
        }
    }

    /// A person with gems and, if wanted, the model unlocked; nothing of it through other services.
    func person(_ name: String, gems: Int64 = 0, unlocked: Bool = false, tier: Tier = .free) async throws -> (
        UserRecord, String
    ) {
        let person = try await people.add(name) { $0.tier = tier }
        let price: Gems = unlocked ? 3 : 0
        if gems + price.count > 0 {
            try await ledger.award(Gems(gems) + price, to: person.id, source: .admin, key: "test")
        }
        if unlocked {
            let product = ModelRecord.unlockProductID(of: "sketch-plus")
            _ = try await ledger.purchase(
                price, by: person.id, source: .modelUnlock, key: Ledger.ownershipKey(product), requestKey: "test",
                productID: product, productVersion: 1,
                description: "unlock"
            ) { _, _ in Grant(productID: product, kind: "model_unlock", expiresAt: nil) }
        }
        return (person, try people.token(for: person))
    }

    func balance(_ person: UserRecord) async throws -> Int64 { try await ledger.head(of: person.id).balance.count }

    func job(_ id: String) async throws -> GenerationRecord? {
        try await Lookup<GenerationRecord>(in: stores.mongo.database).byID(.objectID(GenerationID(hex: id)!.objectID))
    }

    /// The path and query of an address, without the gateway.
    static func local(_ url: String) -> String { String(url.dropFirst("http://gateway.test".count)) }
}

extension TestService {
    /// The picture once it has ended.
    func ended(_ id: String, token: String, within limit: Duration = .seconds(180)) async throws -> JSONValue {
        var last = JSONValue.null
        try await eventually(within: limit, "the end of picture \(id)") {
            last = try await http.get("/v1/generations/\(id)", token: token).json
            return ["completed", "failed", "cancelled"].contains(last["status"]?.string ?? "")
        }
        return last
    }
}
