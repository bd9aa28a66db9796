import Synchronization

/// Collects the ports as they are listened on and tells once all are known.
final class PortReport: Sendable {
    private struct State {
        var api: Int?
        var admin: Int?
    }

    private let state = Mutex(State())
    private let wantsAPI: Bool
    private let onComplete: @Sendable (ServiceProcess.Ports) -> Void

    init(wantsAPI: Bool, _ onComplete: @escaping @Sendable (ServiceProcess.Ports) -> Void) {
        self.wantsAPI = wantsAPI
        self.onComplete = onComplete
    }

    func report(api: Int) { update { $0.api = api } }
    func report(admin: Int) { update { $0.admin = admin } }

    private func update(_ change: (inout State) -> Void) {
        let ports: ServiceProcess.Ports? = state.withLock { state in
            change(&state)
            guard let admin = state.admin, !wantsAPI || state.api != nil else { return nil }
            return ServiceProcess.Ports(api: state.api, admin: admin)
        }
        if let ports { onComplete(ports) }
    }
}
