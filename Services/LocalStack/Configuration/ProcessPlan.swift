/// One process of the stack: how it starts, how one knows that it is ready, and how it ends.
package struct ProcessPlan: Sendable, Equatable {
    package enum Readiness: Sendable, Equatable {
        /// Its port accepts connections.
        case accepts(port: Int)
        /// A GET answers 200.
        case answers(port: Int, path: String)
    }

    package enum Stage: Int, Sendable, Comparable {
        case store, service, gateway

        package static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    package let name: String
    package let stage: Stage
    package let launch: Launch
    package let readiness: Readiness
    package let port: Int
    package let adminPort: Int?

    /// What a restart is needed for when it changes: the command, its environment and the program itself.
    package var fingerprint: String {
        let variables = launch.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let parts = [name, launch.program, Files.stamp(launch.program)] + launch.arguments + variables
        return Fingerprint.of(parts.joined(separator: "\u{0}"))
    }

    /// Whether the process does its work now.
    package func isReady() -> Bool {
        switch readiness {
        case .accepts(let port): return Socket.accepts(port: port)
        case .answers(let port, let path):
            do {
                return try HTTPWire(port: port, timeout: 2).request("GET", path).status == 200
            } catch {
                return false
            }
        }
    }
}

/// FNV-1a: tells whether two texts are the same, and nothing about them.
enum Fingerprint {
    static func of(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
