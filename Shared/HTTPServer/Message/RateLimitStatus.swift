/// What an answer says about its client's budget: `RateLimit` and `RateLimit-Policy` (IETF draft 10).
///
/// Figures and no text, because nearly every answer has them: they are written when the headers go out.
package struct RateLimitStatus: Sendable, Equatable {
    /// Requests left in the window.
    package var remaining: Int
    /// Seconds until the next window.
    package var resetsIn: Int
    package var quota: Int
    /// Seconds.
    package var window: Int

    package init(remaining: Int, resetsIn: Int, quota: Int, window: Int) {
        self.remaining = remaining
        self.resetsIn = resetsIn
        self.quota = quota
        self.window = window
    }
}
