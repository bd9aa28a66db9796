import Domain
import HTTPServer
import JSON
import Records

/// What a client asks for, as it came: every field of it may have been left out but the prompt.
struct PictureRequest: RequestBody, Equatable {
    var prompt: String
    var refinedPrompt: String?
    var negativePrompt: String?
    var model: String?
    var seed: Int64?
    var steps: Int?
    var cfgScale: Double?
    var width: Int?
    var height: Int?
    var maxCostGems: Int64?

    static let schema = ObjectSchema(
        .required("prompt", .string(min: 1, max: 2_000)), .optional("refinedPrompt", .string(max: 2_000)),
        .optional("negativePrompt", .string(max: 2_000)), .optional("model", .string(min: 1, max: 64)),
        .optional("seed", .integer(0...9_007_199_254_740_991)), .optional("steps", .integer(1...100)),
        .optional("cfgScale", .number(0...30)), .optional("width", .integer(64...4_096)),
        .optional("height", .integer(64...4_096)), .optional("maxCostGems", .integer(0...1_000_000)))

    init(_ fields: ValidatedObject) throws {
        prompt = try fields.string("prompt")
        refinedPrompt = fields.optionalString("refinedPrompt")
        negativePrompt = fields.optionalString("negativePrompt")
        model = fields.optionalString("model")
        seed = fields.optionalInt64("seed")
        steps = fields.optionalInt("steps")
        cfgScale = fields.optionalDouble("cfgScale")
        width = fields.optionalInt("width")
        height = fields.optionalInt("height")
        maxCostGems = fields.optionalInt64("maxCostGems")
        guard !prompt.allSatisfy(\.isWhitespace) else { throw Problem.validation("/prompt", "must not be blank") }
    }

    static let standardModel = "sketch"
    var modelID: String { model ?? Self.standardModel }

    /// What does not fit a model's limits.
    func misfits(_ limits: ModelRecord.Limits) -> [FieldError] {
        var errors: [FieldError] = []
        for (pointer, side) in [("/width", width), ("/height", height)] {
            guard let side else { continue }
            if !(limits.minimumSide...limits.maximumSide).contains(side) {
                errors.append(
                    FieldError(
                        pointer: pointer,
                        detail: "this model paints \(limits.minimumSide) to \(limits.maximumSide) pixels"))
            } else if side % 8 != 0 {
                errors.append(FieldError(pointer: pointer, detail: "must be a multiple of 8"))
            }
        }
        if let steps, steps > limits.maximumSteps {
            errors.append(FieldError(pointer: "/steps", detail: "this model takes at most \(limits.maximumSteps)"))
        }
        return errors
    }

    /// The job that this request asks for.
    func job(
        id: GenerationID, for caller: Caller, requestKey: String, model: ModelRecord, at now: Instant
    ) -> GenerationRecord {
        // Without a seed of the client's, the id gives one: a retry of the request paints the same picture.
        let drawn = Int64(id.objectID.hex.suffix(8), radix: 16) ?? 0
        var job = GenerationRecord(
            id: id, userID: caller.userID, requestKey: requestKey, prompt: prompt, model: model.id, seed: seed ?? drawn,
            createdAt: now)
        job.refinedPrompt = refinedPrompt
        job.negativePrompt = negativePrompt
        job.steps = steps
        job.cfgScale = cfgScale
        job.width = width ?? model.limits.defaultSide
        job.height = height ?? model.limits.defaultSide
        job.priority = Priorities.of(caller.tier)
        job.costGems = model.costGems
        job.holdKey = model.costGems > 0 ? id.hex : nil
        job.holdClosed = model.costGems == 0
        job.quotaDay = now.utcDay
        return job
    }
}

/// Who is served first.
enum Priorities {
    static func of(_ tier: Tier) -> Int64 {
        switch tier {
        case .free: 0
        case .pro: 50
        case .premium: 100
        }
    }
}
