import Domain
import Events
import Records
import RedisClient

// The call of the vote's script is the most frequent thing that the platform says: it is written byte by byte, with the
// keys that `RedisKey` names, and its answer is read the same way.
extension RedisBallots {
    /// What the vote's script is called with.
    ///
    /// - Parameter ballots: of one group; at most one where it `isAlone`.
    static func castCall(_ ballots: [Ballot]) -> RedisCommand {
        let first = ballots[0]
        let alone = first.isAlone
        let lengths = ballots.map { VoteCard.length(of: $0) }
        let length = lengths.max() ?? 0
        let comesAgain = comesAgain(ballots)
        return castScript.command(
            keys: 3 + ballots.count + (alone ? 1 : 0), arguments: alone ? 5 : comesAgain ? 4 : 3,
            capacity: 300 + (length + 64) * ballots.count
        ) { call in
            let tag = Partition(of: first.vote.voterID).tag
            call.argument { $0.append(tag, ":votes:epoch4") }
            call.argument { $0.append(tag, ":events:votes") }
            call.argument { $0.append(tag, ":votes:blocks") }
            for ballot in ballots { writeKey(of: ballot, tag, to: &call) }
            if alone { call.argument(RedisKey.votePairs(first.vote.voterID, of: first.vote.postID).text) }
            call.argument(VoteTally.day(of: first.castAt))
            call.argument(VoteTally.second(of: first.castAt))
            call.argument { call in
                for (ballot, own) in zip(ballots, lengths) {
                    VoteCard.write(ballot, padding: length - own, to: &call)
                }
            }
            if alone {
                call.argument(VoteMark.expiry(of: first.vote.postID, now: first.castAt))
                call.argument(first.stored?.text ?? "")
            } else if comesAgain {
                call.argument("+")
            }
        }
    }

    private static func writeKey(of ballot: Ballot, _ tag: String, to call: inout RedisCommandWriter) {
        call.argument {
            $0.append(tag, ":votes:pairs:")
            $0.append(words: ballot.vote.voterID.hexWords)
            $0.append(UInt8(ascii: ":"))
            $0.append(VoteMark.stretch(at: ballot.castAt))
        }
    }

    /// Whether a voter has more than one of the ballots. There are a few only.
    private static func comesAgain(_ ballots: [Ballot]) -> Bool {
        for later in 1..<max(1, ballots.count) {
            let voter = ballots[later].vote.voterID
            for earlier in 0..<later where ballots[earlier].vote.voterID == voter { return true }
        }
        return false
    }

    /// The script's answer to so many votes.
    static func casts(_ reply: RedisReply, _ count: Int) throws(RedisError) -> [Cast] {
        guard let parts = reply.array, parts.count >= 2, let tallies = parts[1].bytes, tallies.count == 8 * count else {
            guard reply.text == "rebuilding" else { throw .unexpectedReply(reply) }
            return Array(repeating: Cast(outcome: .rebuilding, usedToday: 0, mark: nil), count: count)
        }
        let letters = parts.count > 2 ? parts[2].bytes ?? [] : Array(repeating: UInt8(ascii: "n"), count: count)
        guard letters.count == count else { throw .unexpectedReply(reply) }
        let id = parts[0].bytes.flatMap { RedisStreamID($0[...]) }
        var marks = parts.dropFirst(3)[...]
        var casts: [Cast] = []
        casts.reserveCapacity(count)
        for (place, letter) in letters.enumerated() {
            guard let outcome = CastOutcome(letter: letter),
                let tally = VoteTally(tallies[(8 * place)..<(8 * place + 8)])
            else { throw .unexpectedReply(reply) }
            var cast = Cast(outcome: outcome, usedToday: tally.used, mark: nil)
            switch outcome {
            case .new: cast.mark = id.map { VoteMark(kind: .voted, id: $0) }
            case .again, .repeat: cast.mark = marks.popFirst()?.bytes.flatMap { VoteMark($0[...]) }
            case .cap, .blocked, .rebuilding: break
            }
            if cast.mark == nil, outcome.hasMark { throw .unexpectedReply(reply) }
            casts.append(cast)
        }
        return casts
    }
}

extension RedisCommandWriter {
    fileprivate mutating func append(_ tag: String, _ name: StaticString) {
        append(tag)
        append(name)
    }
}

extension RedisBallots.CastOutcome {
    fileprivate init?(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "n"): self = .new
        case UInt8(ascii: "a"): self = .again
        case UInt8(ascii: "r"): self = .repeat
        case UInt8(ascii: "c"): self = .cap
        case UInt8(ascii: "b"): self = .blocked
        default: return nil
        }
    }

    /// Whether there is a pair to tell of.
    fileprivate var hasMark: Bool { self == .new || self == .again || self == .repeat }
}
