/// How the documents of a query are found. The matcher still looks at each.
struct Plan {
    struct Access {
        /// nil: the whole collection, in natural order.
        let index: IndexInfo?
        var ranges = [KeyRange.all]
        var reverse = false
        var bounds: [[KeyRange]] = []
    }

    /// Read one after the other. None: nothing can match. Several: the alternatives of an `$or`; a document found by
    /// several counts once.
    let accesses: [Access]
    var providesSort = false

    var indexes: Set<Int> { Set(accesses.compactMap(\.index?.number)) }
}
