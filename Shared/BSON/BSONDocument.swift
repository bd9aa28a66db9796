/// An ordered list of named values: what MongoDB stores and speaks.
///
/// A plain array of pairs. Documents are small, keys of up to 15 bytes live inside their `String`, and a scan beats a
/// hash table here; order and duplicate keys survive a round trip.
package struct BSONDocument: Sendable {
    package typealias Element = (key: String, value: BSONValue)

    /// As MongoDB: nested deeper is refused.
    package static let maximumDepth = 200

    package var elements: [Element]

    package init() { elements = [] }

    package init(elements: [Element]) { self.elements = elements }

    package var count: Int { elements.count }
    package var isEmpty: Bool { elements.isEmpty }
    package var keys: [String] { elements.map(\.key) }

    /// The first value under `key`. Setting replaces in place or appends; setting nil removes.
    package subscript(key: String) -> BSONValue? {
        get {
            for element in elements where element.key == key { return element.value }
            return nil
        }
        set {
            let index = index(of: key)
            switch (index, newValue) {
            case (let index?, let value?): elements[index].value = value
            case (let index?, nil): elements.remove(at: index)
            case (nil, let value?): elements.append((key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    package func index(of key: String) -> Int? {
        for index in elements.indices where elements[index].key == key { return index }
        return nil
    }

    package func contains(_ key: String) -> Bool { index(of: key) != nil }

    /// Adds at the end without looking for the key: for building.
    package mutating func append(_ key: String, _ value: BSONValue) { elements.append((key: key, value: value)) }

    /// Adds at the end unless the value is nil: optional fields are absent, not null.
    package mutating func append(_ key: String, ifPresent value: BSONValue?) {
        if let value { elements.append((key: key, value: value)) }
    }

    package mutating func reserveCapacity(_ count: Int) { elements.reserveCapacity(count) }
}

extension BSONDocument: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, BSONValue)...) {
        self.elements = elements.map { (key: $0.0, value: $0.1) }
    }
}

extension BSONDocument: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { elements.count }
    package subscript(position: Int) -> Element { elements[position] }
}

extension BSONDocument: Hashable {
    package static func == (left: BSONDocument, right: BSONDocument) -> Bool {
        guard left.elements.count == right.elements.count else { return false }
        for (l, r) in zip(left.elements, right.elements) where l.key != r.key || l.value != r.value { return false }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(elements.count)
        for element in elements {
            hasher.combine(element.key)
            hasher.combine(element.value)
        }
    }
}
