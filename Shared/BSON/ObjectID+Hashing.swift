// Ids are keys of most tables in memory, many for each vote. Their bytes are as good as random where anybody could choose
// them at all (digests, or drawn by the server), so that two rounds of mixing with the table's own seed do what the
// standard library's keyed hash would take three times as long for.
extension ObjectID {
    package func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }

    package func _rawHashValue(seed: Int) -> Int {
        var mixed = (high ^ UInt64(truncatingIfNeeded: seed)) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 32) ^ UInt64(low)) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: mixed ^ (mixed >> 32))
    }
}
