import BSON

/// What the fuzzer calls: nothing here may crash, whatever the bytes.
package enum DocstoreFuzzing {
    /// Takes the input for a message and, behind a header made to fit, for a message's content and for a document. What
    /// parses is encoded again, and has to parse again.
    package static func parse(_ input: UnsafeRawBufferPointer) {
        _ = try? WireRequest(input)  // a refusal is as good as a success
        for opcode: Int32 in [2013, 2004] {
            var message: [UInt8] = []
            for word in [Int32(MessageHeader.length + input.count), 1, 0, opcode] {
                withUnsafeBytes(of: word.littleEndian) { message.append(contentsOf: $0) }
            }
            message.append(contentsOf: input)
            message.withUnsafeBytes { _ = try? WireRequest($0) }  // as above
        }
        guard let document = try? BSONDocument(bytes: [UInt8](input)) else { return }  // as above
        let encoded = document.encode()
        precondition((try? BSONDocument(bytes: encoded)) != nil, "what was encoded does not parse")  // ours to be right
        _ = KeyEncoder.encode(.document(document))
    }
}
