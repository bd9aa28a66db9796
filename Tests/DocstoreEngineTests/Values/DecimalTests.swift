import Testing

@testable import DocstoreEngine

struct DecimalTests {
    private func decimal(_ text: String) throws -> Decimal { try #require(Decimal(text: text)) }

    private static let table1: [(String, String, String)] = [
        ("1.10", "1", "2.10"), ("2.5", "-2.5", "0.0"), ("1E+3", "1", "1001"), ("0.1", "0.2", "0.3"),
        ("9999999999999999999999999999999999", "1", "1.000000000000000000000000000000000E+34"),
        ("1E+100", "1", "1.000000000000000000000000000000000E+100"), ("Infinity", "-Infinity", "NaN"),
    ]

    @Test(arguments: table1)
    func `sums keep the smaller exponent and 34 digits`(left: String, right: String, sum: String) throws {
        #expect(try (decimal(left) + decimal(right)).description == sum)
        #expect(try (decimal(right) + decimal(left)).description == sum)
    }

    private static let table2: [(String, String, String)] = [
        ("1.10", "2", "2.20"), ("-3", "2", "-6"), ("1E+4000", "1E+4000", "Infinity"), ("0.5", "0.5", "0.25"),
    ]

    @Test(arguments: table2)
    func `products add exponents`(left: String, right: String, product: String) throws {
        #expect(try (decimal(left) * decimal(right)).description == product)
    }

    private static let table3: [(String, String, String)] = [
        ("1.10", "2", "0.55"), ("1", "3", "0.3333333333333333333333333333333333"), ("6", "2", "3"),
        ("-2", "3", "-0.6666666666666666666666666666666667"), ("1", "0", "Infinity"), ("0", "0", "NaN"),
    ]

    @Test(arguments: table3)
    func `quotients are rounded half even, and exact ones keep no zeros`(left: String, right: String, quotient: String)
        throws
    {
        #expect(try (decimal(left) / decimal(right)).description == quotient)
    }

    private static let table4: [(String, String, String)] = [
        ("7", "2", "1"), ("-7", "2", "-1"), ("1.10", "2", "1.10"), ("1E+30", "7", "1"), ("5.5", "0", "NaN"),
    ]

    @Test(arguments: table4)
    func `a remainder has the sign of the dividend`(left: String, right: String, remainder: String) throws {
        #expect(try decimal(left).remainder(dividingBy: decimal(right)).description == remainder)
    }

    @Test func `a double converts to 15 digits and compares by 34`() {
        #expect(Decimal(2.5, digits: 15).description == "2.50000000000000")
        #expect(Decimal(4.5, digits: 34).description == "4.5")
        #expect(Decimal(0.1, digits: 34).description == "0.1000000000000000055511151231257827")
    }

    private static let table5: [String] = [
        "0", "-0", "1.50", "1E+6111", "-1E-6176", "NaN", "Infinity", "-Infinity", "123456.789E-10",
    ]

    @Test(arguments: table5)
    func `the encoding keeps every value`(text: String) throws {
        let value = try decimal(text)
        #expect(Decimal(value.encoded).description == value.description)
    }

    @Test func `order is numeric, NaN comes first`() throws {
        let ordered = ["NaN", "-Infinity", "-1E+10", "-1", "0", "1E-10", "0.1", "1", "1.1", "1E+10", "Infinity"]
        for (left, right) in zip(ordered, ordered.dropFirst()) {
            #expect(try Decimal.compare(decimal(left), decimal(right)) < 0, "\(left) before \(right)")
        }
        #expect(try Decimal.compare(decimal("1.0"), decimal("1")) == 0)
    }

    private static let table6: [String] = ["", "x", "1e", "1.2.3", "--1", "1 "]

    @Test(arguments: table6)
    func `what is no number is none`(text: String) {
        #expect(Decimal(text: text) == nil)
    }
}
