import Domain
import FoundationEssentials
import JSON
import ServiceKit
import Telemetry

/// `gems simulate [--days N] [--people N] [--seed N] [--economy FILE] [--chart FILE.svg]`
struct SimulateCommand {
    func run(_ arguments: [String]) throws -> Int32 {
        var settings = EconomySimulation.Settings()
        var economy = EconomyConfiguration.standard
        var chart: String?
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard let value = rest.popFirst() else { throw UsageError("\(argument) needs a value") }
            switch argument {
            case "--days": settings.days = try Self.number(value, 1...3_650, argument)
            case "--people": settings.people = try Self.number(value, 2...100_000, argument)
            case "--seed": settings.seed = UInt64(try Self.number(value, 0...Int.max, argument))
            case "--economy": economy = try Self.economy(at: value)
            case "--chart": chart = value
            default: throw UsageError("unknown argument \(argument)")
            }
        }
        let prices = Product.standard.filter { $0.isUnique }.map(\.priceGems.count).sorted() + [10]
        var simulation = EconomySimulation(economy: economy, prices: prices, settings: settings)
        let days = simulation.run()
        StandardOutput.write(Self.table(of: days))
        if let chart {
            try Data(EconomyChart(days: days).svg.utf8).write(to: URL(filePath: chart))
            StandardOutput.write("chart in \(chart)\n")
        }
        return 0
    }

    /// A table that other programs read too: columns are separated by blanks.
    static func table(of days: [EconomySimulation.Day]) -> String {
        var lines = ["day people visitors minted promoted burned deferred supply velocity gini"]
        for day in days {
            lines.append(
                "\(day.number) \(day.people) \(day.visitors) \(day.minted) \(day.promoted) \(day.burned) \(day.deferred) "
                    + "\(day.supply) \(thousandths(day.velocity)) \(thousandths(day.gini))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func thousandths(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    private static func number(_ text: String, _ range: ClosedRange<Int>, _ name: String) throws(UsageError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Numbers of the file take the place of those of the design; what it leaves out stays, what nobody knows is refused.
    static func economy(from text: [UInt8]) throws -> EconomyConfiguration {
        let standard = try JSONParser.parse(Array(JSONEncoder().encode(EconomyConfiguration.standard)))
        let merged = try merge(try JSONParser.parse(text), into: standard)
        return try JSONDecoder().decode(EconomyConfiguration.self, from: Data(JSONWriter.bytes(merged)))
    }

    private static func economy(at path: String) throws -> EconomyConfiguration {
        do {
            return try economy(from: Array(Data(contentsOf: URL(filePath: path))))
        } catch {
            throw UsageError("\(path) is no economy: \(error)")
        }
    }

    private static func merge(_ change: JSONValue, into value: JSONValue) throws(UsageError) -> JSONValue {
        guard let members = change.object?.members, let known = value.object else { return change }
        var result: [(String, JSONValue)] = known.members.map { ($0.key, $0.value) }
        for member in members {
            guard let index = result.firstIndex(where: { $0.0 == member.key }) else {
                throw UsageError("nothing is called \(member.key)")
            }
            result[index].1 = try merge(member.value, into: result[index].1)
        }
        return .object(JSONObject(result))
    }
}
