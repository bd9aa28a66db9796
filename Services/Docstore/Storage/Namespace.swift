/// A collection's full name.
struct Namespace: Hashable, CustomStringConvertible {
    let database: String
    let collection: String

    var description: String { "\(database).\(collection)" }
}
