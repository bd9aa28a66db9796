import Domain

/// The device a session is opened on, as the client names it.
struct Device: Sendable, Equatable {
    let id: String
    let platform: Platform
}
