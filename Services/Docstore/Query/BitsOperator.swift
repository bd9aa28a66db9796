import BSON

extension Number {
    /// A double counts only when it is whole; a decimal is rounded, as in MongoDB.
    fileprivate var bits: Int64? {
        guard case .decimal(let value) = self else { return exactInt64 }
        return value.rounded(toExponent: 0, .halfEven).truncatedInt64 ?? .min
    }
}

/// `$bitsAllSet $bitsAnySet $bitsAllClear $bitsAnyClear`.
enum BitsOperator: FieldOperator {
    static let names = ["$bitsAllSet", "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear"]

    struct Test: ValueTest {
        var positions: [Int]
        var wantsSet: Bool
        var wantsAll: Bool
        var matchRank: Int

        func matches(_ value: BSONValue?, _ position: inout Int?) -> Bool {
            switch value {
            case .binary(let data)?:
                return holds { bit in
                    bit / 8 < data.bytes.count && data.bytes[bit / 8] >> UInt8(bit % 8) & 1 == 1
                }
            case let value?:
                guard let number = Number(value)?.bits else { return false }
                return holds { bit in number >> Int64(min(bit, 63)) & 1 == 1 }
            case nil:
                return false
            }
        }

        private func holds(_ isSet: (Int) -> Bool) -> Bool {
            wantsAll
                ? positions.allSatisfy { isSet($0) == wantsSet } : positions.contains { isSet($0) == wantsSet }
        }
    }

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let rank = 14 + (names.firstIndex(of: clause.name) ?? 0)
        return clause.condition(
            Test(
                positions: try positions(clause), wantsSet: clause.name.hasSuffix("Set"),
                wantsAll: clause.name.hasPrefix("$bitsAll"), matchRank: rank))
    }

    private static func positions(_ clause: OperatorClause) throws(CommandError) -> [Int] {
        switch clause.argument {
        case .array(let elements):
            var positions: [Int] = []
            for element in elements {
                guard let number = Number(element) else {
                    throw CommandError(.badValue, "Failed to parse bit position. Expected a number in: \(element)")
                }
                guard let position = number.exactInt64.flatMap(Int32.init(exactly:)) else {
                    throw CommandError(
                        .badValue, "Failed to parse bit position. Expected an integer: \(element)")
                }
                guard position >= 0 else {
                    throw CommandError(
                        .badValue, "Failed to parse bit position. Expected a non-negative number in: \(position)")
                }
                positions.append(Int(position))
            }
            return positions
        case .binary(let data):
            return data.bytes.indices.flatMap { byte in
                (0..<8).filter { data.bytes[byte] >> UInt8($0) & 1 == 1 }.map { byte * 8 + $0 }
            }
        default:
            guard let number = Number(clause.argument) else {
                throw CommandError(
                    .badValue, "\(clause.path) takes an Array, a number, or a BinData but received: \(clause.argument)")
            }
            guard let mask = number.exactInt64 else {
                throw CommandError(.failedToParse, "Expected an integer: \(clause.name): \(clause.argument)")
            }
            guard mask >= 0 else {
                throw CommandError(.failedToParse, "Expected a positive number in: \(clause.name): \(mask)")
            }
            return (0..<63).filter { mask >> Int64($0) & 1 == 1 }
        }
    }
}
