package import Domain
package import JSON

extension TimePlace: JSONWritable {
    /// What a cursor says.
    /// - Throws: `invalid-cursor` for anything that `write` did not make.
    package init(_ cursor: JSONValue) throws(Problem) {
        guard let time = cursor["t"]?.int64, let id = cursor["i"]?.string.flatMap(Tagged<Tag>.init(hex:)) else {
            throw Problem(.invalidCursor)
        }
        self.init(time: Instant(milliseconds: time), id: id)
    }

    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("t", time.milliseconds)
            $0.field("i", id.hex)
        }
    }
}
