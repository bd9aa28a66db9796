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
                answers: [Answer(.ok, JSONWebKeySet.schema)], handler: jwks),
            Route(
                .get, "/v1/status", operation: "getStatus", summary: "How the platform's services are.",
                answers: [Answer(.ok, PlatformStatus.schema)], handler: status),
            Route(
                .get, "/openapi.json", operation: "getOpenAPI", summary: "This document.",
                answers: [Answer(.ok, .any)], handler: openAPI),
        ]
    }

    @Sendable private func jwks(_ request: Request) async throws -> Response {
        let set = try JSONWebKeySet(try await keys.published(now: .now()).map { ($0.id, $0.publicDER) })
        return .json(.ok, set, headers: ["Cache-Control": "public, max-age=300"]).conditional(for: request)
    }

    @Sendable private func status(_ request: Request) async throws -> Response {
        .json(.ok, try await status.current(), headers: ["Cache-Control": "no-cache"])
    }

    @Sendable private func openAPI(_ request: Request) async throws -> Response {
        .json(.ok, bytes: document.bytes, headers: ["Cache-Control": "public, max-age=60"]).conditional(for: request)
    }
}
