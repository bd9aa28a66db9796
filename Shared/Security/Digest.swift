import COpenSSL

/// A SHA-256 digest as a dictionary key: four words instead of an array on the heap.
struct Digest: Hashable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(of bytes: UnsafeBufferPointer<UInt8>) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { output in
            let result = EVP_Digest(
                bytes.baseAddress, bytes.count, output.bindMemory(to: UInt8.self).baseAddress, nil, OpenSSL.sha256, nil)
            precondition(result == 1, "SHA-256 over memory cannot fail")
        }
        self.words = words
    }

    static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    /// Any word of a digest is as good a hash as all of them.
    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
