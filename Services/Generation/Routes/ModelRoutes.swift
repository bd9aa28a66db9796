import Domain
import HTTPServer
import JSON
import Records

/// The models, and which of them the caller may use.
struct ModelRoutes: RouteGroup {
    let models: ModelCatalogue
    let providers: Providers
    let purse: any Purse

    var routes: [Route] {
        [
            Route(
                .get, "/v1/generations/models", operation: "listModels", summary: "What pictures may be painted with.",
                access: .optionalCaller, answers: [Answer(.ok, .page(of: ModelView.schema))], handler: list)
        ]
    }

    private func list(_ request: Request) async throws -> Response {
        var views: [ModelView] = []
        for model in try await models.all() {
            var view = ModelView(model: model, isAvailable: providers.isAvailable(model))
            if let caller = request.caller {
                view.isUnlocked = model.needsUnlock ? try await purse.hasUnlocked(model, caller.userID) : true
            }
            views.append(view)
        }
        return .page(views, nextCursor: nil)
    }
}

struct ModelView: JSONWritable {
    let model: ModelRecord
    let isAvailable: Bool
    var isUnlocked: Bool?

    static let schema = Schema.named(
        "Model",
        .object(
            .required("id", .string), .required("name", .string),
            .required("tier", .enumeration(Tier.allCases.map(\.rawValue))),
            .required("available", .boolean), .optional("unlocked", .boolean), .required("costGems", .integer),
            .required("unlockGems", .integer), .optional("unlockProductId", .string),
            .required(
                "limits",
                .object(
                    .required("minWidth", .integer), .required("maxWidth", .integer), .required("minHeight", .integer),
                    .required("maxHeight", .integer), .required("defaultWidth", .integer),
                    .required("defaultHeight", .integer),
                    .required("maxSteps", .integer), .required("maxPromptLength", .integer)))))

    func write(to writer: inout JSONWriter) {
        let limits = model.limits
        writer.object {
            $0.field("id", model.id)
            $0.field("name", model.name)
            $0.field("tier", model.tier.rawValue)
            $0.field("available", isAvailable)
            $0.fieldIfPresent("unlocked", isUnlocked)
            $0.field("costGems", model.costGems.count)
            $0.field("unlockGems", model.unlockGems.count)
            if model.needsUnlock { $0.field("unlockProductId", model.unlockProductID) }
            $0.object("limits") {
                $0.field("minWidth", limits.minimumSide)
                $0.field("maxWidth", limits.maximumSide)
                $0.field("minHeight", limits.minimumSide)
                $0.field("maxHeight", limits.maximumSide)
                $0.field("defaultWidth", limits.defaultSide)
                $0.field("defaultHeight", limits.defaultSide)
                $0.field("maxSteps", limits.maximumSteps)
                $0.field("maxPromptLength", 2_000)
            }
        }
    }
}
