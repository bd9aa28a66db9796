import HTTPServer
import JSON
import Telemetry

/// The OpenAPI document that clients get: the merged one where it was built, else that of auth's own routes.
struct OpenAPIDocument: Sendable {
    private static let largest = 8 << 20

    let bytes: [UInt8]

    /// - Parameter file: put together from what each service's `openapi` command prints.
    init(file: String?, own: @autoclosure () -> [UInt8], log: Logger) {
        guard let file else {
            bytes = own()
            return
        }
        if let text = SmallFile.read(file, limit: Self.largest), (try? JSONParser.parse(text)) != nil {
            bytes = Array(text.utf8)
        } else {
            log.error("the OpenAPI document can't be read; serving auth's own", ["file": file])
            bytes = own()
        }
    }
}
