/// The methods that routes may have. HEAD is answered by the GET route, without the body.
package enum HTTPMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Requests that change nothing.
    package var isSafe: Bool { self == .get || self == .head }
}
