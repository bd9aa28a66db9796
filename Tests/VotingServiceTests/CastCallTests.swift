import BSON
import Domain
import Events
import JSON
import Records
import Telemetry
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

    private func ballot(
        _ post: PostID, by voter: UserID = .new(), stored: VoteMark? = nil, trace: TraceContext? = nil
    ) -> Ballot {
        Ballot(
            VoteCast(
                postID: post, voterID: voter, authorID: .new(), category: .art, addressHash: "a1", deviceHash: "d1",
                sessionID: .new(), accountCreatedAt: now - .days(3)),
            cap: 50, stored: stored, at: now, trace: trace)
    }

    private func words(_ ballots: [Ballot]) -> [String] {
        RedisBallots.castCall(ballots).words.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `the call of votes names the keys under which others look, and carries the votes`() throws {
        let voter = UserID.new()
        let trace = TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        let ballots = [ballot(try post(1), by: voter), ballot(try post(2), by: voter, trace: trace)]
        let words = words(ballots)
        let partition = Partition(of: voter)
        let pairs = RedisKey.votePairs(voter, at: now)
        let keys = [.voteEpoch(partition), Topic.votes.stream(partition), .voteBlocks(partition), pairs, pairs]
        #expect(words[2] == "5" && Array(words[3..<8]) == keys.map(\.text))
        #expect(words[8] == "20775" && words[9] == "9a0" && words.count == 12)
        #expect(!ballots[0].isAlone && words[11] == "+")
        let entries = VoteEntry.read(delivery(words[10], tallies: "0010110000202100"))
        #expect(entries.rejection == nil && entries.entries.count == 2 && words[10].utf8.count.isMultiple(of: 2))
        #expect(VoteEntry.count(in: delivery(words[10], tallies: "0010110000202100").entry) == 2)
        for (entry, ballot) in zip(entries.entries, ballots) {
            guard case .cast(let vote) = entry.content else { throw EventRejected("no vote") }
            #expect(vote == ballot.vote && entry.at == now && entry.position == RedisStreamID("7-1"))
        }
        #expect(entries.entries.map(\.pace) == [1, 2])
        #expect(words[10].contains(" \(trace?.traceparent ?? "")"))
    }

    @Test func `what the script reads of a vote stands at its place, and a card is as long as was said`() throws {
        let post = try post(1)
        for (cap, digits) in [
            (0, "000"), (63, "00o"), (5000, "1>8"), (262_143, "ooo"), (1_000_000, "ooo"), (-1, "000"),
        ] {
            for milliseconds in [-1_000, -999, -10, -9, -1, 0, 9, 10, 99, 100, now.milliseconds] as [Int64] {
                let vote = VoteCast(
                    postID: post, voterID: .new(), authorID: .new(), category: .art,
                    accountCreatedAt: Instant(milliseconds: milliseconds))
                let ballot = Ballot(vote, cap: cap, at: now)
                let card = words([ballot])[9]
                #expect(card.hasPrefix(post.hex + vote.voterID.hex + vote.authorID.hex + digits + " "))
                #expect(card.utf8.count == VoteCard.length(of: ballot))
                #expect(VoteCard(Array(card.utf8)[...], isRepeat: false)?.vote == vote)
            }
        }
    }

    @Test func `who comes once is not said to come more often`() throws {
        let voter = UserID.new()
        #expect(words([ballot(try post(1), by: voter)]).count == 10)
    }

    private func delivery(
        _ votes: String, tallies: String, kinds: String? = nil, type: String = "VoteCast"
    ) -> StreamDelivery {
        var fields = [
            (name: "type", value: Array(type.utf8)), (name: "votes", value: Array(votes.utf8)),
            (name: "tallies", value: Array(tallies.utf8)),
        ]
        if let kinds { fields.append((name: "kinds", value: Array(kinds.utf8))) }
        return StreamDelivery(
            stream: RedisKey("s"),
            entry: RedisStreamEntry(id: RedisStreamID(milliseconds: 7, sequence: 1), fields: fields))
    }

    @Test func `one vote that cannot be read does not take the others with it`() throws {
        let card = words([ballot(try post(1))])[9]
        let broken = "x" + card.dropFirst()
        let read = VoteEntry.read(delivery(card + broken + card, tallies: "001001000010010000100100", kinds: "nna"))
        #expect(read.entries.count == 2 && read.rejection == "vote 2 of 3 cannot be read")
        guard case .cast(let again) = read.entries[1].content else { throw EventRejected("no vote") }
        #expect(again.isRepeat)
    }

    @Test func `an entry of another shape is rejected`() throws {
        let card = words([ballot(try post(1))])[9]
        let shapes: [(votes: String, tallies: String, kinds: String?)] = [
            (card, "0010010", nil), (card + " ", "0010010000100100", nil), (card, "00100100", "nn"),
            (card, "00100100", "b"), (card, "0010010!", nil), (card + " x", "00100100", nil),
            (String(card.dropLast(2)), "00100100", nil), (card.replacing(" art ", with: "  "), "00100100", nil),
            (card.replacing(" a1 ", with: " a1 a2 "), "00100100", nil), ("", "", nil), ("", "00100100", nil),
        ]
        for (votes, tallies, kinds) in shapes {
            let read = VoteEntry.read(delivery(votes, tallies: tallies, kinds: kinds))
            #expect(read.entries.isEmpty && read.rejection != nil, "\(votes) \(tallies)")
        }
        #expect(VoteEntry.read(delivery(card + "   ", tallies: "00100100")).rejection == nil)
    }

    @Test func `entries of builds before are read, and those of others passed over`() throws {
        let ballot = ballot(try post(1))
        var data = JSONWriter()
        ballot.vote.write(to: &data)
        let event = "1 \(EventID.new().hex) \(now.milliseconds) - " + String(decoding: data.bytes, as: UTF8.self)
        let entry = RedisStreamEntry(
            id: RedisStreamID(milliseconds: 9, sequence: 0),
            fields: ["type": "VoteCast", "event": event, "tally": "00302100"].map { ($0.key, Array($0.value.utf8)) })
        let read = VoteEntry.read(StreamDelivery(stream: RedisKey("s"), entry: entry))
        guard case .cast(let vote)? = read.entries.first?.content else { throw EventRejected("no vote") }
        #expect(vote == ballot.vote && read.entries[0].at == now && read.entries[0].pace == 2)
        let other = VoteEntry.read(delivery("", tallies: "", type: "PostCreated"))
        #expect(other.entries.isEmpty && other.rejection == nil)
    }

    @Test func `a vote for a post of other ten days comes alone, with the pair that is stored`() throws {
        let old = PostID(try #require(ObjectID(bytes: [0x60] + [UInt8](repeating: 7, count: 11))))
        let ballot = ballot(old, stored: VoteMark("0:5-1:4-0"))
        let words = words([ballot])
        #expect(ballot.isAlone && words[2] == "5" && words[7] == RedisKey.votePairs(ballot.vote.voterID, of: old).text)
        #expect(Array(words[11...]) == [String(VoteMark.expiry(of: old, now: now)), "0:5-1:4-0"])
    }

    private func reply(_ parts: String...) -> RedisReply { .array(parts.map { .string(Array($0.utf8)) }) }

    @Test func `the answer is read`() throws {
        let new = try RedisBallots.casts(reply("7-0", "00<0400000100100"), 2)
        #expect(new.map(\.outcome) == [.new, .new] && new.map(\.usedToday) == [12, 1])
        #expect(new.allSatisfy { $0.mark == VoteMark("1:7-0:") })
        let mixed = try RedisBallots.casts(
            reply(
                "9-1", "003010000030100000b000000010010000000000", "arcnb", "1:9-1:8-0:7-0", "2:5-0:"), 5)
        #expect(mixed.map(\.outcome) == [.again, .repeat, .cap, .new, .blocked])
        #expect(mixed.map(\.usedToday) == [3, 3, 50, 1, 0])
        #expect(mixed.map { $0.mark?.text } == ["1:9-1:8-0:7-0", "2:5-0:", nil, "1:9-1:", nil])
        let closed = try RedisBallots.casts(.string(Array("rebuilding".utf8)), 3)
        #expect(closed.map(\.outcome) == [.rebuilding, .rebuilding, .rebuilding])
    }

    @Test func `an answer of another shape is refused`() {
        for reply in [
            reply(), reply("7-0"), reply("7-0", "0010010"), reply("", "00100100"), reply("7-0", "0010010!"),
            reply("7-0", "00100100", "x"), reply("7-0", "00100100", "nn"), reply("7-0", "00100100", "r"), .null,
        ] {
            #expect(throws: RedisError.self) { () throws in _ = try RedisBallots.casts(reply, 1) }
        }
    }

    @Test func `a tally is the same after it was written and read`() throws {
        for tally in [
            VoteTally(used: 0), VoteTally(used: 500, pace: 64, start: 86_399), VoteTally(used: 262_143),
            VoteTally(used: 3, pace: 4095, start: 86_399, blocks: true),
        ] {
            #expect(VoteTally(Array(tally.text.utf8)[...]) == tally)
        }
        #expect(String(decoding: VoteTally.second(of: now), as: UTF8.self) == "9a0")
    }
}
