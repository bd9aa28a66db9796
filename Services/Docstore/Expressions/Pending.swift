extension ExpressionFunction {
    static let strings: [ExpressionFunction] = []
    static let substrings: [ExpressionFunction] = []
    static let arrays: [ExpressionFunction] = []
    static let arraySlices: [ExpressionFunction] = []
    static let sets: [ExpressionFunction] = []
    static let objects: [ExpressionFunction] = []
    static let types: [ExpressionFunction] = []
    static let totals: [ExpressionFunction] = []
}
