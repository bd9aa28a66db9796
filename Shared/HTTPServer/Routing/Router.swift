import Glibc

/// Finds the route of a request by walking its path, segment by segment. A fixed segment wins over a parameter.
///
/// Works on bytes: a request for a route without parameters makes no string at all.
package final class Router: Sendable {
    private struct Node {
        var fixed: [FixedSegment] = []
        var parameter: Int?
        var routes: [Route] = []
    }

    /// Where a segment's bytes are in `text`, and what comes after it: a plain value, so that a walk counts no references.
    private struct FixedSegment {
        let start: Int
        let count: Int
        let node: Int
    }

    /// Two routes that nobody could tell apart; found when a process starts.
    package struct Conflict: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    private struct Tree {
        var nodes = [Node()]
        /// The bytes of all fixed segments.
        var text: [UInt8] = []
    }

    package let routes: [Route]
    private let tree: Tree

    package init(_ routes: [Route]) throws(Conflict) {
        self.routes = routes
        var tree = Tree()
        var operations: Set<String> = []
        for route in routes {
            guard operations.insert(route.operation).inserted else {
                throw Conflict(description: "two routes are named \(route.operation)")
            }
            try Self.insert(route, into: &tree)
        }
        self.tree = tree
    }

    private static func insert(_ route: Route, into tree: inout Tree) throws(Conflict) {
        var index = 0
        for segment in route.pattern.split(separator: "/") {
            index = child(of: index, for: segment, in: &tree)
        }
        guard !tree.nodes[index].routes.contains(where: { $0.method == route.method }) else {
            throw Conflict(description: "two routes answer \(route.method.rawValue) \(route.pattern)")
        }
        tree.nodes[index].routes.append(route)
    }

    private static func child(of parent: Int, for segment: Substring, in tree: inout Tree) -> Int {
        let new = tree.nodes.count
        if segment.hasPrefix("{") {
            if let known = tree.nodes[parent].parameter { return known }
            tree.nodes[parent].parameter = new
        } else {
            let known = tree.nodes[parent].fixed.first { fixed in
                tree.text[fixed.start..<fixed.start + fixed.count].elementsEqual(segment.utf8)
            }
            if let known { return known.node }
            let fixed = FixedSegment(start: tree.text.count, count: segment.utf8.count, node: new)
            tree.text += segment.utf8
            tree.nodes[parent].fixed.append(fixed)
        }
        tree.nodes.append(Node())
        return new
    }

    package func match(_ method: HTTPMethod, _ path: String) -> RouteMatch {
        var path = path
        return path.withUTF8 { match(method, $0) }
    }

    /// The route for a decoded path; without one, the methods that the path has routes for.
    func match(_ method: HTTPMethod?, _ path: UnsafeBufferPointer<UInt8>) -> RouteMatch {
        var values: [Range<Int>] = []
        guard let node = walk(path, from: 0, at: 0, &values) else { return RouteMatch() }
        let routes = tree.nodes[node].routes
        let wanted = method == .head ? .get : method
        for route in routes where route.method == wanted {
            if values.isEmpty { return RouteMatch(route: route) }
            let texts = values.map { String(decoding: UnsafeBufferPointer(rebasing: path[$0]), as: UTF8.self) }
            return RouteMatch(route: route, parameters: PathParameters(route.parameterNames, texts))
        }
        return RouteMatch(allowed: routes.map(\.method))
    }

    private func walk(
        _ path: UnsafeBufferPointer<UInt8>, from start: Int, at node: Int, _ values: inout [Range<Int>]
    ) -> Int? {
        guard start < path.count, path[start] == UInt8(ascii: "/") else { return start == path.count ? node : nil }
        if start + 1 == path.count { return node == 0 ? node : nil }
        var end = start + 1
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        let segment = start + 1..<end
        for child in tree.nodes[node].fixed where child.count == segment.count && isEqual(path, start + 1, child) {
            if let found = walk(path, from: end, at: child.node, &values), !tree.nodes[found].routes.isEmpty {
                return found
            }
        }
        guard let parameter = tree.nodes[node].parameter, !segment.isEmpty else { return nil }
        values.append(segment)
        if let found = walk(path, from: end, at: parameter, &values) { return found }
        values.removeLast()
        return nil
    }

    private func isEqual(_ path: UnsafeBufferPointer<UInt8>, _ start: Int, _ segment: FixedSegment) -> Bool {
        guard let bytes = path.baseAddress else { return false }
        return tree.text.withUnsafeBufferPointer { text in
            text.baseAddress.map { memcmp(bytes + start, $0 + segment.start, segment.count) == 0 } ?? false
        }
    }
}

/// What a router found: a route with its parameters, or the methods the path has, or nothing.
package struct RouteMatch: Sendable {
    package let route: Route?
    package let parameters: PathParameters
    package let allowed: [HTTPMethod]

    init(route: Route? = nil, parameters: PathParameters = PathParameters(), allowed: [HTTPMethod] = []) {
        self.route = route
        self.parameters = parameters
        self.allowed = allowed
    }

    /// 405 with `Allow` where the path exists, else 404.
    var problem: Problem {
        guard !allowed.isEmpty else { return Problem(.notFound) }
        let methods = allowed.map(\.rawValue) + (allowed.contains(.get) ? ["HEAD"] : [])
        return Problem(.methodNotAllowed, headers: ["Allow": methods.joined(separator: ", ")])
    }
}
