/// One thing that a process of a service can do: answer requests, or run one worker.
package enum ProcessRole: Sendable, Hashable, CustomStringConvertible {
    case api
    case worker(String)

    /// `api` or `worker:persist`.
    package init?(_ text: String) {
        if text == "api" {
            self = .api
        } else if text.hasPrefix("worker:"), text.utf8.count > 7 {
            self = .worker(String(text.dropFirst(7)))
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .api: "api"
        case .worker(let name): "worker:\(name)"
        }
    }
}
