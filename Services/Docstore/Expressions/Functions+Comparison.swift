import BSON

extension ExpressionFunction {
    static let comparison: [ExpressionFunction] = [
        .init("$cmp", 2) { .int32(Int32(MongoOrder.compare($0[0], $0[1]).signum())) },
        .init("$eq", 2) { .bool(MongoOrder.compare($0[0], $0[1]) == 0) },
        .init("$ne", 2) { .bool(MongoOrder.compare($0[0], $0[1]) != 0) },
        .init("$gt", 2) { .bool(MongoOrder.compare($0[0], $0[1]) > 0) },
        .init("$gte", 2) { .bool(MongoOrder.compare($0[0], $0[1]) >= 0) },
        .init("$lt", 2) { .bool(MongoOrder.compare($0[0], $0[1]) < 0) },
        .init("$lte", 2) { .bool(MongoOrder.compare($0[0], $0[1]) <= 0) },
        .init("$not", 1) { .bool(!$0[0].isTruthy) },
    ]
}
