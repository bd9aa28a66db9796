package import Domain
package import JSON

/// A fact that a service tells the others: named in the past tense, with what its readers need to know.
///
/// A counter in an event is an absolute total with a version: readers set it if it is newer, since an event may come
/// twice and out of order. Fields are only ever added, as optionals; another meaning is another type.
package protocol Event: Sendable {
    /// What the stream entry names, as `PostCreated`.
    static var type: String { get }
    static var version: Int { get }
    static var topic: Topic { get }
    /// The person whose partition the event goes to: events of one subject stay in order.
    var subject: UserID { get }

    func write(to writer: inout JSONWriter)
    init(json: JSONValue) throws
    /// Reads the data of an entry; by hand for those that come by the million.
    init(data: ArraySlice<UInt8>) throws
}

extension Event {
    package static var type: String { "\(Self.self)" }
    package static var version: Int { 1 }

    package init(data: ArraySlice<UInt8>) throws { try self.init(json: try JSONParser.parse(Array(data))) }

    var bytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}

/// `Codable` is enough for an event; one on a hot path writes and reads itself.
extension Event where Self: Codable {
    package func write(to writer: inout JSONWriter) {
        do {
            writer.value(try JSONValueEncoder.encode(self))
        } catch {
            // Only a number beyond 64 bits cannot be written, and no contract has one.
            preconditionFailure("\(Self.self) cannot be written: \(error)")
        }
    }

    package init(json: JSONValue) throws { self = try JSONValueDecoder.decode(Self.self, from: json) }
}
