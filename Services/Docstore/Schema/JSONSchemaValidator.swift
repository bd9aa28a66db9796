package import BSON

package struct JSONSchemaValidator: Sendable {
    package init(_ schema: BSONDocument) throws(CommandError) {
        throw CommandError(.failedToParse, "not implemented")
    }
    package func accepts(_ document: BSONDocument) throws(CommandError) -> Bool { true }
}
