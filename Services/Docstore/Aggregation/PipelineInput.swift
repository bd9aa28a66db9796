import BSON

/// Where a pipeline's documents come from, and what comes out of it.
typealias PipelineInput = Rows<BSONDocument>

/// How `$lookup` reads other collections of the same database: the documents that match.
typealias CollectionReader = (_ collection: String, _ filter: BSONDocument) throws -> PipelineInput

/// Documents that are only known once the whole input was read.
func collected(_ collect: @escaping () throws -> [BSONDocument]) -> PipelineInput {
    var documents: IndexingIterator<[BSONDocument]>?
    return {
        if documents == nil { documents = try collect().makeIterator() }
        return documents?.next()
    }
}
