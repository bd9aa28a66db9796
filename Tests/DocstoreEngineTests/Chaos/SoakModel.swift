import BSON

/// One client's documents as plain Swift keeps them: written from MongoDB's manual, sharing no code with docstore.
struct SoakModel {
    struct Document: Equatable {
        var id: Int
        var n: Int
        var text: String
        var list: [Int]
        var unique: Int?
    }

    /// In the order of insertion.
    private(set) var documents: [Document] = []

    enum Filter {
        case id(Int)
        case nRange(Int, Int)
        case listHas(Int)
        case textIn([String])
        case either(Int, Int)

        func matches(_ document: Document) -> Bool {
            switch self {
            case .id(let id): document.id == id
            case .nRange(let low, let high): document.n >= low && document.n < high
            case .listHas(let value): document.list.contains(value)
            case .textIn(let texts): texts.contains(document.text)
            case .either(let id, let n): document.id == id || document.n == n
            }
        }

        func query(owner: Int) -> BSONDocument {
            var query: BSONDocument = ["o": .int32(Int32(owner))]
            switch self {
            case .id(let id): query["i"] = .int64(Int64(id))
            case .nRange(let low, let high): query["n"] = ["$gte": .int32(Int32(low)), "$lt": .int32(Int32(high))]
            case .listHas(let value): query["l"] = .int32(Int32(value))
            case .textIn(let texts): query["t"] = ["$in": .array(texts.map { .string($0) })]
            case .either(let id, let n): query["$or"] = [["i": .int64(Int64(id))], ["n": .int32(Int32(n))]]
            }
            return query
        }
    }

    enum Change {
        case add(Int)
        case setText(String)
        case push(Int)
        case pull(Int)
        case takeUnique(Int)
        case dropUnique

        var update: BSONDocument {
            switch self {
            case .add(let amount): ["$inc": ["n": .int32(Int32(amount))]]
            case .setText(let text): ["$set": ["t": .string(text)]]
            case .push(let value): ["$push": ["l": ["$each": [.int32(Int32(value))], "$slice": -4]]]
            case .pull(let value): ["$pull": ["l": .int32(Int32(value))]]
            case .takeUnique(let value): ["$set": ["u": .int32(Int32(value))]]
            case .dropUnique: ["$unset": ["u": ""]]
            }
        }

        /// - Returns: whether anything changed.
        func apply(to document: inout Document) -> Bool {
            let before = document
            switch self {
            case .add(let amount): document.n += amount
            case .setText(let text): document.text = text
            case .push(let value):
                // A push counts as a change even where the slice leaves what was there.
                document.list = Array((document.list + [value]).suffix(4))
                return true
            case .pull(let value): document.list.removeAll { $0 == value }
            case .takeUnique(let value): document.unique = value
            case .dropUnique: document.unique = nil
            }
            return document != before
        }
    }

    private func isTaken(_ unique: Int?, except id: Int) -> Bool {
        guard let unique else { return false }
        return documents.contains { $0.unique == unique && $0.id != id }
    }

    /// - Returns: false for a duplicate.
    mutating func insert(_ document: Document) -> Bool {
        if documents.contains(where: { $0.id == document.id }) || isTaken(document.unique, except: document.id) {
            return false
        }
        documents.append(document)
        return true
    }

    /// - Returns: nil for a duplicate; what was changed before it stays.
    mutating func update(_ filter: Filter, _ change: Change, multi: Bool) -> (matched: Int, modified: Int)? {
        var matched = 0
        var modified = 0
        for index in documents.indices where filter.matches(documents[index]) {
            var changed = documents[index]
            let differs = change.apply(to: &changed)
            if isTaken(changed.unique, except: changed.id) { return nil }
            documents[index] = changed
            matched += 1
            if differs { modified += 1 }
            if !multi { break }
        }
        return (matched, modified)
    }

    mutating func remove(_ filter: Filter) -> Int {
        let before = documents.count
        documents.removeAll { filter.matches($0) }
        return before - documents.count
    }

    func find(_ filter: Filter, descending: Bool, limit: Int) -> [Document] {
        let found = documents.filter { filter.matches($0) }
        let sorted = found.sorted { left, right in
            if left.n != right.n { return descending ? left.n > right.n : left.n < right.n }
            return left.id < right.id
        }
        return Array(sorted.prefix(limit))
    }
}

extension SoakModel.Document {
    func stored(owner: Int) -> BSONDocument {
        var document: BSONDocument = [
            "_id": .string("\(owner)/\(id)"), "o": .int32(Int32(owner)), "i": .int64(Int64(id)), "n": .int32(Int32(n)),
            "t": .string(text), "l": .array(list.map { .int32(Int32($0)) }),
        ]
        if let unique { document.append("u", .int32(Int32(unique))) }
        return document
    }

    init(_ document: BSONDocument) {
        self.init(
            id: document.int("i") ?? -1, n: document.int("n") ?? -1, text: document.string("t") ?? "",
            list: document.array("l")?.compactMap(\.intValue) ?? [], unique: document.int("u"))
    }
}
