import CVips
package import Runtime

/// Encodes, shrinks, converts and marks pictures with libvips, on threads of its own.
///
/// Threads versus memory: a 1024×1024 picture costs about 20 MB while it is worked on, so the pool is small and what waits
/// is bounded. libvips itself runs single-threaded with no operation cache: the pool is the only concurrency.
package final class MediaWorkshop: Sendable {
    private static let started: Int32 = cv_start()

    /// What may be decoded; larger pictures are refused from their header.
    package struct Limits: Sendable {
        package var maximumSide = 8_192
        package var maximumPixels = 40_000_000
        package var maximumBytes = 32 << 20

        package init() {}
    }

    private let pool: BlockingPool
    private let limits: Limits

    package init(
        pool: BlockingPool = BlockingPool(name: "media", threads: 2, queueLimit: 32), limits: Limits = Limits()
    ) throws(MediaError) {
        guard Self.started == 0 else { throw .failed(OwnedImage.takeError()) }
        self.pool = pool
        self.limits = limits
    }

    /// Encodes pixels as a file. - Parameter quality: 1...100, for JPEG and WebP.
    package func encode(_ image: PixelImage, as format: ImageFormat, quality: Int = 85) async throws(MediaError)
        -> EncodedImage
    {
        try await work { () throws(MediaError) in
            try Self.open(image).encoded(as: format, quality: quality)
        }
    }

    /// Shrinks pixels into `side` × `side`, keeping proportions, and encodes them.
    package func thumbnail(
        of image: PixelImage, side: Int, as format: ImageFormat, quality: Int = 80
    ) async throws(MediaError) -> EncodedImage {
        try await work { () throws(MediaError) in
            let small = try Self.open(image).made { cv_thumbnail_image($0, Int32(side), Int32(side)) }
            return try small.encoded(as: format, quality: quality)
        }
    }

    /// Shrinks a file's picture into `side` × `side`, turned upright, and encodes it.
    package func thumbnail(
        of file: [UInt8], side: Int, as format: ImageFormat, quality: Int = 80
    ) async throws(MediaError) -> EncodedImage {
        let limits = limits
        return try await work { () throws(MediaError) in
            _ = try Self.probe(file, limits)
            return try Self.reading(file) { (bytes) throws(MediaError) in
                let small = cv_thumbnail(bytes.baseAddress, bytes.count, Int32(side), Int32(side))
                return try OwnedImage(small).encoded(as: format, quality: quality)
            }
        }
    }

    /// Width and height of a file's picture, from its header.
    ///
    /// - Throws: `unreadable`, `tooLarge`.
    package func dimensions(of file: [UInt8]) async throws(MediaError) -> (width: Int, height: Int) {
        let limits = limits
        return try await work { () throws(MediaError) in try Self.probe(file, limits) }
    }

    /// The pixels of a file's picture.
    package func decode(_ file: [UInt8]) async throws(MediaError) -> PixelImage {
        let limits = limits
        return try await work { () throws(MediaError) in
            _ = try Self.probe(file, limits)
            return try Self.reading(file) { (bytes) throws(MediaError) in
                try OwnedImage(cv_from_file_bytes(bytes.baseAddress, bytes.count)).pixels()
            }
        }
    }

    /// The same picture in another format.
    package func convert(_ file: [UInt8], to format: ImageFormat, quality: Int = 85) async throws(MediaError)
        -> EncodedImage
    {
        try await encode(try await decode(file), as: format, quality: quality)
    }

    /// The picture with the product's mark in its lower right corner.
    package func watermarked(_ image: PixelImage) async throws(MediaError) -> PixelImage {
        try await work { () throws(MediaError) in
            let mark = Watermark.drawn(forWidth: image.width, height: image.height)
            let base = try Self.open(image), overlay = try Self.open(mark.image)
            let marked = try base.made { under in
                overlay.with { cv_over(under, $0, Int32(mark.x), Int32(mark.y)) }
            }
            return try marked.pixels()
        }
    }

    /// The picture squeezed into exactly `width` × `height`: what hashes are computed from.
    package func squeezed(_ image: PixelImage, width: Int, height: Int) async throws(MediaError) -> PixelImage {
        try await work { () throws(MediaError) in
            try Self.open(image).made { cv_squeeze($0, Int32(width), Int32(height)) }.pixels()
        }
    }

    // MARK: On the pool

    private func work<Success: Sendable>(
        _ body: @escaping @Sendable () throws(MediaError) -> Success
    ) async throws(MediaError) -> Success {
        do {
            return try await pool.run {
                defer { cv_rest() }
                return try body()
            }
        } catch let error as MediaError {
            throw error
        } catch {
            throw .overloaded
        }
    }

    private static func open(_ image: PixelImage) throws(MediaError) -> OwnedImage {
        try OwnedImage(
            image.rgba.withUnsafeBytes { cv_from_rgba($0.baseAddress, Int32(image.width), Int32(image.height)) })
    }

    private static func probe(_ file: [UInt8], _ limits: Limits) throws(MediaError) -> (width: Int, height: Int) {
        guard file.count <= limits.maximumBytes else { throw .unreadable("larger than \(limits.maximumBytes) bytes") }
        let (width, height) = try reading(file) { (bytes) throws(MediaError) in
            let image = try OwnedImage(cv_from_file_bytes(bytes.baseAddress, bytes.count))
            return (image.width, image.height)
        }
        guard width <= limits.maximumSide, height <= limits.maximumSide, width * height <= limits.maximumPixels else {
            throw .tooLarge(width: width, height: height)
        }
        return (width, height)
    }

    /// Works on a file's bytes while they stay in place: libvips reads them lazily, as pixels are asked for. What it fails
    /// at is the file's fault.
    private static func reading<Success>(
        _ file: [UInt8], _ body: (UnsafeRawBufferPointer) throws(MediaError) -> Success
    ) throws(MediaError) -> Success {
        let outcome = file.withUnsafeBytes { bytes in Result { () throws(MediaError) in try body(bytes) } }
        do throws(MediaError) {
            return try outcome.get()
        } catch .failed(let reason) {
            throw .unreadable(reason)
        }
    }
}
