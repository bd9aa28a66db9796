import JSON
import Runtime

extension Problem {
    /// The problem that an error is to the client; what nobody mapped is logged and stays a bare 500.
    package init(_ error: any Error, logging request: Request) {
        switch error {
        case let problem as Problem: self = problem
        case let convertible as any ProblemConvertible: self = convertible.problem
        case let failure as ValidationFailure: self = Problem(.validationFailed, errors: failure.errors)
        case is PoolRejected, is DeadlineExceeded, is CancellationError: self = .unavailable()
        default:
            request.logger.error("request failed", ["route": request.routePattern, "error": "\(error)"])
            self = Problem(.internalError)
        }
    }
}
