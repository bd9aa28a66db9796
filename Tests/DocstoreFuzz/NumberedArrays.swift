/// A well-formed document with the elements of its arrays named 0, 1, 2…: the names that came are the one thing that
/// parsing does not keep. Written a second time, from the format's description, to hold the parser against.
struct NumberedArrays {
    private let input: [UInt8]
    private var offset = 0
    private var output: [UInt8] = []

    static func rewrite(_ document: [UInt8]) -> [UInt8] {
        var rewriter = NumberedArrays(input: document)
        rewriter.document(isArray: false)
        return rewriter.output
    }

    private init(input: [UInt8]) { self.input = input }

    private mutating func document(isArray: Bool) {
        let start = output.count
        copy(4)
        var index = 0
        while input[offset] != 0 {
            let type = input[offset]
            copy(1)
            let name = output.count
            copyName()
            if isArray { output.replaceSubrange(name..., with: Array(String(index).utf8) + [0]) }
            value(type)
            index += 1
        }
        copy(1)
        setLength(at: start)
    }

    private mutating func value(_ type: UInt8) {
        switch type {
        case 0x01, 0x09, 0x11, 0x12: copy(8)
        case 0x02, 0x0D, 0x0E: copy(4 + length)
        case 0x03: document(isArray: false)
        case 0x04: document(isArray: true)
        case 0x05: copy(5 + length)
        case 0x07: copy(12)
        case 0x08: copy(1)
        case 0x0B:
            copyName()
            copyName()
        case 0x0C: copy(4 + length + 12)
        case 0x0F:
            let start = output.count
            copy(4)
            copy(4 + length)
            document(isArray: false)
            setLength(at: start)
        case 0x10: copy(4)
        case 0x13: copy(16)
        default: break
        }
    }

    /// The number that stands here.
    private var length: Int { (0..<4).reduce(0) { $0 | Int(input[offset + $1]) << (8 * $1) } }

    private mutating func copy(_ count: Int) {
        output += input[offset..<offset + count]
        offset += count
    }

    private mutating func copyName() {
        while input[offset] != 0 { copy(1) }
        copy(1)
    }

    private mutating func setLength(at start: Int) {
        let length = output.count - start
        for index in 0..<4 { output[start + index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    }
}
