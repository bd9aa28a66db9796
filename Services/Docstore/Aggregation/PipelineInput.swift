package import BSON

/// Where a pipeline's documents come from.
package protocol PipelineInput: AnyObject {
    /// - Returns: nil at the end, and from then on.
    func next() throws -> BSONDocument?
}

/// How `$lookup` reads other collections of the same database.
package protocol CollectionReader: AnyObject {
    /// The documents that match; none when there is no such collection.
    func documents(in collection: String, matching filter: BSONDocument) throws -> any PipelineInput
}

/// Documents made by a closure.
final class GeneratedInput: PipelineInput {
    private var generate: (() throws -> BSONDocument?)?

    init(_ generate: @escaping () throws -> BSONDocument?) { self.generate = generate }

    /// Documents that are only known once the whole input was read.
    convenience init(collecting collect: @escaping () throws -> [BSONDocument]) {
        var documents: IndexingIterator<[BSONDocument]>?
        self.init {
            if documents == nil { documents = try collect().makeIterator() }
            return documents?.next()
        }
    }

    func next() throws -> BSONDocument? {
        let document = try generate?()
        if document == nil { generate = nil }
        return document
    }
}
