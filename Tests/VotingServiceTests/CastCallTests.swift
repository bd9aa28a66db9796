import BSON
import Domain
import Events
import Records
import Testing

@testable import RedisClient
@testable import VotingService

@Suite struct CastCallTests {
    /// 2026-11-18, 11:06:40.123.
    private let now = Instant(milliseconds: 1_795_000_000_123)

    /// A post of the same ten days.
    private func post(_ number: UInt32) throws -> PostID {
        let seconds = UInt32(now.milliseconds / 1000) - 60
        let id = withUnsafeBytes(of: (seconds.bigEndian, number, number), Array.init)
        return PostID(try #require(ObjectID(bytes: id)))
    }

    private func ballot(_ post: PostID, by voter: UserID = .new(), stored: VoteMark? = nil) -> Ballot {
        Ballot(
            VoteCast(
                postID: post, voterID: voter, authorID: .new(), category: .art, addressHash: "a1", deviceHash: "d1",
                sessionID: .new(), accountCreatedAt: now - .days(3)),
            cap: 50, stored: stored, at: now)
    }

    private func words(_ ballots: [Ballot]) -> [String] {
        RedisBallots.castCall(ballots).words.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `the call of votes names the keys under which others look, and carries the events`() throws {
        let voter = UserID.new()
        let ballots = [ballot(try post(1), by: voter), ballot(try post(2), by: voter)]
        let words = words(ballots)
        let partition = Partition(of: voter)
        let own: [RedisKey] = [.votePairs(voter, at: now), .voteBlocks(voter)]
        let keys = [.voteEpoch(partition), Topic.votes.stream(partition)] + own + own
        #expect(words[2] == "6" && Array(words[3..<9]) == keys.map(\.text))
        #expect(words[9] == "20775" && words[10] == "9a0" && words.count == 17)
        for (ballot, place) in zip(ballots, [11, 14]) {
            #expect(!ballot.isAlone && words[place] == ballot.vote.postID.hex && words[place + 1] == "50")
            let entry = RedisStreamEntry(id: .zero, fields: [(name: "event", value: Array(words[place + 2].utf8))])
            let event = try EventEnvelope<VoteCast>(StreamDelivery(stream: keys[1], entry: entry))
            #expect(event.payload == ballot.vote && event.occurredAt == now && event.id == ballot.id)
            #expect(event.trace == nil)
        }
    }

    @Test func `a vote for a post of other ten days comes alone, with the pair that is stored`() throws {
        let old = PostID(try #require(ObjectID(bytes: [0x60] + [UInt8](repeating: 7, count: 11))))
        let ballot = ballot(old, stored: VoteMark("0:5-1:4-0"))
        let words = words([ballot])
        #expect(ballot.isAlone && words[2] == "5" && words[7] == RedisKey.votePairs(ballot.vote.voterID, of: old).text)
        #expect(Array(words[13...]) == [String(VoteMark.expiry(of: old, now: now)), "0:5-1:4-0"])
    }

    @Test(arguments: [
        ("new 00<04000 1:7-0:", "new", 12, "1:7-0:"), ("again 00301000 1:9-1:8-0:7-0", "again", 3, "1:9-1:8-0:7-0"),
        ("cap 00b00000 ", "cap", 50, ""), ("rebuilding 00000000 ", "rebuilding", 0, ""),
    ])
    func `the answer is read`(reply: String, outcome: String, used: Int, mark: String) throws {
        let cast = try RedisBallots.Cast(.string(Array(reply.utf8)))
        #expect(cast.outcome.rawValue == outcome && cast.usedToday == used && cast.mark == VoteMark(mark))
    }

    @Test(arguments: ["", "new", "new 1", "new 0000000 1:7-0:", "new 0000000! 1:7-0:", "other 00000000 "])
    func `an answer of another shape is refused`(reply: String) {
        #expect(throws: RedisError.self) { () throws in _ = try RedisBallots.Cast(.string(Array(reply.utf8))) }
    }

    @Test func `a tally is the same after it was written and read`() throws {
        for tally in [VoteTally(used: 0), VoteTally(used: 500, pace: 64, start: 86_399), VoteTally(used: 262_143)] {
            #expect(VoteTally(Array(tally.text.utf8)[...]) == tally)
        }
        #expect(String(decoding: VoteTally.second(of: now), as: UTF8.self) == "9a0")
    }
}
