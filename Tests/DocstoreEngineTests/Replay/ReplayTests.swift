import BSON
import Foundation
import Testing

@testable import DocstoreEngine

/// Everything that was recorded of a real MongoDB server, sent to docstore.
@Suite struct ReplayTests {
    /// Suites of which docstore may lack something: an error is then a refusal, a wrong answer never is.
    private static let optional: Set<String> = ["stages", "expressions"]

    private struct Tally {
        var right = 0
        var refused: [String] = []
        var wrong: [String] = []
    }

    @Test(arguments: ["corpus-4.9", "random-4.9"])
    func `docstore answers as the recorded server did`(file: String) throws {
        let tally = try replay(try RecordedCase.load(file))
        #expect(tally.wrong.isEmpty, "\(tally.wrong.count) wrong: \(tally.wrong.prefix(5).joined(separator: "\n"))")
        #expect(
            tally.refused.isEmpty, "\(tally.refused.count) refused: \(tally.refused.prefix(5).joined(separator: "\n"))")
        #expect(tally.right > 1000)
    }

    private func replay(_ cases: [RecordedCase]) throws -> Tally {
        let server = try TestServer()
        let client = try server.client()
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255) }
        var tally = Tally()
        for recorded in cases {
            try client.run(["killAllSessions": []], on: "admin")
            try client.run(["dropDatabase": 1])
            for command in recorded.setup { try client.run(salted(RecordedCase.document(command), salt)) }
            for (step, reply) in zip(recorded.steps, recorded.replies) {
                let command = try RecordedCase.document(step)
                let wanted = try RecordedCase.document(reply)
                let got = try client.run(salted(command, salt))
                if Comparison.form(got) == Comparison.form(wanted) {
                    tally.right += 1
                    continue
                }
                let text = "[\(recorded.suite)] \(recorded.name)\n sent \(command)\n want \(wanted)\n got \(got)"
                if Comparison.refuses(got), !Comparison.refuses(wanted) || Self.optional.contains(recorded.suite) {
                    if !Self.optional.contains(recorded.suite) { tally.refused.append(text) }
                } else {
                    tally.wrong.append(text)
                }
            }
        }
        return tally
    }

    /// Session ids of this run's own: a server remembers those it has seen.
    private func salted(_ command: BSONDocument, _ salt: [UInt8]) -> BSONDocument {
        var command = command
        if let session = command["lsid"] { command["lsid"] = salted(session, salt) }
        if let sessions = command.array("endSessions") {
            command["endSessions"] = .array(sessions.map { salted($0, salt) })
        }
        return command
    }

    private func salted(_ session: BSONValue, _ salt: [UInt8]) -> BSONValue {
        guard let id = session.documentValue?.bytes("id"), id.count == 16 else { return session }
        return .document(["id": .binary(BSONBinary(subtype: 4, bytes: zip(id, salt).map { $0 ^ $1 }))])
    }
}
