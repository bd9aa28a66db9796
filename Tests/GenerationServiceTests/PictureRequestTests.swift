import Domain
import HTTPServer
import JSON
import Records
import Testing

@testable import GenerationService

@Suite struct PictureRequestTests {
    private func decode(_ text: String) throws -> PictureRequest {
        try PictureRequest(ValidatedObject(try JSONParser.parse(Array(text.utf8)), as: PictureRequest.schema))
    }

    private let caller = Caller(
        userID: .new(), sessionID: .new(), deviceID: "d", tier: .pro, roles: [],
        accountCreatedAt: Instant(milliseconds: 0),
        tokenExpiresAt: Instant(milliseconds: 1))

    @Test func `a prompt alone is enough, and the model fills in the rest`() throws {
        let wish = try decode(#"{"prompt": "a fox"}"#)
        let model = try #require(ModelRecord.standard.first { $0.id == wish.modelID })
        let now = Instant(milliseconds: 1_000)
        let id = GenerationID.new()
        let job = wish.job(id: id, for: caller, requestKey: "k", model: model, at: now)
        #expect(job.model == "sketch" && job.width == 768 && job.height == 768 && job.priority == 50)
        #expect(job.holdKey == nil && job.holdClosed && job.quotaDay == "1970-01-01")
        #expect(wish.job(id: id, for: caller, requestKey: "k", model: model, at: now).seed == job.seed)
    }

    @Test(arguments: [
        (#"{"prompt": ""}"#, "/prompt"), (#"{"prompt": 3}"#, "/prompt"), (#"{}"#, "/prompt"),
        (#"{"prompt": "a", "seed": -1}"#, "/seed"), (#"{"prompt": "a", "width": "x"}"#, "/width"),
        (#"{"prompt": "a", "colour": 1}"#, "/colour"),
    ])
    func `what does not fit is named`(text: String, pointer: String) {
        #expect {
            _ = try decode(text)
        } throws: {
            ($0 as? ValidationFailure)?.errors.map(\.pointer) == [pointer]
        }
    }

    @Test func `a blank prompt is no prompt`() {
        #expect(throws: Problem.self) { _ = try decode(#"{"prompt": "  "}"#) }
    }

    @Test func `sizes and steps keep to the model's limits`() throws {
        let limits = try #require(ModelRecord.standard.first).limits
        #expect(try decode(#"{"prompt": "a", "width": 1024, "height": 768, "steps": 60}"#).misfits(limits).isEmpty)
        let wrong = try decode(#"{"prompt": "a", "width": 2048, "height": 770, "steps": 61}"#).misfits(limits)
        #expect(wrong.map(\.pointer) == ["/width", "/height", "/steps"])
    }
}
