/// How the documents of a query are found. The matcher still looks at each.
struct Plan {
    enum Access {
        case collection(reverse: Bool)
        case index(IndexAccess)
    }

    /// Read one after the other. None: nothing can match. Several: the alternatives of an `$or`; a document found by
    /// several counts once.
    let accesses: [Access]
    /// Whether documents come in the order asked for.
    var providesSort = false

    /// The numbers of the indexes it reads.
    var indexes: Set<Int> {
        Set(accesses.compactMap { if case .index(let access) = $0 { access.index.number } else { nil } })
    }
}

/// Ranges of one index, in the order they are read.
struct IndexAccess {
    let index: IndexInfo
    var ranges = [KeyRange.all]
    var reverse = false
    /// What each leading field is held to.
    var bounds: [[ValueRange]] = []
}
