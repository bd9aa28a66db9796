package import BSON
package import Domain
package import MongoClient

/// One document of `models`: what people may paint with. Models are data; generation owns them.
package struct ModelRecord: Record, Equatable {
    /// What a picture of this model may be.
    package struct Limits: Equatable, Sendable {
        package var minimumSide: Int
        package var maximumSide: Int
        package var defaultSide: Int
        package var maximumSteps: Int
        /// What a picture takes, for estimates.
        package var secondsPerPicture: Int

        package init(minimumSide: Int, maximumSide: Int, defaultSide: Int, maximumSteps: Int, secondsPerPicture: Int) {
            self.minimumSide = minimumSide
            self.maximumSide = maximumSide
            self.defaultSide = defaultSide
            self.maximumSteps = maximumSteps
            self.secondsPerPicture = secondsPerPicture
        }
    }

    /// The name that requests use.
    package var id: String
    package var name: String
    /// The lowest tier that may use it.
    package var tier: Tier
    /// `embedded`, or an outside provider by name.
    package var provider: String
    package var costGems: Gems
    /// What unlocking costs; 0 for a model that everybody may use.
    package var unlockGems: Gems
    package var limits: Limits
    package var order: Int
    package var version: Int

    package init(
        id: String, name: String, tier: Tier = .free, provider: String, costGems: Gems, unlockGems: Gems,
        limits: Limits, order: Int, version: Int = 1
    ) {
        self.id = id
        self.name = name
        self.tier = tier
        self.provider = provider
        self.costGems = costGems
        self.unlockGems = unlockGems
        self.limits = limits
        self.order = order
        self.version = version
    }

    package var needsUnlock: Bool { unlockGems > 0 }

    /// The product that unlocks this model; who owns it may paint with the model.
    package var unlockProductID: String { Self.unlockProductID(of: id) }

    package static func unlockProductID(of model: String) -> String { "model-\(model)" }

    /// The models of the product's design, which generation puts into an empty collection.
    package static let standard: [ModelRecord] = [
        ModelRecord(
            id: "sketch", name: "Sketch", provider: "embedded", costGems: 0, unlockGems: 0,
            limits: Limits(
                minimumSide: 768, maximumSide: 1024, defaultSide: 768, maximumSteps: 60, secondsPerPicture: 2), order: 1
        ),
        ModelRecord(
            id: "sketch-plus", name: "Sketch Plus", provider: "embedded", costGems: 1, unlockGems: 3,
            limits: Limits(
                minimumSide: 768, maximumSide: 1536, defaultSide: 1024, maximumSteps: 60, secondsPerPicture: 3),
            order: 2),
        ModelRecord(
            id: "sdxl-turbo", name: "SDXL Turbo", provider: "replicate", costGems: 0, unlockGems: 0,
            limits: Limits(
                minimumSide: 512, maximumSide: 1024, defaultSide: 1024, maximumSteps: 8, secondsPerPicture: 5), order: 3
        ),
        ModelRecord(
            id: "flux", name: "FLUX", provider: "replicate", costGems: 1, unlockGems: 50,
            limits: Limits(
                minimumSide: 512, maximumSide: 1536, defaultSide: 1024, maximumSteps: 50, secondsPerPicture: 15),
            order: 4),
        ModelRecord(
            id: "midjourney", name: "Midjourney", provider: "midjourney", costGems: 3, unlockGems: 150,
            limits: Limits(
                minimumSide: 1024, maximumSide: 1536, defaultSide: 1024, maximumSteps: 50, secondsPerPicture: 45),
            order: 5),
    ]
}

extension ModelRecord {
    package static var collection: CollectionDeclaration { GenerationCollections.models }

    package init(_ document: BSONDocument) throws(BSONError) {
        let limits = try document.requireDocument("limits")
        self.init(
            id: try document.requireString("_id"), name: try document.requireString("name"),
            tier: try document.requireCase("tier"), provider: try document.requireString("provider"),
            costGems: try document.requireGems("costGems"), unlockGems: try document.requireGems("unlockGems"),
            limits: Limits(
                minimumSide: try limits.requireInt("minimumSide"), maximumSide: try limits.requireInt("maximumSide"),
                defaultSide: try limits.requireInt("defaultSide"), maximumSteps: try limits.requireInt("maximumSteps"),
                secondsPerPicture: try limits.requireInt("secondsPerPicture")), order: try document.requireInt("order"),
            version: try document.requireInt("version"))
    }

    package var document: BSONDocument {
        let limits: BSONDocument = [
            "minimumSide": .int32(Int32(limits.minimumSide)), "maximumSide": .int32(Int32(limits.maximumSide)),
            "defaultSide": .int32(Int32(limits.defaultSide)), "maximumSteps": .int32(Int32(limits.maximumSteps)),
            "secondsPerPicture": .int32(Int32(limits.secondsPerPicture)),
        ]
        return [
            "_id": .string(id), "name": .string(name), "tier": .string(tier.rawValue), "provider": .string(provider),
            "costGems": .gems(costGems), "unlockGems": .gems(unlockGems), "limits": .document(limits),
            "order": .int32(Int32(order)), "version": .int32(Int32(version)),
        ]
    }
}
