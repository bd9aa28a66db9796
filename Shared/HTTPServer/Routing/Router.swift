/// Finds the route of a request by walking its path, segment by segment. A fixed segment wins over a parameter.
///
/// Works on bytes: a request for a route without parameters makes no string at all.
package final class Router: Sendable {
    private struct Node {
        var fixed: [(segment: [UInt8], node: Int)] = []
        var parameter: Int?
        var routes: [Route] = []
    }

    /// Two routes that nobody could tell apart; found when a process starts.
    package struct Conflict: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package let routes: [Route]
    private let nodes: [Node]

    package init(_ routes: [Route]) throws(Conflict) {
        self.routes = routes
        var nodes = [Node()]
        var operations: Set<String> = []
        for route in routes {
            guard operations.insert(route.operation).inserted else {
                throw Conflict(description: "two routes are named \(route.operation)")
            }
            try Self.insert(route, into: &nodes)
        }
        self.nodes = nodes
    }

    private static func insert(_ route: Route, into nodes: inout [Node]) throws(Conflict) {
        var index = 0
        for segment in route.pattern.split(separator: "/") {
            index = child(of: index, for: segment, in: &nodes)
        }
        guard !nodes[index].routes.contains(where: { $0.method == route.method }) else {
            throw Conflict(description: "two routes answer \(route.method.rawValue) \(route.pattern)")
        }
        nodes[index].routes.append(route)
    }

    private static func child(of parent: Int, for segment: Substring, in nodes: inout [Node]) -> Int {
        if segment.hasPrefix("{") {
            if let known = nodes[parent].parameter { return known }
            nodes[parent].parameter = nodes.count
        } else {
            if let known = nodes[parent].fixed.first(where: { $0.segment == Array(segment.utf8) }) { return known.node }
            nodes[parent].fixed.append((Array(segment.utf8), nodes.count))
        }
        nodes.append(Node())
        return nodes.count - 1
    }

    package func match(_ method: HTTPMethod, _ path: String) -> RouteMatch {
        var path = path
        return path.withUTF8 { match(method, $0) }
    }

    /// The route for a decoded path; without one, the methods that the path has routes for.
    func match(_ method: HTTPMethod?, _ path: UnsafeBufferPointer<UInt8>) -> RouteMatch {
        var values: [Range<Int>] = []
        guard let node = walk(path, from: 0, at: 0, &values), !nodes[node].routes.isEmpty else { return RouteMatch() }
        let wanted = method == .head ? .get : method
        for route in nodes[node].routes where route.method == wanted {
            if values.isEmpty { return RouteMatch(route: route) }
            let texts = values.map { String(decoding: path[$0], as: UTF8.self) }
            return RouteMatch(route: route, parameters: PathParameters(Array(zip(route.parameterNames, texts))))
        }
        return RouteMatch(allowed: nodes[node].routes.map(\.method))
    }

    private func walk(
        _ path: UnsafeBufferPointer<UInt8>, from start: Int, at node: Int, _ values: inout [Range<Int>]
    ) -> Int? {
        guard start < path.count, path[start] == UInt8(ascii: "/") else { return start == path.count ? node : nil }
        if start + 1 == path.count { return node == 0 ? node : nil }
        var end = start + 1
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        let segment = start + 1..<end
        for child in nodes[node].fixed where path[segment].elementsEqual(child.segment) {
            if let found = walk(path, from: end, at: child.node, &values), !nodes[found].routes.isEmpty { return found }
        }
        guard let parameter = nodes[node].parameter, !segment.isEmpty else { return nil }
        values.append(segment)
        if let found = walk(path, from: end, at: parameter, &values) { return found }
        values.removeLast()
        return nil
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
