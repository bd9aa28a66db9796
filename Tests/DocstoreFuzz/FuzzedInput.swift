import BSON

@testable import DocstoreEngine

/// What must hold for any bytes off the wire: nothing crashes, and what is accepted is encoded to the same bytes again.
enum FuzzedInput {
    private static let kept: Set<String> = ["_id", "a", "v"]
    private static let names = BSONFieldNames(kept)

    static func run(_ input: UnsafeRawBufferPointer) {
        _ = try? WireRequest(input)  // a refusal is as good as a success
        message([UInt8](input))
        document([UInt8](input))
    }

    /// The input as a message whose length and checksum are right: no fuzzer would guess these.
    private static func message(_ input: [UInt8]) {
        guard input.count >= MessageHeader.length else { return }
        var message = input
        write(UInt32(message.count), to: &message, at: 0)
        let hasChecksum = message.count >= 24 && message[12] == 0xDD && message[16] & 1 == 1
        if hasChecksum {
            let checksum = CRC32C.checksum(Array(message.dropLast(4)))
            write(checksum, to: &message, at: message.count - 4)
        }
        guard let request = parse(message) else { return }
        for sequence in request.sequences { for bytes in sequence.documents { document(bytes) } }
        guard let again = parse(encode(request)) else { fatalError("an encoded message does not parse") }
        precondition(again.body == request.body, "a command is not the same after a round trip")
        precondition(
            again.sequences.elementsEqual(request.sequences) { $0.name == $1.name && $0.documents == $1.documents },
            "a sequence is not the same after a round trip")
        _ = try? CommandRequest(request.body, sequences: request.sequences)  // as above
    }

    private static func document(_ bytes: [UInt8]) {
        let some = try? BSONDocument(bytes: bytes, keeping: Self.names)  // as above
        guard let document = try? BSONDocument(bytes: bytes) else {  // as above
            precondition(some == nil, "what is malformed is not found where only some fields are kept")
            return
        }
        let kept = document.elements.filter { Self.kept.contains($0.key) }
        precondition(some == BSONDocument(elements: kept), "the fields that are kept are not those")
        let encoded = document.encode()
        precondition(encoded == NumberedArrays.rewrite(bytes), "a document is not the same after a round trip")
        precondition((try? BSONDocument(bytes: encoded)) == document, "what was encoded parses to something else")
        _ = KeyEncoder.encode(.document(document))
    }

    private static func parse(_ message: [UInt8]) -> WireRequest? {
        message.withUnsafeBytes { try? WireRequest($0) }  // as above
    }

    private static func encode(_ request: WireRequest) -> [UInt8] {
        var message = SeedCorpus.message(request.body.encode())
        for sequence in request.sequences {
            let start = message.count + 1
            message += [1, 0, 0, 0, 0] + Array(sequence.name.utf8) + [0] + sequence.documents.joined()
            write(UInt32(message.count - start), to: &message, at: start)
        }
        write(UInt32(message.count), to: &message, at: 0)
        return message
    }

    private static func write(_ value: UInt32, to bytes: inout [UInt8], at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
    }
}
