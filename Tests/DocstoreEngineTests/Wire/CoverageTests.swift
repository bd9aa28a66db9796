import Foundation
import Testing

@testable import DocstoreEngine

/// The README's coverage table is what the registries hold.
@Suite struct CoverageTests {
    private static var table: String {
        let rows: [(String, [String])] = [
            ("commands", Command.all.map { $0.name }),
            ("query operators", Array(QueryOperators.field.keys) + Array(QueryOperators.top.keys)),
            ("update operators", Array(UpdateOperators.all.keys)),
            ("pipeline stages", Array(PipelineStages.all.keys)),
            ("accumulators", Array(Accumulators.all.keys)),
            ("expressions", Array(ExpressionOperator.all.keys)),
        ]
        return rows.map { title, names in
            "- **\(title)**: " + Set(names).sorted().map { "`\($0)`" }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    @Test func `the README lists exactly what is there`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let readme = folder.appendingPathComponent("../../../Services/Docstore/README.md").standardizedFileURL
        let text = try String(contentsOf: readme, encoding: .utf8)
        #expect(text.contains(Self.table), "the coverage should read:\n\(Self.table)")
    }
}
