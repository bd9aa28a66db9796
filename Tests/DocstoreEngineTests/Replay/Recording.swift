import BSON
import Foundation
import Testing

/// One recorded case: commands that prepare a collection, then steps whose replies count.
struct RecordedCase: Decodable {
    let suite: String
    let name: String
    let setup: [String]
    let steps: [String]
    let replies: [String]

    static func load(_ name: String) throws -> [RecordedCase] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "jsonl", subdirectory: "Recordings"))
        let decoder = JSONDecoder()
        return try Data(contentsOf: url).split(separator: 10).map { try decoder.decode(RecordedCase.self, from: $0) }
    }

    static func document(_ text: String) throws -> BSONDocument {
        try BSONDocument(bytes: [UInt8](#require(Data(base64Encoded: text))))
    }
}

/// What counts in a reply: the rules by which the recordings were made to be compared.
enum Comparison {
    private static let volatile: Set<String> = [
        "$clusterTime", "operationTime", "electionId", "opTime", "lastCommittedOpTime", "configTime", "topologyTime",
        "localTime", "uuid", "connectionId", "recoveryToken",
    ]
    private static let counters: Set<String> = [
        "ok", "n", "nModified", "nRemoved", "index", "code", "numIndexesBefore", "numIndexesAfter", "nIndexesWas",
    ]
    private static let toRead: Set<String> = ["errmsg", "note", "createdCollectionAutomatically"]

    /// The comparable form: fields of the reply itself in order of their names.
    static func form(_ reply: BSONDocument) -> BSONDocument {
        var cleaned = clean(reply)
        cleaned.elements.sort { $0.key < $1.key }
        return cleaned
    }

    static func refuses(_ reply: BSONDocument) -> Bool {
        reply["ok"]?.doubleValue != 1 || reply.array("writeErrors")?.isEmpty == false
    }

    private static func clean(_ document: BSONDocument, under key: String = "") -> BSONDocument {
        var result = BSONDocument()
        for element in document.elements where !volatile.contains(element.key) && !toRead.contains(element.key) {
            result.append(element.key, clean(element.value, under: element.key))
        }
        if key == "cursor", let id = result["id"] { result["id"] = .int64(id.int64Value == 0 ? 0 : 1) }
        return result
    }

    private static func clean(_ value: BSONValue, under key: String = "") -> BSONValue {
        switch value {
        case .document(let document): return .document(clean(document, under: key))
        case .array(let values): return .array(values.map { clean($0) })
        case .double(let number) where number.isNaN: return .double(.nan)
        case .double(let number) where counters.contains(key): return .int64(Int64(number))
        case .int32(let number) where counters.contains(key): return .int64(Int64(number))
        case .bool(let flag) where counters.contains(key): return .int64(flag ? 1 : 0)
        default: return value
        }
    }
}
