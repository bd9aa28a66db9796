import Domain
import Events
import JSON
import Records
import RedisClient

// The call of the vote's script is the most frequent thing that the platform says: it is written byte by byte, with the
// keys that `RedisKey` names, and its answer is read the same way.
extension RedisBallots {
    /// What the vote's script is called with.
    ///
    /// - Parameter ballots: of one group; at most one where it `isAlone`.
    static func castCall(_ ballots: [Ballot]) -> RedisCommand {
        let alone = ballots[0].isAlone
        return castScript.command(
            keys: 2 + 2 * ballots.count + (alone ? 1 : 0), arguments: 2 + 3 * ballots.count + (alone ? 2 : 0),
            capacity: 300 + 600 * ballots.count
        ) { call in
            let tag = Partition(of: ballots[0].vote.voterID).tag
            call.argument {
                $0.append(tag)
                $0.append(":votes:epoch2")
            }
            call.argument {
                $0.append(tag)
                $0.append(":events:votes")
            }
            for ballot in ballots { writeKeys(of: ballot, tag, to: &call) }
            if alone { call.argument(RedisKey.votePairs(ballots[0].vote.voterID, of: ballots[0].vote.postID).text) }
            call.argument(VoteTally.day(of: ballots[0].castAt))
            call.argument(VoteTally.second(of: ballots[0].castAt))
            for ballot in ballots { writeArguments(of: ballot, to: &call) }
            if alone {
                call.argument(VoteMark.expiry(of: ballots[0].vote.postID, now: ballots[0].castAt))
                call.argument(ballots[0].stored?.text ?? "")
            }
        }
    }

    private static func writeKeys(of ballot: Ballot, _ tag: String, to call: inout RedisCommandWriter) {
        let voter = ballot.vote.voterID
        call.argument {
            $0.append(tag, ":votes:pairs:", voter)
            $0.append(UInt8(ascii: ":"))
            $0.append(VoteMark.stretch(at: ballot.castAt))
        }
        call.argument { $0.append(tag, ":votes:blocks:", voter) }
    }

    private static func writeArguments(of ballot: Ballot, to call: inout RedisCommandWriter) {
        call.argument { $0.append(ballot.vote.postID) }
        call.argument(Int64(ballot.cap))
        call.argument {
            // As `EventHead` reads it.
            $0.append(Int64(VoteCast.version))
            $0.append(UInt8(ascii: " "))
            $0.append(ballot.id)
            $0.append(UInt8(ascii: " "))
            $0.append(ballot.castAt.milliseconds)
            $0.append(UInt8(ascii: " "))
            $0.append(ballot.trace?.traceparent ?? "-")
            $0.append(UInt8(ascii: " "))
            var data = JSONWriter()
            ballot.vote.write(to: &data)
            $0.append(data.bytes)
        }
    }
}

extension RedisCommandWriter {
    fileprivate mutating func append(_ id: Tagged<some Any>) { append(words: id.hexWords) }

    fileprivate mutating func append(_ tag: String, _ name: StaticString, _ id: UserID) {
        append(tag)
        append(name)
        append(words: id.hexWords)
    }
}

extension RedisBallots.Cast {
    /// - Parameter reply: `OUTCOME TALLY PAIR`.
    init(_ reply: RedisReply) throws(RedisError) {
        guard let bytes = reply.bytes, let first = bytes.firstIndex(of: 0x20),
            let second = bytes[(first + 1)...].firstIndex(of: 0x20),
            let outcome = RedisBallots.CastOutcome(bytes[..<first]), let tally = VoteTally(bytes[(first + 1)..<second])
        else { throw .unexpectedReply(reply) }
        self.init(outcome: outcome, usedToday: tally.used, mark: VoteMark(bytes[(second + 1)...]))
    }
}

extension RedisBallots.CastOutcome {
    /// By bytes: most are new, and no string is needed to see that.
    fileprivate init?(_ name: ArraySlice<UInt8>) {
        if name.elementsEqual("new".utf8) {
            self = .new
        } else {
            self.init(rawValue: String(decoding: name, as: UTF8.self))
        }
    }
}
