/// How the documents of a query are found. The matcher still looks at each.
struct Plan {
    indirect enum Access {
        /// The query cannot match anything.
        case nothing
        case collection(reverse: Bool)
        case index(IndexAccess)
        /// Alternatives of an `$or`; a document found by several counts once.
        case union([Access])

        /// The numbers of the indexes it reads.
        var indexes: Set<Int> {
            switch self {
            case .nothing, .collection: []
            case .index(let access): [access.index.number]
            case .union(let parts): parts.reduce(into: []) { $0.formUnion($1.indexes) }
            }
        }
    }

    let access: Access
    /// Whether documents come in the order asked for.
    var providesSort = false
}

/// Ranges of one index, in the order they are read.
struct IndexAccess {
    let index: IndexInfo
    var ranges = [KeyRange.all]
    var reverse = false
    /// What each leading field is held to.
    var bounds: [[ValueRange]] = []
}
