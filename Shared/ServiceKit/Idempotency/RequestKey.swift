package import BSON
package import Domain
import Security

/// What tells one request of a person from another: the person, the route and the key that the client chose.
///
/// Everything that the request creates takes its id from here, so that a retry after a crash finds what the first try
/// made instead of making it again.
package struct RequestKey: Sendable, Hashable {
    package let person: UserID
    package let route: String
    package let key: String

    package init(person: UserID, route: String, key: String) {
        self.person = person
        self.route = route
        self.key = key
    }

    /// Stored with what the request made; 64 hexadecimal digits.
    package var digest: String { SHA256.hexDigest("\(person.hex)\u{0}\(route)\u{0}\(key)") }

    /// The id of the thing that the request creates.
    ///
    /// - Parameter part: which thing, where a request creates several.
    package func objectID(_ part: String = "") -> ObjectID {
        ObjectID.deriving([person.hex, route, key, part])
    }
}
