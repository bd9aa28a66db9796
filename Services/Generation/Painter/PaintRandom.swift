/// A small seeded generator (SplitMix64, after Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014): the same seed gives the same numbers for ever, which the standard library does not promise of its own.
struct PaintRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number in 0..<1 with 24 bits.
    mutating func unit() -> Float { Float(next() >> 40) / 16_777_216 }

    mutating func within(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func chance(_ probability: Float) -> Bool { unit() < probability }

    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

    mutating func noise() -> Noise { Noise(seed: UInt32(truncatingIfNeeded: next() >> 16)) }

    /// FNV-1a over the words, so that another prompt is another picture under the same seed.
    static func digest(_ text: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
