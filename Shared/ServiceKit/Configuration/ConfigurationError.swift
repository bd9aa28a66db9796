/// Everything that is wrong with an environment, at once: nobody wants to learn it one restart at a time.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let complaints: [String]

    package init(complaints: [String]) { self.complaints = complaints }

    package var description: String { complaints.map { "configuration: \($0)" }.joined(separator: "\n") }
}
