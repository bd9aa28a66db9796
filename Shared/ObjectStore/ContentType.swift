/// The few kinds of objects that are stored, by the ending of their key.
package enum ContentType {
    package static func ofKey(_ key: ObjectKey) -> String {
        switch key.text.split(separator: ".").last {
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "webp": "image/webp"
        case "json": "application/json"
        default: "application/octet-stream"
        }
    }
}
