import BSON
import Domain
import Events
import HTTPServer
import JSON
import ObjectStore
import Records
import ServiceKit

/// Asking for pictures, looking at one's own, cancelling them.
struct GenerationRoutes: RouteGroup {
    let request: RequestGeneration
    let cancel: CancelGeneration
    let generations: Generations
    let line: WaitingLine
    let signer: MediaSigner
    let clock: @Sendable () -> Instant

    static let refundPolicy =
        "Gems are held when a picture is queued, taken when it is finished, and given back in full when it fails or is cancelled before."

    var routes: [Route] {
        [
            Route(
                .post, "/v1/generations", operation: "createGeneration", summary: "Ask for a picture.", access: .caller,
                idempotency: .required, body: PictureRequest.self, answers: [Answer(.accepted, GenerationView.schema)],
                errors: [
                    .generationQuotaExceeded, .promptRejected, .modelLocked, .insufficientGems, .costExceedsLimit,
                    .modelUnavailable,
                ], handler: create),
            Route(
                .post, "/v1/generations/quote", operation: "quoteGeneration",
                summary: "What a picture would cost and take.",
                access: .caller, body: PictureRequest.self,
                answers: [
                    Answer(
                        .ok,
                        .object(
                            .required("costGems", .integer), .required("position", .integer),
                            .required("estimatedSeconds", .integer),
                            .required("refundPolicy", .string)))
                ], errors: [.promptRejected, .modelUnavailable], handler: quote),
            Route(
                .get, "/v1/generations", operation: "listGenerations", summary: "One's own pictures, the newest first.",
                access: .caller,
                query: QueryParameter.page
                    + [
                        QueryParameter(
                            "status", .enumeration(GenerationStatus.allCases.map(\.rawValue)),
                            "Only those of this status.")
                    ],
                answers: [Answer(.ok, .page(of: GenerationView.schema))], handler: list),
            Route(
                .get, "/v1/generations/{id}", operation: "getGeneration", access: .caller,
                answers: [Answer(.ok, GenerationView.schema)], errors: [.notFound], handler: get),
            Route(
                .delete, "/v1/generations/{id}", operation: "cancelGeneration",
                summary: "Cancel a picture that is not finished, delete one that is.", access: .caller,
                answers: [Answer(.noContent)],
                errors: [.notFound, .conflict], handler: remove),
        ]
    }

    private func create(_ request: Request, _ wish: PictureRequest) async throws -> Response {
        let job = try await self.request(wish, of: try request.requireCaller(), key: try request.requestKey())
        return .json(.accepted, try await view(job))
    }

    private func quote(_ request: Request, _ wish: PictureRequest) async throws -> Response {
        let model = try await self.request.model(for: wish)
        let place = try await line.next(for: model)
        return .object {
            $0.field("costGems", model.costGems.count)
            $0.field("position", place.position)
            $0.field("estimatedSeconds", place.estimatedSeconds)
            $0.field("refundPolicy", Self.refundPolicy)
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let page = try request.page()
        let status = request.query("status").flatMap(GenerationStatus.init(rawValue:))
        let place = try page.cursor.map(TimePlace<Tags.Generation>.init)
        let user = try request.requireCaller().userID
        let found = try await generations.page(of: user, status: status, after: place, limit: page.limit + 1)
        var views: [GenerationView] = []
        for job in found.prefix(page.limit) { views.append(try await view(job)) }
        let last = found.count > page.limit ? views.last?.job : nil
        return .page(views, nextCursor: last.map { Cursor.encode(TimePlace(time: $0.createdAt, id: $0.id)) })
    }

    private func get(_ request: Request) async throws -> Response {
        guard let job = try await generations.byID(try id(request), of: try request.requireCaller().userID) else {
            throw GenerationError.notFound
        }
        return .json(.ok, try await view(job))
    }

    private func remove(_ request: Request) async throws -> Response {
        try await cancel(try id(request), of: try request.requireCaller().userID)
        return .noContent
    }

    private func id(_ request: Request) throws -> GenerationID {
        guard let id = GenerationID(hex: request.parameters["id"]) else { throw GenerationError.notFound }
        return id
    }

    func view(_ job: GenerationRecord) async throws -> GenerationView {
        let until = clock() + GenerationView.addressLife
        return GenerationView(job, line: try await line.place(of: job)) { [signer] in signer.sign($0, until: until) }
    }
}
