internal import Glibc

/// The ports of a stack. The gateway's is given; the others follow from it, or are free ones.
///
/// They lie 10,000 away from the gateway's, so that stacks on neighbouring ports do not meet, and are kept in the
/// state folder, so that a stack has the same ports again at the next start.
package struct StackPorts: Sendable, Equatable {
    package private(set) var byName: [String: Int]

    package static let infrastructure = ["redis", "docstore"]

    package init(_ byName: [String: Int]) {
        self.byName = byName
    }

    package subscript(_ name: String) -> Int { byName[name] ?? 0 }
    package func admin(_ service: String) -> Int { self["\(service)-admin"] }

    /// The port that a name would like to have beside a gateway on `gateway`.
    package static func preferred(_ name: String, gateway: Int) -> Int {
        let base = preferredBase(gateway)
        if let index = infrastructure.firstIndex(of: name) { return base + 41 + index }
        let service = name.hasSuffix("-admin") ? String(name.dropLast(6)) : name
        let index = StackServices.names.firstIndex(of: service) ?? 0
        return base + index + (name.hasSuffix("-admin") ? 21 : 1)
    }

    private static func preferredBase(_ gateway: Int) -> Int {
        gateway <= 52_000 ? gateway + 10_000 : gateway - 10_000
    }

    static var names: [String] {
        infrastructure + StackServices.names.flatMap { [$0, "\($0)-admin"] }
    }

    /// Chooses ports that are free now: the remembered one, the preferred one, or any.
    package static func choose(gateway: Int, remembered: StackPorts?) throws(StackError) -> StackPorts {
        guard isFree(gateway) else {
            throw StackError(
                "port \(gateway) is taken by another program: stop it, or set CIRCLE_PORT (and CIRCLE_HOME) to run beside it"
            )
        }
        var chosen = ["gateway": gateway]
        var taken: Set<Int> = [gateway]
        for name in names {
            let wishes = [remembered?.byName[name], preferred(name, gateway: gateway)].compactMap { $0 }
            guard
                let port = wishes.first(where: { !taken.contains($0) && isFree($0) })
                    ?? anyFree(near: gateway, besides: taken)
            else {
                throw StackError("no free port on this machine")
            }
            chosen[name] = port
            taken.insert(port)
        }
        return StackPorts(chosen)
    }

    /// Reads back what `text` wrote; nil where the gateway has another port now.
    package static func parse(_ text: String, gateway: Int) -> StackPorts? {
        var ports: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let port = Int(words[1]) { ports[String(words[0])] = port }
        }
        return ports["gateway"] == gateway && names.allSatisfy { ports[$0] != nil } ? StackPorts(ports) : nil
    }

    package var text: String {
        byName.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    }

    static func isFree(_ port: Int) -> Bool {
        Socket.canListen(port: port)
    }

    /// Any other port near by: not one that the kernel hands out, which a connection could hold just when a service
    /// wants to listen on it again.
    private static func anyFree(near gateway: Int, besides taken: Set<Int>) -> Int? {
        let base = preferredBase(gateway)
        return (base + 100..<min(base + 2_000, 65_536)).first { !taken.contains($0) && isFree($0) }
    }
}
