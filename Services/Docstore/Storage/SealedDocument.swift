/// A stored document: its CRC-32C, then its BSON. SQLite hands out a flipped byte without an error, so every document
/// is checked whenever it is read, and a damaged one is reported, never served.
enum SealedDocument {
    static func seal(_ document: [UInt8]) -> [UInt8] {
        let checksum = CRC32C.checksum(document)
        return [UInt8](unsafeUninitializedCapacity: document.count + 4) { buffer, count in
            withUnsafeBytes(of: checksum.littleEndian) { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            document.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[4...]).copyMemory(
                    from: $0)
            }
            count = document.count + 4
        }
    }

    static func open(_ stored: UnsafeRawBufferPointer, record: RecordID) throws(StorageError) -> [UInt8] {
        guard stored.count > 8 else { throw damaged(record) }
        let document = UnsafeRawBufferPointer(rebasing: stored[4...])
        let checksum = UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self))
        guard CRC32C.checksum(document) == checksum else { throw damaged(record) }
        return [UInt8](document)
    }

    private static func damaged(_ record: RecordID) -> StorageError {
        .damaged("document \(record.sequence) of collection \(record.collection) does not match its checksum")
    }
}
