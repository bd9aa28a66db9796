import Synchronization

/// Puts metrics together in Prometheus' text format.
struct MetricText {
    private(set) var text = ""

    mutating func header(name: String, help: String, type: String) {
        text += "# HELP \(name) \(Self.escape(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, labels: [(String, String)], value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels.map { "\($0.0)=\"\(Self.escape($0.1, quotes: true))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(Self.number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        if value == -.infinity { return "-Inf" }
        if value.isNaN { return "NaN" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

/// The series of one metric, by the values of its labels.
final class MetricSeries<Cell: AnyObject & Sendable>: Sendable {
    private let labels: [String]
    private let make: @Sendable () -> Cell
    private let cells: Mutex<[[String]: Cell]>

    init(labels: [String], make: @escaping @Sendable () -> Cell) {
        self.labels = labels
        self.make = make
        // A metric without labels exists from the start, so that its zero can be seen and alerted on.
        var initial: [[String]: Cell] = [:]
        if labels.isEmpty { initial[[]] = make() }
        cells = Mutex(initial)
    }

    func cell(_ values: [String]) -> Cell {
        precondition(values.count == labels.count, "a metric has as many values as it has labels")
        return cells.withLock { cells in
            if let cell = cells[values] { return cell }
            let cell = make()
            cells[values] = cell
            return cell
        }
    }

    func forEach(_ body: ([(String, String)], Cell) -> Void) {
        let snapshot = cells.withLock { $0 }
        let ordered = snapshot.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (values, cell) in ordered { body(Array(zip(labels, values)), cell) }
    }
}
