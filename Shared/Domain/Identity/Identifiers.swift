/// The tags that keep ids of different things apart; none is ever instantiated.
package enum Tags {
    package enum User {}
    package enum Session {}
    package enum Post {}
    package enum Generation {}
    package enum Transaction {}
    package enum Entitlement {}
    package enum Notification {}
    package enum Comment {}
    package enum Report {}
    package enum ModerationAction {}
    package enum Event {}
    package enum Vote {}
    package enum VoteRing {}
}

package typealias UserID = Tagged<Tags.User>
package typealias SessionID = Tagged<Tags.Session>
package typealias PostID = Tagged<Tags.Post>
package typealias GenerationID = Tagged<Tags.Generation>
package typealias TransactionID = Tagged<Tags.Transaction>
package typealias EntitlementID = Tagged<Tags.Entitlement>
package typealias NotificationID = Tagged<Tags.Notification>
package typealias CommentID = Tagged<Tags.Comment>
package typealias ReportID = Tagged<Tags.Report>
package typealias ModerationActionID = Tagged<Tags.ModerationAction>
package typealias EventID = Tagged<Tags.Event>
