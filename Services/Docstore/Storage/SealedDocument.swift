/// A stored document: its CRC-32C, then its BSON. SQLite hands out a flipped byte without an error, so every document
/// is checked whenever it is read, and a damaged one is reported, never served.
enum SealedDocument {
    static func seal(_ document: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: document.count + 4) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            bytes.storeBytes(of: CRC32C.checksum(document).littleEndian, as: UInt32.self)
            UnsafeMutableRawBufferPointer(rebasing: bytes[4...]).copyBytes(from: document)
            count = document.count + 4
        }
    }

    static func open(_ stored: UnsafeRawBufferPointer, record: RecordID) throws -> [UInt8] {
        if stored.count > 8 {
            let document = UnsafeRawBufferPointer(rebasing: stored[4...])
            let checksum = UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self))
            if CRC32C.checksum(document) == checksum { return [UInt8](document) }
        }
        // Also where there is none, though an index says there is.
        let place = "document \(record.sequence) of collection \(record.collection)"
        throw StorageError.damaged("\(place) does not match its checksum")
    }
}
