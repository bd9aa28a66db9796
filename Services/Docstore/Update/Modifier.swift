import BSON

/// One update operator with its argument, for one path.
protocol Modifier: Sendable {
    /// What becomes of the value at the path; nil stands for a missing value.
    func change(of value: BSONValue?, at site: UpdateSite) throws(CommandError) -> Change

    /// Whether a missing path is created, so that one that cannot be created is an error.
    var creates: Bool { get }
    /// Whether a path that could not be created is an error even to an operator that creates none.
    var refusesUnviablePaths: Bool { get }
    /// Whether the operator acts only on documents that an upsert makes.
    var onInsertOnly: Bool { get }
}

extension Modifier {
    var creates: Bool { true }
    var refusesUnviablePaths: Bool { true }
    var onInsertOnly: Bool { false }
}

enum Change {
    case none
    case set(BSONValue)
    case remove
}

/// Where a modifier is at work, for its messages and its clock.
struct UpdateSite {
    var path: [String]
    var documentID: BSONValue?
    var isInsert: Bool
    var now: Int64
    /// Whether the value is an element of an array.
    var isElement = false

    var name: String { path.last ?? "" }
    var dotted: String { path.joined(separator: ".") }
    /// The document in messages: `{_id: 1}`.
    var document: String { "{_id: \(documentID.map { "\($0)" } ?? "")}" }
}

/// What parsing an update needs to know.
struct UpdateContext {
    var variables = Variables()
}

/// A kind of update operator: `$set`, `$push`.
protocol UpdateOperator: Sendable {
    static var names: [String] { get }
    static func parse(
        _ argument: BSONValue, named name: String, path: String, context: UpdateContext
    ) throws(CommandError) -> any Modifier
}

/// Every update operator that docstore knows.
enum UpdateOperators {
    static let all: [String: any UpdateOperator.Type] = {
        let kinds: [any UpdateOperator.Type] = [
            SetOperator.self, UnsetOperator.self, ArithmeticOperator.self, MinMaxOperator.self, BitOperator.self,
            CurrentDateOperator.self, RenameOperator.self, PushOperator.self, AddToSetOperator.self,
            PullOperator.self, PullAllOperator.self, PopOperator.self,
        ]
        var table: [String: any UpdateOperator.Type] = [:]
        for kind in kinds { for name in kind.names { table[name] = kind } }
        return table
    }()
}
