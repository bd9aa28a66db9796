import Runtime
import Testing

@testable import Media

@Suite struct MediaWorkshopTests {
    /// A picture with soft gradients, so that lossy formats stay close.
    private func sample(_ width: Int = 320, _ height: Int = 240) throws -> PixelImage {
        var rgba: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                rgba += [UInt8(x * 255 / width), UInt8(y * 255 / height), UInt8((x + y) * 255 / (width + height)), 255]
            }
        }
        return try #require(PixelImage(width: width, height: height, rgba: rgba))
    }

    private func difference(_ a: PixelImage, _ b: PixelImage) -> Double {
        let sum = zip(a.rgba, b.rgba).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(a.rgba.count)
    }

    @Test func `png keeps every pixel`() async throws {
        let workshop = try MediaWorkshop()
        let image = try sample()
        let file = try await workshop.encode(image, as: .png)
        #expect(file.bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]))
        let back = try await workshop.decode(file.bytes)
        #expect(back == image)
    }

    @Test(arguments: [ImageFormat.jpeg, .webp])
    func `lossy formats stay close, and are recognised`(format: ImageFormat) async throws {
        let workshop = try MediaWorkshop()
        let image = try sample()
        let file = try await workshop.encode(image, as: format)
        #expect(file.bytes.starts(with: format == .jpeg ? [0xff, 0xd8] : Array("RIFF".utf8)))
        let back = try await workshop.decode(file.bytes)
        #expect(difference(image, back) < 3)
        let converted = try await workshop.convert(file.bytes, to: .png)
        #expect(converted.format == .png && converted.width == 320)
    }

    @Test func `a thumbnail keeps proportions and is never larger than its source`() async throws {
        let workshop = try MediaWorkshop()
        let small = try await workshop.thumbnail(of: try sample(), side: 100, as: .webp)
        #expect(small.width == 100 && small.height == 75)
        let file = try await workshop.encode(try sample(64, 48), as: .png)
        let same = try await workshop.thumbnail(of: file.bytes, side: 200, as: .jpeg)
        #expect(same.width == 64 && same.height == 48)
    }

    @Test func `dimensions come from the header, and what is too large is not decoded`() async throws {
        var limits = MediaWorkshop.Limits()
        limits.maximumPixels = 70_000
        let workshop = try MediaWorkshop(limits: limits)
        let file = try await workshop.encode(try sample(), as: .png)
        await #expect(throws: MediaError.tooLarge(width: 320, height: 240)) {
            _ = try await workshop.decode(file.bytes)
        }
        let other = try await workshop.encode(try sample(100, 50), as: .jpeg)
        let size = try await workshop.dimensions(of: other.bytes)
        #expect(size.width == 100 && size.height == 50)
    }

    @Test func `garbage and cut files are unreadable, not a crash`() async throws {
        let workshop = try MediaWorkshop()
        let file = try await workshop.encode(try sample(), as: .png).bytes
        for bytes in [[], [1, 2, 3], Array("GIF89a".utf8), Array(file.prefix(60)), Array(file.prefix(file.count / 2))] {
            do {
                _ = try await workshop.decode(bytes)
                Issue.record("decoded \(bytes.count) bytes")
            } catch {
                guard case .unreadable = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
    }

    @Test func `the watermark changes the lower right corner only`() async throws {
        let workshop = try MediaWorkshop()
        let image = try sample(400, 400)
        let marked = try await workshop.watermarked(image)
        #expect(marked.width == 400 && marked.height == 400)
        var changed = (0, 0)
        for y in 0..<400 {
            for x in 0..<400 where marked.rgba[(y * 400 + x) * 4] != image.rgba[(y * 400 + x) * 4] {
                if x > 280, y > 350 { changed.0 += 1 } else { changed.1 += 1 }
            }
        }
        #expect(changed.0 > 200 && changed.1 == 0)
    }

    @Test func `a full pool is said to be full`() async throws {
        let workshop = try MediaWorkshop(pool: BlockingPool(name: "tiny", threads: 1, queueLimit: 0))
        let image = try sample(1_000, 1_000)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do {
                        _ = try await workshop.encode(image, as: .png)
                        return true
                    } catch {
                        return error as? MediaError != .overloaded
                    }
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(outcomes.contains(true) && outcomes.contains(false))
    }
}

@Suite struct HashTests {
    private func image(_ width: Int, _ height: Int, _ colour: (Int, Int) -> (UInt8, UInt8, UInt8)) throws -> PixelImage
    {
        var rgba: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let c = colour(x, y)
                rgba += [c.0, c.1, c.2, 255]
            }
        }
        return try #require(PixelImage(width: width, height: height, rgba: rgba))
    }

    @Test func `a plain picture's BlurHash is its colour without detail`() throws {
        let white = try image(16, 16) { _, _ in (255, 255, 255) }
        let hash = BlurHash.encode(white, across: 4, down: 3)
        #expect(hash.count == 4 + 2 * 4 * 3)
        #expect(hash.hasPrefix("L"))
        let single = BlurHash.encode(try image(8, 8) { _, _ in (255, 0, 0) }, across: 1, down: 1)
        #expect(single == "00TI:j")  // size 0, no detail, 0xff0000 in base 83
    }

    @Test func `pictures that differ have hashes that differ`() throws {
        let left = try image(32, 32) { x, _ in x < 16 ? (255, 255, 255) : (0, 0, 0) }
        let right = try image(32, 32) { x, _ in x < 16 ? (0, 0, 0) : (255, 255, 255) }
        #expect(BlurHash.encode(left) != BlurHash.encode(right))
    }

    @Test func `a perceptual hash survives scaling and recompression, and tells pictures apart`() async throws {
        let workshop = try MediaWorkshop()
        func hash(_ picture: PixelImage) async throws -> PerceptualHash {
            try #require(PerceptualHash(grid: try await workshop.squeezed(picture, width: 9, height: 8)))
        }
        let picture = try image(300, 300) { x, y in
            (UInt8((x * y / 90) & 255), UInt8(x * 255 / 300), UInt8(y * 255 / 300))
        }
        let small = try await workshop.decode(
            try await workshop.thumbnail(of: picture, side: 150, as: .jpeg, quality: 50).bytes)
        let other = try image(300, 300) { x, y in (UInt8(255 - x * 255 / 300), UInt8((x * 7 ^ y * 13) & 255), 9) }
        let first = try await hash(picture), again = try await hash(small), different = try await hash(other)
        #expect(first.distance(to: again) <= 6)
        #expect(first.distance(to: different) > 12)
        #expect(PerceptualHash(bits: 0xff).description == "00000000000000ff")
    }
}
