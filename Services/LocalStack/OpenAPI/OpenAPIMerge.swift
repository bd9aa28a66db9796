package import JSON

/// Several OpenAPI documents made one: the paths of all, the components of all.
package struct OpenAPIMerge {
    private var paths = JSONObject()
    private var components: [(name: String, members: JSONObject)] = []
    private var version = "3.1.0"

    package init() {}

    /// Adds a service's document. Where two name the same thing, the first stays; a path may be shared by method.
    package mutating func add(_ document: JSONValue) {
        if let text = document["openapi"]?.string { version = text }
        for path in document["paths"]?.object?.members ?? [] {
            paths[path.key] = .object(Self.union(paths[path.key]?.object, path.value.object))
        }
        for group in document["components"]?.object?.members ?? [] {
            if let index = components.firstIndex(where: { $0.name == group.key }) {
                components[index].members = Self.union(components[index].members, group.value.object)
            } else {
                components.append((group.key, group.value.object ?? JSONObject()))
            }
        }
    }

    package func document(server: String) -> JSONValue {
        [
            "openapi": .string(version),
            "info": [
                "title": "Circle for Life", "version": "1.0.0",
                "description": "Create, compete, earn: the whole public API, as one gateway serves it.",
            ],
            "servers": [["url": .string(server)]],
            "paths": .object(paths),
            "components": .object(JSONObject(components.map { ($0.name, .object($0.members)) })),
        ]
    }

    private static func union(_ first: JSONObject?, _ second: JSONObject?) -> JSONObject {
        var all = first ?? JSONObject()
        for member in second?.members ?? [] where all[member.key] == nil { all[member.key] = member.value }
        return all
    }
}
