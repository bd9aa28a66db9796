/// The services of the suite, in the order in which their ports are numbered.
package enum StackServices {
    package static let names = [
        "auth", "feed", "voting", "gems", "moderation", "generation", "notifications", "social", "analytics",
    ]

    /// Secrets, and the services that are given each. Nobody else sees it.
    package static let secrets: [(variable: String, services: Set<String>)] = [
        ("KEY_ENCRYPTION_SECRET", ["auth", "gems"]),
        ("EVIDENCE_HASH_SECRET", ["voting"]),
        ("MEDIA_SIGNING_SECRET", ["generation", "feed", "notifications"]),
    ]
}
