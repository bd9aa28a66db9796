package import JSON
import Runtime

/// The sending end of server-sent events. Loop-confined.
package final class EventStream: @unchecked Sendable {  // loop: its request's
    package struct Closed: Error, Equatable {}

    /// What `Last-Event-ID` said; nil on a first connection.
    package let lastEventID: String?
    let output: StreamOutput

    init(lastEventID: String?, output: StreamOutput) {
        self.lastEventID = lastEventID
        self.output = output
    }

    /// Sends one event. Suspends while the client is slow to read, so that memory stays bounded.
    ///
    /// - Parameter data: one line; JSON has no raw line breaks.
    /// - Throws: `Closed` once the client is gone or the server drains.
    package func send(_ event: String, data: [UInt8], id: String? = nil) async throws(Closed) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + event.utf8.count + 32)
        if let id { bytes.append(contentsOf: "id: \(id)\n".utf8) }
        bytes.append(contentsOf: "event: \(event)\ndata: ".utf8)
        bytes.append(contentsOf: data)
        bytes.append(contentsOf: "\n\n".utf8)
        try await output.write(bytes)
    }

    package func send(_ event: String, _ value: some JSONWritable, id: String? = nil) async throws(Closed) {
        try await send(event, data: JSONWriter.bytes(value), id: id)
    }

    /// Tells the client how long to wait before it connects again.
    package func retry(after delay: Duration) async throws(Closed) {
        try await output.write(Array("retry: \(delay.clampedNanoseconds / 1_000_000)\n\n".utf8))
    }

    package var isClosed: Bool { output.isClosed }
}
