import Domain
import HTTPServer
import JSON
import Security
import ServiceKit
import Telemetry

/// What clients and operators ask about the platform as a whole.
struct PlatformRoutes: RouteGroup {
    let keys: SigningKeys
    let status: PlatformStatus
    let document: OpenAPIDocument

    var routes: [Route] {
        [
            Route(
                .get, "/.well-known/jwks.json", operation: "getKeys", summary: "The public keys of access tokens.",
                answers: [Answer(.ok, Self.keysSchema)], handler: jwks),
            Route(
                .get, "/v1/status", operation: "getStatus", summary: "How the platform's services are.",
                answers: [Answer(.ok, PlatformStatus.schema)], handler: status),
            Route(
                .get, "/openapi.json", operation: "getOpenAPI", summary: "This document.",
                answers: [Answer(.ok, .any)], handler: openAPI),
        ]
    }

    private static let keysSchema = Schema.object(
        .required(
            "keys",
            .array(
                of: .object(
                    .required("kty", .string), .required("use", .string), .required("alg", .string),
                    .required("kid", .string), .required("n", .string), .required("e", .string)))))

    @Sendable private func jwks(_ request: Request) async throws -> Response {
        let published = try await keys.published(now: .now())
        return try .object(headers: ["Cache-Control": "public, max-age=300"]) { writer in
            try writer.array("keys") { writer in
                for key in published {
                    let components = try RSAPublicKey(der: key.publicDER).components
                    writer.object {
                        $0.field("kty", "RSA")
                        $0.field("use", "sig")
                        $0.field("alg", "RS256")
                        $0.field("kid", key.id)
                        $0.field("n", Base64URL.encode(components.modulus))
                        $0.field("e", Base64URL.encode(components.exponent))
                    }
                }
            }
        }.conditional(for: request)
    }

    @Sendable private func status(_ request: Request) async throws -> Response {
        .json(.ok, try await status.current(), headers: ["Cache-Control": "no-cache"])
    }

    @Sendable private func openAPI(_ request: Request) async throws -> Response {
        .json(.ok, bytes: document.bytes, headers: ["Cache-Control": "public, max-age=60"]).conditional(for: request)
    }
}
