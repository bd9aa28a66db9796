/// How the documents of a query are found. The matcher still looks at each.
struct Plan {
    /// Ranges of one index, in the order they are read.
    struct Access {
        /// nil: the whole collection, in natural order.
        let index: IndexInfo?
        var ranges = [KeyRange.all]
        var reverse = false
        /// What each leading field is held to.
        var bounds: [[KeyRange]] = []
    }

    /// Read one after the other. None: nothing can match. Several: the alternatives of an `$or`; a document found by
    /// several counts once.
    let accesses: [Access]
    /// Whether documents come in the order asked for.
    var providesSort = false

    /// The numbers of the indexes it reads.
    var indexes: Set<Int> { Set(accesses.compactMap(\.index?.number)) }
}
