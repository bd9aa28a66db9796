package import Domain

/// Somebody may now use what they bought or were given.
package struct EntitlementGranted: Event, Codable, Equatable {
    package static let topic = Topic.gems

    package var entitlementID: EntitlementID
    package var userID: UserID
    package var kind: String
    package var productID: String
    package var expiresAt: Instant?
    package var at: Instant

    package var subject: UserID { userID }

    package init(
        entitlementID: EntitlementID, userID: UserID, kind: String, productID: String, expiresAt: Instant? = nil,
        at: Instant
    ) {
        self.entitlementID = entitlementID
        self.userID = userID
        self.kind = kind
        self.productID = productID
        self.expiresAt = expiresAt
        self.at = at
    }
}
