import BSON

extension ExpressionFunction {
    /// Accumulators as expressions: over their arguments, or over the elements of a single array.
    static let totals: [ExpressionFunction] =
        ["$sum", "$avg", "$min", "$max", "$mergeObjects", "$stdDevPop", "$stdDevSamp"].compactMap { name in
            guard let make = Accumulators.all[name] else { return nil }
            return ExpressionFunction(name, any) { values throws(CommandError) in
                var accumulator = make()
                if values.count == 1, case .array(let elements)? = values[0] {
                    for element in elements { try accumulator.add(element) }
                } else {
                    for value in values { try accumulator.add(value) }
                }
                return accumulator.result
            }
        }
}
