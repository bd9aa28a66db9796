import CVips

/// Owns one image handle of libvips; used on one thread at a time.
///
/// The handle is seen inside `with` only: the object could be freed right after its last use, before a call that got a
/// bare handle has returned.
final class OwnedImage {
    private let handle: UnsafeMutablePointer<VipsImage>

    /// Takes what a shim returned: null becomes the error that libvips noted.
    init(_ handle: UnsafeMutablePointer<VipsImage>?) throws(MediaError) {
        guard let handle else { throw .failed(Self.takeError()) }
        self.handle = handle
    }

    deinit { cv_unref(handle) }

    var width: Int { Int(vips_image_get_width(handle)) }
    var height: Int { Int(vips_image_get_height(handle)) }

    func with<Result>(_ body: (UnsafeMutablePointer<VipsImage>) -> Result) -> Result {
        withExtendedLifetime(self) { body(handle) }
    }

    /// What a shim makes of this image; it keeps what it needs of this one alive.
    func made(
        _ operation: (UnsafeMutablePointer<VipsImage>) -> UnsafeMutablePointer<VipsImage>?
    ) throws(MediaError) -> OwnedImage {
        try OwnedImage(with(operation))
    }

    /// The error text of this thread, cleared, in one line.
    static func takeError() -> String {
        let text = String(cString: vips_error_buffer())
        vips_error_clear()
        return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    func encoded(as format: ImageFormat, quality: Int) throws(MediaError) -> EncodedImage {
        var bytes: UnsafeMutableRawPointer?
        var count = 0
        let source = try made { cv_as_rgb($0, 3) }  // pictures here are opaque
        let code = source.with { handle in
            switch format {
            case .png: cv_save_png(handle, &bytes, &count)
            case .jpeg: cv_save_jpeg(handle, &bytes, &count, Int32(quality))
            case .webp: cv_save_webp(handle, &bytes, &count, Int32(quality))
            }
        }
        guard code == 0, let bytes else { throw .failed(Self.takeError()) }
        defer { cv_free(bytes) }
        return EncodedImage(
            bytes: Array(UnsafeRawBufferPointer(start: bytes, count: count)), format: format, width: width,
            height: height)
    }

    func pixels() throws(MediaError) -> PixelImage {
        let source = try made { cv_as_rgb($0, 4) }
        var count = 0
        guard let bytes = source.with({ vips_image_write_to_memory($0, &count) }) else {
            throw .failed(Self.takeError())
        }
        defer { cv_free(bytes) }
        guard
            let image = PixelImage(
                width: width, height: height, rgba: Array(UnsafeRawBufferPointer(start: bytes, count: count)))
        else { throw .failed("unexpected layout of pixels") }
        return image
    }
}
