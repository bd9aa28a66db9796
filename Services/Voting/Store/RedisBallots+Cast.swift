import Domain
import Events
import JSON
import Records
import RedisClient
import Telemetry

// The call of the vote's script is the most frequent thing that the platform says: it is written byte by byte, with the
// keys that `RedisKey` names, and its answer is read the same way.
extension RedisBallots {
    /// What one vote's script is called with.
    static func castCall(_ vote: VoteCast, cap: Int, stored: VoteMark?, at now: Instant) -> RedisCommand {
        let partition = Partition(of: vote.voterID)
        return castScript.command(keys: 6, arguments: 11, capacity: 1000) { call in
            writeKeys(of: vote, partition, at: now, to: &call)
            call.argument { $0.append(vote.postID) }
            call.argument { $0.append(vote.authorID) }
            call.argument(Int64(cap))
            call.argument(VoteMark.expiry(of: vote.postID, now: now))
            call.argument(stored?.text ?? "")
            call.argument(VoteCast.type)
            call.argument(Int64(VoteCast.version))
            call.argument { $0.append(EventID.new()) }
            call.argument(now.milliseconds)
            call.argument(TraceContext.current?.traceparent ?? "")
            var data = JSONWriter()
            vote.write(to: &data)
            call.argument(data.bytes)
        }
    }

    private static func writeKeys(
        of vote: VoteCast, _ partition: Partition, at now: Instant, to call: inout RedisCommandWriter
    ) {
        let (tag, voter) = (partition.tag, vote.voterID)
        call.argument {
            $0.append(tag)
            $0.append(":votes:epoch")
        }
        call.argument {
            $0.append(tag, ":votes:pairs:", voter)
            $0.append(UInt8(ascii: ":"))
            $0.append(VoteMark.stretch(of: vote.postID))
        }
        call.argument {
            $0.append(tag, ":votes:used:", voter)
            $0.append(UInt8(ascii: ":"))
            $0.append(now.utcDay)
        }
        call.argument { $0.append(tag, ":votes:pace:", voter) }
        call.argument { $0.append(tag, ":votes:blocks:", voter) }
        call.argument {
            $0.append(tag)
            $0.append(":events:votes")
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
    /// - Parameter reply: `OUTCOME USED PAIR`.
    init(_ reply: RedisReply) throws(RedisError) {
        guard let bytes = reply.bytes, let first = bytes.firstIndex(of: 0x20),
            let second = bytes[(first + 1)...].firstIndex(of: 0x20),
            let outcome = RedisBallots.CastOutcome(bytes[..<first])
        else { throw .unexpectedReply(reply) }
        var used = 0
        for digit in bytes[(first + 1)..<second] {
            guard digit &- 0x30 < 10 else { throw .unexpectedReply(reply) }
            used = used * 10 + Int(digit &- 0x30)
        }
        self.init(outcome: outcome, usedToday: used, mark: VoteMark(bytes[(second + 1)...]))
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
