internal import JSON

/// The OpenAPI documents of all services, asked for by their `openapi` command and merged into one file.
struct OpenAPICollection {
    /// The folder of the services' programs.
    let binaries: String
    /// Where the gateway is reached, for `servers`.
    let server: String
    /// Holds the documents while they are read.
    let scratch: String

    /// Writes the merged document.
    ///
    /// - Returns: the services that gave none; they are left out, and the stack runs all the same.
    func write(to target: String) throws -> [String] {
        var merge = OpenAPIMerge()
        var silent: [String] = []
        for name in StackServices.names {
            do {
                merge.add(try document(of: name))
            } catch {
                silent.append(name)
            }
        }
        try Files.write(JSONWriter.bytes(merge.document(server: server)), to: target)
        return silent
    }

    private func document(of name: String) throws -> JSONValue {
        let file = "\(scratch)/openapi.\(name)"
        Files.remove(file)
        defer { Files.remove(file) }
        // An empty environment: the document must not depend on it.
        var launch = Launch(
            program: "\(binaries)/\(name)", arguments: ["openapi"],
            environment: ["PATH": "/usr/bin:/bin", "LOG_LEVEL": "error"], logFile: file)
        launch.errorFile = "/dev/null"
        guard try launch.run(deadline: 20) == .exit(0) else { throw StackError("\(name) openapi failed") }
        return try JSONParser.parse(try Files.bytes(file))
    }
}
