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
        guard route.parameterNames.count <= PathPlaces.capacity else {
            throw Conflict(description: "\(route.pattern) has more than \(PathPlaces.capacity) parameters")
        }
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
        return path.withUTF8 { bytes in
            var found = match(method, bytes)
            found.readParameters { String(decoding: UnsafeBufferPointer(rebasing: bytes[$0]), as: UTF8.self) }
            return found
        }
    }

    /// The route for a decoded path; without one, the methods that the path has routes for.
    func match(_ method: HTTPMethod?, _ path: UnsafeBufferPointer<UInt8>) -> RouteMatch {
        var places = PathPlaces()
        guard let node = walk(path, from: 0, at: 0, &places) else { return RouteMatch() }
        let routes = tree.nodes[node].routes
        let wanted = method == .head ? .get : method
        for route in routes where route.method == wanted { return RouteMatch(route: route, places: places) }
        return RouteMatch(allowed: routes.map(\.method))
    }

    private func walk(
        _ path: UnsafeBufferPointer<UInt8>, from start: Int, at node: Int, _ places: inout PathPlaces
    ) -> Int? {
        guard start < path.count, path[start] == UInt8(ascii: "/") else { return start == path.count ? node : nil }
        if start + 1 == path.count { return node == 0 ? node : nil }
        var end = start + 1
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        let segment = start + 1..<end
        let before = places
        for child in tree.nodes[node].fixed where child.count == segment.count && isEqual(path, start + 1, child) {
            if let found = walk(path, from: end, at: child.node, &places), !tree.nodes[found].routes.isEmpty {
                return found
            }
            // What a way that leads nowhere had for parameters is none of this one's.
            places = before
        }
        guard let parameter = tree.nodes[node].parameter, !segment.isEmpty else { return nil }
        guard places.append(segment) else { return nil }
        if let found = walk(path, from: end, at: parameter, &places) { return found }
        places = before
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
    package let allowed: [HTTPMethod]
    /// Where the parameters are in the path: most handlers want an id, which needs no string.
    let places: PathPlaces
    private var texts: PathParameters?

    init(
        route: Route? = nil, places: PathPlaces = PathPlaces(), parameters: PathParameters? = nil,
        allowed: [HTTPMethod] = []
    ) {
        self.route = route
        self.places = places
        self.allowed = allowed
        texts = parameters
    }

    /// Empty until they have been read.
    package var parameters: PathParameters { texts ?? PathParameters() }

    /// Makes strings of the parameters, once.
    mutating func readParameters(_ text: (Range<Int>) -> String) {
        guard texts == nil, let route, places.count > 0 else { return }
        texts = PathParameters(route.parameterNames, (0..<places.count).map { text(places[$0]) })
    }

    /// 405 with `Allow` where the path exists, else 404.
    var problem: Problem {
        guard !allowed.isEmpty else { return Problem(.notFound) }
        let methods = allowed.map(\.rawValue) + (allowed.contains(.get) ? ["HEAD"] : [])
        return Problem(.methodNotAllowed, headers: ["Allow": methods.joined(separator: ", ")])
    }
}
