import HTTPServer
import Testing

@testable import VotingService

@Suite struct RecentPagesTests {
    private typealias Question = (period: String, query: [String: String])

    private static let questions: [Question] = [
        ("alltime", [:]), ("daily", [:]), ("alltime", ["limit": "100"]), ("alltime", ["limit": "10"]),
        ("alltime", ["limit": "0100"]), ("alltime", ["limit": "+100"]), ("alltime", ["limit": "1000"]),
        ("alltime", ["limit": ""]), ("alltime", ["category": "art"]), ("alltime", ["category": "other"]),
        ("daily", ["category": "art"]), ("alltime", ["category": "art", "limit": "100"]), ("ever", [:]),
        ("alltime", ["category": "what"]), ("alltime", ["cursor": "x"]), ("alltime", ["cursor": ""]),
        ("alltime", ["cursor": "x", "limit": "100"]), ("alltime", ["around": "me"]), ("alltime", ["limit": "1"]),
    ]

    private func request(_ question: Question) -> Request {
        Request(.get, route: nil, parameters: ["period": question.period], query: question.query)
    }

    @Test func `an answer is kept for its own question and for no other`() {
        for (index, asked) in Self.questions.enumerated() {
            let pages = RecentPages()
            pages.keep(.text(.ok, "\(index)"), for: request(asked))
            for (other, question) in Self.questions.enumerated() {
                let found = pages.answer(to: request(question))
                #expect((found != nil) == (other == index), "\(asked) and \(question)")
            }
        }
    }
}
