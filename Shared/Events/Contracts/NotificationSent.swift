package import Domain

/// A notification went out.
package struct NotificationSent: Event, Codable, Equatable {
    package static let topic = Topic.notifications

    package var notificationID: NotificationID
    package var userID: UserID
    package var kind: String
    /// `inbox`, `realtime`, `push`, `mail`.
    package var channel: String
    package var sentAt: Instant

    package var subject: UserID { userID }

    package init(notificationID: NotificationID, userID: UserID, kind: String, channel: String, sentAt: Instant) {
        self.notificationID = notificationID
        self.userID = userID
        self.kind = kind
        self.channel = channel
        self.sentAt = sentAt
    }
}
