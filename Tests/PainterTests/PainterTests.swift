import Testing

@testable import Painter

@Suite struct PainterTests {
    private func paint(
        _ prompt: String, without negative: String = "", seed: UInt64 = 7, size: Int = 96,
        style: PaintOrder.Style = .sketch
    ) throws -> Picture {
        try #require(
            Painter.paint(
                PaintOrder(
                    prompt: prompt, negativePrompt: negative, seed: seed, width: size, height: size, style: style)))
    }

    /// The mean of red, green and blue over some rows, as fractions of the height.
    private func mean(_ picture: Picture, rows: ClosedRange<Double> = 0...1) -> (
        red: Double, green: Double, blue: Double
    ) {
        var sums = (0.0, 0.0, 0.0)
        var count = 0.0
        let first = Int(rows.lowerBound * Double(picture.height)), last = Int(rows.upperBound * Double(picture.height))
        for pixel in (first * picture.width)..<(last * picture.width) {
            sums.0 += Double(picture.rgba[pixel * 4])
            sums.1 += Double(picture.rgba[pixel * 4 + 1])
            sums.2 += Double(picture.rgba[pixel * 4 + 2])
            count += 1
        }
        return (sums.0 / count, sums.1 / count, sums.2 / count)
    }

    @Test func `the same order paints the same bytes`() throws {
        #expect(try paint("a calm sea at sunset") == paint("a calm sea at sunset"))
    }

    @Test(arguments: [
        ("a calm sea at sunset", 0xec3c_c6bf_0033_44d6 as UInt64),
        ("snowy mountains and a lake", 0x5761_69e1_b4be_0bd7),
        ("city at night", 0xef6f_62f8_a92b_8d8e),
    ])
    func `pictures stay what they are from build to build`(prompt: String, digest: UInt64) throws {
        #expect(PaintRandom.digest(try paint(prompt, seed: 42, size: 64).rgba) == digest)
    }

    @Test func `another seed, another prompt or another style is another picture`() throws {
        let first = try paint("a forest", seed: 1)
        #expect(try paint("a forest", seed: 2) != first)
        #expect(try paint("a forest with birds", seed: 1) != first)
        #expect(try paint("a forest", seed: 1, style: .sketchPlus) != first)
    }

    @Test func `spaces and capitals do not change a picture`() throws {
        #expect(try paint("A Forest  of pines", seed: 1) == paint("a forest of pines", seed: 1))
    }

    @Test(arguments: UInt64(1)...4)
    func `night is darker than day`(seed: UInt64) throws {
        let night = mean(try paint("the sea at night", seed: seed)),
            day = mean(try paint("the sea at noon", seed: seed))
        #expect(night.red + night.green + night.blue < (day.red + day.green + day.blue) * 0.6)
    }

    @Test(arguments: UInt64(1)...4)
    func `a colour that the prompt names rules the sky`(seed: UInt64) throws {
        let red = mean(try paint("crimson mountains at dusk", seed: seed), rows: 0...0.5)
        let green = mean(try paint("emerald mountains at dusk", seed: seed), rows: 0...0.5)
        #expect(red.red > red.green * 1.25)
        #expect(green.green > green.red)
    }

    @Test(arguments: [
        ("the ocean", Scenery.sea), ("snowy alps", .mountains), ("deep in the woods", .forest),
        ("New York streets", .city),
        ("a spiral galaxy", .space), ("sand dunes", .desert), ("a field of poppies", .meadow),
        ("portrait of a queen", .portrait),
        ("abstract marble", .abstract), ("city by the sea", .city),
    ])
    func `the scene follows the words`(prompt: String, scenery: Scenery) {
        var random = PaintRandom(seed: 3)
        #expect(Brief(PaintOrder(prompt: prompt, seed: 3), random: &random).scenery == scenery)
    }

    @Test func `words of the negative prompt take things away`() {
        var random = PaintRandom(seed: 3)
        let order = PaintOrder(prompt: "sea with birds and clouds and a boat", negativePrompt: "birds, clouds", seed: 3)
        let brief = Brief(order, random: &random)
        #expect(!brief.features.contains(.birds))
        #expect(!brief.features.contains(.clouds))
        #expect(brief.features.contains(.boat))
    }

    @Test func `an empty, strange or endless prompt still paints`() throws {
        for prompt in ["", "🙂🙂", "qwerty", "海の夕日", String(repeating: "sea ", count: 2_000)] {
            let picture = try paint(prompt, size: 48)
            #expect(Set(picture.rgba).count > 16)
        }
    }

    @Test func `any shape paints, and it is opaque`() throws {
        let wide = try #require(
            Painter.paint(PaintOrder(prompt: "portrait of a cat on mars", seed: 5, width: 120, height: 64)))
        #expect(wide.width == 120 && wide.height == 64 && wide.rgba.count == 120 * 64 * 4)
        #expect(stride(from: 3, to: wide.rgba.count, by: 4).allSatisfy { wide.rgba[$0] == 255 })
    }

    @Test func `progress rises to the end, and answering false stops the work`() {
        let order = PaintOrder(prompt: "mountains", seed: 1, width: 48, height: 48)
        var seen: [Double] = []
        #expect(
            Painter.paint(order) {
                seen.append($0); return true
            } != nil)
        #expect(seen == seen.sorted() && seen.count > 3 && seen.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(Painter.paint(order) { $0 < 0.3 } == nil)
    }
}

@Suite struct CurveTests {
    @Test func `the painter's own functions are close to the real ones`() {
        #expect(abs(Curve.sine(0.5) - 0.479_425_5) < 1e-4)
        #expect(abs(Curve.sine(-7) - -0.656_986_6) < 1e-4)
        #expect(abs(Curve.cosine(1) - 0.540_302_3) < 1e-4)
        #expect(abs(Curve.falloff(-1) - 0.367_879_4) < 1e-4)
        #expect(abs(Curve.power(0.5, 2.4) - 0.189_464_6) < 1e-4)
        #expect(Curve.floor(-1.5) == -2 && Curve.floor(2.5) == 2)
    }

    @Test func `a colour survives the way to Oklab and back`() {
        let ink = Ink(hex: 0x3d7fbe)
        let back = Tone.fromLab(Tone.toLab(ink))
        #expect(abs(back.x - ink.x) < 0.002 && abs(back.y - ink.y) < 0.002 && abs(back.z - ink.z) < 0.002)
    }
}
