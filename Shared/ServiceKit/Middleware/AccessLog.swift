import HTTPServer
import Telemetry

/// One line per request, or per request worth one.
struct AccessLog: Sendable {
    enum Selection: String, Sendable {
        case all, notable, none
    }

    private static let slow: Int64 = 500_000_000

    private let selection: Selection
    private let log: Logger
    private let service: String

    init(selection: Selection, log: Logger) {
        self.selection = selection
        self.log = log
        service = LogSettings.service
    }

    func record(_ request: Request, _ response: Response, nanoseconds: Int64) {
        guard log.level <= .info, isWanted(request, response, nanoseconds: nanoseconds) else { return }
        var line = LogLine(level: .info, service: service, message: "request")
        line.append("request_id", request.requestID)
        if let trace = request.trace { line.append("trace_id", trace.traceID) }
        line.append("method", request.method?.rawValue ?? "other")
        line.append("route", request.routePattern)
        if request.route == nil { line.append("path", request.path) }
        line.append("status", response.status.rawValue)
        if let code = response.problemCode { line.append("code", code.rawValue) }
        line.append("us", Int(nanoseconds / 1000))
        line.append("bytes", response.bytes.count)
        if let caller = request.caller { line.append("user", caller.userID.hex) }
        log.write(line)
    }

    private func isWanted(_ request: Request, _ response: Response, nanoseconds: Int64) -> Bool {
        switch selection {
        case .all: true
        case .none: false
        case .notable: !request.isSafe || response.status.rawValue >= 400 || nanoseconds >= Self.slow
        }
    }
}
