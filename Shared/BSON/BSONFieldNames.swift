/// Names of fields, for reading these alone.
package struct BSONFieldNames: Sendable {
    private let names: [[UInt8]]

    package init(_ names: some Sequence<String>) { self.names = names.map { Array($0.utf8) } }

    @unsafe func contains(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        for known in names where unsafe known.count == name.count && known.elementsEqual(name) { return true }
        return false
    }
}
