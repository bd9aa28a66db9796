internal import Glibc

/// The OpenAPI documents of all services, asked for by their `openapi` command and merged into one.
struct OpenAPICollection {
    let plan: StackPlan

    /// Writes the merged document. A service that has none is left out: the stack runs all the same.
    func write() {
    }
}
