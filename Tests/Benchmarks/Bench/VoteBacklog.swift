import Domain
import Glibc

/// Entries of the votes streams as the vote script writes them, made by hand and sent in pipelines.
struct VoteBacklog {
    /// Of one partition, as many as 32 who vote at a time make on average.
    private static let votesOfAnEntry = 4
    private static let people = 2000
    private static let posts = 500
    private static let authors = 100
    static let largest = people * posts

    let count: Int
    private let now = Int(time(nil))

    /// - Parameter count: up to `largest`.
    init(count: Int) { self.count = count }

    func write(to port: Int) throws {
        let socket = try Socket(port: port)
        var bytes: [UInt8] = []
        var waiting = 0
        var cards: [String: [String]] = [:]
        for number in 0..<count {
            // A step that shares no factor with the number of pairs visits each once, in no order.
            let pair = number * 617_449 % Self.largest
            let voter = Self.id(now, 1, pair / Self.posts)
            let partition = UserID(hex: voter).map { Partition(of: $0) }?.tag ?? ""
            cards[partition, default: []].append(card(voter, number: pair / Self.posts, post: pair % Self.posts))
            if cards[partition]?.count == Self.votesOfAnEntry {
                Self.append(cards.removeValue(forKey: partition) ?? [], of: partition, to: &bytes)
                waiting += 1
            }
            if number == count - 1 {
                for (partition, rest) in cards { Self.append(rest, of: partition, to: &bytes) }
                waiting += cards.count
            }
            if waiting >= 500 || number == count - 1 {
                try socket.send(bytes)
                try socket.skipLines(2 * waiting)  // each reply is a length and an id
                bytes.removeAll(keepingCapacity: true)
                waiting = 0
            }
        }
    }

    private static func append(_ cards: [String], of partition: String, to bytes: inout [UInt8]) {
        let tallies = String(repeating: "00101000", count: cards.count)
        let words = [
            "XADD", "\(partition):events:votes", "*", "type", "VoteCast", "votes", cards.joined(), "tallies",
            tallies,
        ]
        bytes.append(contentsOf: "*\(words.count)\r\n".utf8)
        for word in words { bytes.append(contentsOf: "$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
    }

    /// As the service's `VoteCard` is.
    private func card(_ voter: String, number: Int, post: Int) -> String {
        let (post, author) = (Self.id(now, 2, post), Self.id(now, 3, post % Self.authors))
        let times = "\(now)000 \((now - 5_000_000) * 1000)"
        let hashes = "\(Self.hash(number, 7)) \(Self.hash(number, 9))"
        return "\(post)\(voter)\(author)03b \(times) \(Self.id(now, 4, number)) \(hashes) art -"
    }

    /// 24 hexadecimal digits: a time, what it is of, which.
    private static func id(_ seconds: Int, _ kind: Int, _ number: Int) -> String {
        padded(seconds, 8) + padded(kind, 8) + padded(number, 8)
    }

    private static func hash(_ number: Int, _ kind: Int) -> String {
        padded(number * 2_654_435_761 % 0xFFFF_FFFF, 30) + "0\(kind)"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
