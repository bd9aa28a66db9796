import JSON

/// Turns a `Codable` value into JSON without Foundation, whose coder costs several times as much.
enum JSONValueEncoder {
    static func encode(_ value: some Encodable) throws -> JSONValue {
        let box = EncodedBox()
        try value.encode(to: ValueEncoder(box: box, codingPath: []))
        return box.value
    }
}

/// Where a value grows while it is being encoded.
private final class EncodedBox {
    enum Content {
        case value(JSONValue)
        case object([(String, EncodedBox)])
        case array([EncodedBox])
    }

    var content = Content.value(.null)

    var value: JSONValue {
        switch content {
        case .value(let value): value
        case .object(let members): .object(JSONObject(members.map { ($0.0, $0.1.value) }))
        case .array(let elements): .array(elements.map(\.value))
        }
    }

    func child(_ key: String) -> EncodedBox {
        let child = EncodedBox()
        if case .object(let members) = content { content = .object(members + [(key, child)]) }
        return child
    }

    func child() -> EncodedBox {
        let child = EncodedBox()
        if case .array(let elements) = content { content = .array(elements + [child]) }
        return child
    }

    /// Values that JSON has words for; anything else encodes itself.
    func set(_ value: some Encodable, _ path: [any CodingKey]) throws {
        switch value {
        case let text as String: content = .value(.string(text))
        case let flag as Bool: content = .value(.bool(flag))
        case let number as Double: content = .value(.double(number))
        case let number as Float: content = .value(.double(Double(number)))
        case let number as any FixedWidthInteger:
            guard let exact = Int64(exactly: number) else {
                throw EncodingError.invalidValue(
                    value, .init(codingPath: path, debugDescription: "the number does not fit 64 bits"))
            }
            content = .value(.int(exact))
        default: try value.encode(to: ValueEncoder(box: self, codingPath: path))
        }
    }
}

private struct ValueEncoder: Encoder {
    let box: EncodedBox
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy _: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = box.content {} else { box.content = .object([]) }
        return KeyedEncodingContainer(Keyed(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = box.content {} else { box.content = .array([]) }
        return Unkeyed(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(box: box, codingPath: codingPath) }
}

private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: EncodedBox
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) throws { box.child(key.stringValue).content = .value(.null) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try box.child(key.stringValue).set(value, codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        ValueEncoder(box: box.child(key.stringValue), codingPath: codingPath + [key]).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        ValueEncoder(box: box.child(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { ValueEncoder(box: box.child("super"), codingPath: codingPath) }

    func superEncoder(forKey key: Key) -> any Encoder {
        ValueEncoder(box: box.child(key.stringValue), codingPath: codingPath + [key])
    }
}

private struct Unkeyed: UnkeyedEncodingContainer {
    let box: EncodedBox
    let codingPath: [any CodingKey]
    var count: Int { if case .array(let elements) = box.content { elements.count } else { 0 } }

    func encodeNil() throws { box.child().content = .value(.null) }
    func encode<T: Encodable>(_ value: T) throws { try box.child().set(value, codingPath) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        ValueEncoder(box: box.child(), codingPath: codingPath).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        ValueEncoder(box: box.child(), codingPath: codingPath).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { ValueEncoder(box: box.child(), codingPath: codingPath) }
}

private struct Single: SingleValueEncodingContainer {
    let box: EncodedBox
    let codingPath: [any CodingKey]

    func encodeNil() throws { box.content = .value(.null) }
    func encode<T: Encodable>(_ value: T) throws { try box.set(value, codingPath) }
}
