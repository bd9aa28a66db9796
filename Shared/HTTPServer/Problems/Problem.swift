package import JSON

/// An error as clients see it: `application/problem+json` (RFC 9457) with a stable code.
package struct Problem: Error, Sendable {
    package var code: ErrorCode
    /// Overrides the status of the code; rarely needed.
    package var status: HTTPStatus
    package var detail: String?
    package var errors: [FieldError]
    /// Becomes `Retry-After`, in whole seconds, at least 1.
    package var retryAfter: Duration?
    package var headers: Headers

    package init(
        _ code: ErrorCode, _ detail: String? = nil, status: HTTPStatus? = nil, errors: [FieldError] = [],
        retryAfter: Duration? = nil, headers: Headers = [:]
    ) {
        self.code = code
        self.status = status ?? code.status
        self.detail = detail
        self.errors = errors
        self.retryAfter = retryAfter
        self.headers = headers
    }

    /// What does not fit, each with its pointer.
    package static func validation(_ errors: FieldError...) -> Problem { Problem(.validationFailed, errors: errors) }

    package static func validation(_ pointer: String, _ detail: String) -> Problem {
        .validation(FieldError(pointer: pointer, detail: detail))
    }

    /// A dependency is down: try again in a moment.
    package static func unavailable(_ detail: String? = nil, retryAfter: Duration = .seconds(1)) -> Problem {
        Problem(.unavailable, detail, retryAfter: retryAfter)
    }

    package func response(requestID: String) -> Response {
        var writer = JSONWriter()
        writer.object {
            $0.field("type", "urn:circle:problem:" + code.rawValue)
            $0.field("title", code.title)
            $0.field("status", status.rawValue)
            $0.field("code", code.rawValue)
            $0.fieldIfPresent("detail", detail)
            $0.field("requestId", requestID)
            if !errors.isEmpty { $0.field("errors", errors) }
        }
        var response = Response.bytes(
            status, writer.bytes, contentType: "application/problem+json", headers: headers)
        response.problemCode = code
        if let wait = retryAfter ?? defaultRetryAfter {
            response.headers["Retry-After"] = String(max(1, Int((wait / .seconds(1)).rounded(.up))))
        }
        if status == .unauthorized, response.headers["WWW-Authenticate"] == nil {
            response.headers["WWW-Authenticate"] = "Bearer"
        }
        return response
    }

    /// 429 and 503 always say when to come back.
    private var defaultRetryAfter: Duration? {
        status == .tooManyRequests || status == .unavailable ? .seconds(1) : nil
    }

    /// Problem details as OpenAPI lists them.
    package static let schema = Schema.named(
        "Problem",
        .object(
            .required("type", .string), .required("title", .string), .required("status", .integer(400...599)),
            .required("code", .enumeration(ErrorCode.allCases.map(\.rawValue))), .optional("detail", .string),
            .required("requestId", .string),
            .optional(
                "errors", .array(of: .object(.required("pointer", .string), .required("detail", .string))))))
}

/// An error of a service that knows which problem it is. One `…Error+HTTP.swift` per service conforms its errors.
package protocol ProblemConvertible: Error {
    var problem: Problem { get }
}
