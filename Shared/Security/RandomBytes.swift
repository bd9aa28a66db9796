import Domain
import COpenSSL

/// Secret randomness from OpenSSL's generator, which the kernel seeds.
package enum RandomBytes {
    package static func generate(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            // A process that cannot get randomness must not go on and hand out guessable secrets.
            precondition(RAND_bytes(output.baseAddress, Int32(count)) == 1, "no randomness")
            initialized = count
        }
    }

    /// A token for URLs and headers. 32 bytes are past guessing.
    package static func token(bytes count: Int = 32) -> String { Base64URL.encode(generate(count)) }
}
