import BSON
import Foundation

@testable import DocstoreEngine

/// The fuzzer's first inputs, made from recordings: their commands as messages of every form, their replies as plain
/// documents.
enum SeedCorpus {
    private struct Recording: Decodable {
        let setup: [Data]
        let steps: [Data]
        let replies: [Data]
    }

    /// As the fuzzer is told: more would be cut off.
    private static let largest = 4096

    static func write(recordings: String, to corpus: String) throws {
        try FileManager.default.createDirectory(atPath: corpus, withIntermediateDirectories: true)
        var seen: Set<[UInt8]> = []
        for line in try Data(contentsOf: URL(fileURLWithPath: recordings)).split(separator: 10) {
            let recording = try JSONDecoder().decode(Recording.self, from: line)
            let commands = (recording.setup + recording.steps).map { [UInt8]($0) }
            let inputs = try commands.flatMap(messages) + recording.replies.map { [UInt8]($0) }
            for input in inputs where input.count <= largest && seen.insert(input).inserted {
                try Data(input).write(to: URL(fileURLWithPath: "\(corpus)/recorded-\(seen.count)"))
            }
        }
    }

    /// An OP_MSG with one document; the fuzzer sets its length.
    static func message(_ body: [UInt8]) -> [UInt8] {
        [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xDD, 7] + [UInt8](repeating: 0, count: 7) + body
    }

    private static func messages(_ command: [UInt8]) throws -> [[UInt8]] {
        let plain = message(command)
        var checked = plain + [0, 0, 0, 0]
        checked[16] = 1
        let namespace = Array("admin.$cmd".utf8) + [0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
        let old = Array(plain[..<12]) + [0xD4, 7, 0, 0, 0, 0, 0, 0] + namespace + command
        return try [plain, checked, old] + sequence(command)
    }

    /// A write with its statements as a sequence of documents, as drivers send them.
    private static func sequence(_ command: [UInt8]) throws -> [[UInt8]] {
        var body = try BSONDocument(bytes: command)
        guard let field = ["documents", "updates", "deletes"].first(where: { body.array($0) != nil }) else { return [] }
        let documents = (body.array(field) ?? []).compactMap(\.documentValue).flatMap { $0.encode() }
        body[field] = nil
        let length = Int32(4 + field.utf8.count + 1 + documents.count)
        let header = withUnsafeBytes(of: length.littleEndian) { [UInt8]($0) } + Array(field.utf8) + [0]
        return [message(body.encode()) + [1] + header + documents]
    }
}
