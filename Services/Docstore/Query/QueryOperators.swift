import BSON

/// Every query operator that docstore knows, in two tables from its name to what makes a condition of it; an operator
/// that asks nothing by itself makes none.
enum QueryOperators {
    typealias Operator = @Sendable (OperatorClause) throws(CommandError) -> (any Condition)?

    /// Operators in the place of a field name: `{$or: […]}`.
    static let top: [String: Operator] = [
        "$and": logical(.and),
        "$or": logical(.or),
        "$nor": logical(.nor),
        "$expr": expression,
        "$text": text,
        "$jsonSchema": schema,
        "$comment": { _ in nil },
    ]

    /// Operators inside of a field's document: `{a: {$gt: 1}}`.
    static let field: [String: Operator] = [
        "$eq": comparison(.equal),
        "$gt": comparison(.greater),
        "$gte": comparison(.greaterOrEqual),
        "$lt": comparison(.less),
        "$lte": comparison(.lessOrEqual),
        "$ne": notEqual,
        "$in": membership,
        "$nin": { (clause) throws(CommandError) in
            LogicalCondition(.nor, [clause.condition(try Membership.test(clause))])
        },
        "$not": negation,
        "$exists": exists,
        "$type": type,
        "$size": size,
        "$all": all,
        "$elemMatch": elementMatch,
        "$mod": modulo,
        "$bitsAllSet": bits(14) { positions, isSet in positions.allSatisfy(isSet) },
        "$bitsAllClear": bits(15) { positions, isSet in !positions.contains(where: isSet) },
        "$bitsAnySet": bits(16) { positions, isSet in positions.contains(where: isSet) },
        "$bitsAnyClear": bits(17) { positions, isSet in !positions.allSatisfy(isSet) },
        "$regex": regex,
        "$options": { (clause) throws(CommandError) in
            guard clause.siblings["$regex"] != nil else { throw .badValue("$options needs a $regex") }
            return nil
        },
        "$comment": { _ in nil },
    ]
}
