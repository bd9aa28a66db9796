package import Domain
package import JSON

/// Who may call a route. A token that is sent must be good, whatever the route asks for.
package enum Access: Sendable, Equatable {
    case `public`
    case optionalCaller
    case caller
    case role(Role)

    package var requiresCaller: Bool {
        switch self {
        case .public, .optionalCaller: false
        case .caller, .role: true
        }
    }
}

/// Which budget of requests a route draws on.
package enum RateLimitClass: String, Sendable, CaseIterable {
    case read, write, auth, none
}

/// Whether a route takes an `Idempotency-Key`.
package enum IdempotencyPolicy: Sendable, Equatable {
    case none, required
}

/// A query parameter; the router checks it before the handler runs.
package struct QueryParameter: Sendable {
    package let name: String
    package let schema: Schema
    package let isRequired: Bool
    package let summary: String

    /// Where a fault in it is said to be.
    var pointer: String { "/" + FieldError.token(name) }

    package init(_ name: String, _ schema: Schema, required: Bool = false, _ summary: String = "") {
        self.name = name
        self.schema = schema
        isRequired = required
        self.summary = summary
    }

    /// `limit` and `cursor`, for every list.
    package static let page: [QueryParameter] = [
        QueryParameter("limit", .integer(1...100), "Items wanted; 20 unless told."),
        QueryParameter("cursor", .string(max: 1024), "The nextCursor of the page before."),
    ]
}

/// A good answer of a route: its status and what it looks like.
package struct Answer: Sendable {
    package let status: HTTPStatus
    package let schema: Schema?
    package let summary: String
    package let contentType: String

    package init(
        _ status: HTTPStatus, _ schema: Schema? = nil, _ summary: String = "", contentType: String = "application/json"
    ) {
        self.status = status
        self.schema = schema
        self.summary = summary
        self.contentType = contentType
    }
}

/// A request body: decoded only after it fits its schema.
package protocol RequestBody: Sendable {
    static var schema: ObjectSchema { get }
    /// - Throws: `ValidationFailure` or a `Problem` for rules that a schema cannot say.
    init(_ fields: ValidatedObject) throws
}
