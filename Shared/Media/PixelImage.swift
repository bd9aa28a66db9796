/// Pixels in memory: rows from the top, red, green, blue, alpha, eight bits each, as screens store colours.
package struct PixelImage: Sendable, Equatable {
    package let width: Int
    package let height: Int
    package let rgba: [UInt8]

    /// Nil when the bytes are not width × height × 4.
    package init?(width: Int, height: Int, rgba: [UInt8]) {
        guard width > 0, height > 0, rgba.count == width * height * 4 else { return nil }
        self.width = width
        self.height = height
        self.rgba = rgba
    }
}

package enum ImageFormat: String, Sendable, CaseIterable {
    case png, jpeg, webp

    package var contentType: String { "image/\(rawValue)" }
    package var fileExtension: String { self == .jpeg ? "jpg" : rawValue }
}

/// A file's worth of picture.
package struct EncodedImage: Sendable, Equatable {
    package let bytes: [UInt8]
    package let format: ImageFormat
    package let width: Int
    package let height: Int
}

/// Why a picture could not be made, by what the caller can do.
package enum MediaError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not a picture of a known kind, or a damaged one.
    case unreadable(String)
    /// Larger than allowed: nothing was decoded.
    case tooLarge(width: Int, height: Int)
    /// Too much waits already; retry later.
    case overloaded
    /// libvips failed at something that should work: out of memory, a missing codec.
    case failed(String)

    package var description: String {
        switch self {
        case .unreadable(let reason): "not a readable picture: \(reason)"
        case .tooLarge(let width, let height): "picture of \(width)×\(height) is too large"
        case .overloaded: "too many pictures waiting"
        case .failed(let reason): "libvips: \(reason)"
        }
    }
}
