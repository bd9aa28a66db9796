/// Everything a picture depends on: the same order gives the same bytes, on every machine.
package struct PaintOrder: Sendable, Equatable {
    package enum Style: String, Sendable {
        case sketch
        /// More octaves, more layers, bloom.
        case sketchPlus = "sketch-plus"
    }

    package var prompt: String
    package var negativePrompt: String
    package var seed: UInt64
    package var width: Int
    package var height: Int
    package var style: Style
    /// 1...60: finer noise above 30, coarser below 15.
    package var steps: Int
    /// 0...20: how strictly colours named in the prompt rule the palette.
    package var guidance: Float

    package init(
        prompt: String, negativePrompt: String = "", seed: UInt64, width: Int = 768, height: Int = 768,
        style: Style = .sketch, steps: Int = 20, guidance: Float = 7
    ) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.seed = seed
        self.width = width
        self.height = height
        self.style = style
        self.steps = steps
        self.guidance = guidance
    }
}

/// A finished picture: rows from the top, four bytes a pixel (red, green, blue, alpha), as screens store colours.
package struct Picture: Sendable, Equatable {
    package let width: Int
    package let height: Int
    package let rgba: [UInt8]
}

/// Turns words and a number into a picture, on the CPU and without any model: vocabulary decides what is painted, the
/// seed decides the rest. It does no I/O and allocates nothing but its canvas.
package enum Painter {
    /// - Parameter progress: called after each layer with the share that is done; answering false stops the work.
    /// - Returns: the picture, or nil when it was stopped.
    package static func paint(_ order: PaintOrder, progress: (Double) -> Bool = { _ in true }) -> Picture? {
        let words = order.prompt.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        var random = PaintRandom(seed: order.seed ^ PaintRandom.digest(words.utf8))
        let brief = Brief(order, random: &random)
        let palette = Palette(brief, random: &random)
        var composition = Composition(order: order, brief: brief, palette: palette, random: random)
        let layers = composition.layers()
        var canvas = Canvas(width: max(order.width, 16), height: max(order.height, 16))
        for (index, layer) in layers.enumerated() {
            layer.paint(on: &canvas)
            guard progress(Double(index + 1) / Double(layers.count + 1)) else { return nil }
        }
        return Picture(width: canvas.width, height: canvas.height, rgba: canvas.encoded())
    }
}
