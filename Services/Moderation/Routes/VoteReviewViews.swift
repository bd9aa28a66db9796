import Domain
import HTTPServer
import JSON
import Records

/// A flagged vote as moderators read it.
struct FlaggedVoteView: JSONWritable {
    let item: ReviewVotes.Item
    /// Nil in lists.
    let clusters: [ReviewVotes.Cluster]?

    private static let reason = Schema.named(
        "FraudReason",
        .object(.required("signal", .string), .required("weight", .number), .required("detail", .string)))
    private static let fields: [ObjectSchema.Field] = [
        .required("id", .objectID), .required("postId", .objectID), .required("voterId", .objectID),
        .required("authorId", .objectID), .required("category", .string), .required("castAt", .dateTime),
        .required("withdrawn", .boolean), .required("score", .number), .required("threshold", .number),
        .required("reasons", .array(of: reason)), .required("accountsOnAddress", .nullable(.integer)),
        .required("accountsOnDevice", .nullable(.integer)), .required("addressCluster", .nullable(.string)),
        .required("deviceCluster", .nullable(.string)), .required("ringId", .nullable(.objectID)),
        .required("evidenceExpired", .boolean),
    ]
    private static let account = Schema.named(
        "ClusterAccount", .object(.required("userId", .objectID), .required("votes", .integer)))
    private static let cluster = Schema.named(
        "VoteCluster",
        .object(
            .required("kind", .enumeration(SharedUse.Kind.allCases.map(\.rawValue))), .required("label", .string),
            .required("accounts", .array(of: account)), .required("olderVotes", .boolean)))

    static let schema = Schema.named("FlaggedVote", .object(ObjectSchema(fields)))
    static let detailSchema = Schema.named(
        "FlaggedVoteDetail",
        .object(
            ObjectSchema(
                fields + [
                    .required("clusters", .array(of: cluster)), .required("decision", .nullable(VoteDecision.schema)),
                ])))

    func write(to writer: inout JSONWriter) {
        let (vote, evidence) = (item.vote, item.evidence)
        writer.object {
            $0.field("id", vote.id.hex)
            $0.field("postId", vote.postID.hex)
            $0.field("voterId", vote.voterID.hex)
            $0.field("authorId", vote.authorID.hex)
            $0.field("category", vote.category.rawValue)
            $0.field("castAt", vote.createdAt.iso8601)
            $0.field("withdrawn", vote.withdrawn)
            $0.field("score", evidence?.score ?? vote.fraudScore ?? 0)
            $0.field("threshold", EconomyConfiguration.standard.fraud.threshold)
            $0.array("reasons") { list in
                for reason in evidence?.reasons ?? [] {
                    list.object {
                        $0.field("signal", reason.signal)
                        $0.field("weight", (reason.weight * 1000).rounded() / 1000)
                        $0.field("detail", evidence?.detail(of: reason.signal) ?? "")
                    }
                }
            }
            $0.field("accountsOnAddress", evidence?.accountsOnAddress)
            $0.field("accountsOnDevice", evidence?.accountsOnDevice)
            $0.field("addressCluster", evidence?.addressHash.map(VoteEvidenceRecord.label))
            $0.field("deviceCluster", evidence?.deviceHash.map(VoteEvidenceRecord.label))
            $0.field("ringId", evidence?.ring?.hex)
            $0.field("evidenceExpired", evidence == nil)
            if let clusters {
                Self.write(clusters, to: &$0)
                $0.field("decision", item.decision)
            }
        }
    }

    private static func write(_ clusters: [ReviewVotes.Cluster], to writer: inout JSONWriter) {
        writer.array("clusters") { list in
            for cluster in clusters {
                list.object {
                    $0.field("kind", cluster.kind.rawValue)
                    $0.field("label", cluster.label)
                    $0.array("accounts") { accounts in
                        for (account, votes) in cluster.accounts {
                            accounts.object {
                                $0.field("userId", account.hex)
                                $0.field("votes", votes)
                            }
                        }
                    }
                    $0.field("olderVotes", cluster.isCut)
                }
            }
        }
    }
}

extension VoteEvidenceRecord {
    /// What a signal means in this case, in words.
    func detail(of signal: String) -> String {
        switch FraudScore.Signal(rawValue: signal) {
        case .sharedAddress: "\(accountsOnAddress ?? 0) accounts voted from this address"
        case .sharedDevice: "\(accountsOnDevice ?? 0) accounts voted from this device"
        case .newAccount: "the account was \(accountAgeHours ?? 0) hours old"
        case .velocity: "\(votesInLastMinute ?? 0) votes in a minute"
        case .lowTrust: "trust score \(trustScore ?? 0) of 100"
        case .reciprocity: "author and voter vote for each other"
        case .collusion: "the voter belongs to a group that votes together; see ringId"
        case nil: ""
        }
    }
}

extension VoteDecision: JSONWritable {
    static let schema = Schema.named(
        "VoteDecision",
        .object(
            .required("voteId", .objectID), .required("decision", .enumeration(["clear", "uphold"])),
            .required("reason", .string), .required("decidedBy", .objectID), .required("decidedAt", .dateTime)))

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("voteId", voteID.hex)
            $0.field("decision", isCleared ? "clear" : "uphold")
            $0.field("reason", reason)
            $0.field("decidedBy", decidedBy.hex)
            $0.field("decidedAt", decidedAt.iso8601)
        }
    }
}

extension RingDecision: JSONWritable {
    static let schema = Schema.named(
        "VoteRingDecision",
        .object(
            .required("ringId", .objectID), .required("decision", .enumeration(["clear", "uphold"])),
            .required("reason", .string), .required("decidedBy", .objectID), .required("decidedAt", .dateTime),
            .required("votes", .integer)))

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("ringId", ringID.hex)
            $0.field("decision", isCleared ? "clear" : "uphold")
            $0.field("reason", reason)
            $0.field("decidedBy", decidedBy.hex)
            $0.field("decidedAt", decidedAt.iso8601)
            $0.field("votes", votes)
        }
    }
}

/// A group that looks like collusion, as moderators read it.
struct VoteRingView: JSONWritable {
    let ring: VoteRingRecord

    private static let edge = Schema.named(
        "VoteRingEdge",
        .object(.required("from", .objectID), .required("to", .objectID), .required("votes", .integer)))
    private static let share = Schema.named(
        "VoteRingShare",
        .object(
            .required("kind", .enumeration(SharedUse.Kind.allCases.map(\.rawValue))), .required("label", .string),
            .required("members", .integer)))
    static let schema = Schema.named(
        "VoteRing",
        .object(
            .required("id", .objectID),
            .required("kind", .enumeration(CollusionFinding.Kind.allCases.map(\.rawValue))),
            .required("members", .array(of: .objectID)), .required("targets", .array(of: .objectID)),
            .required("edges", .array(of: edge)), .required("edgesInAll", .integer),
            .required("insideVotes", .integer), .required("castVotes", .integer),
            .required("insideShare", .number), .required("expectedShare", .number),
            .required("shared", .array(of: share)), .required("explanation", .string),
            .required("flaggedVotes", .integer), .required("firstSeenAt", .dateTime),
            .required("lastSeenAt", .dateTime)))

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", ring.id.hex)
            $0.field("kind", ring.kind.rawValue)
            $0.array("members") { list in for member in ring.members { list.value(member.hex) } }
            $0.array("targets") { list in for target in ring.targets { list.value(target.hex) } }
            $0.array("edges") { list in
                for (edge, votes) in ring.edges {
                    list.object {
                        $0.field("from", edge.from.hex)
                        $0.field("to", edge.to.hex)
                        $0.field("votes", votes)
                    }
                }
            }
            $0.field("edgesInAll", ring.edgesInAll)
            $0.field("insideVotes", ring.insideVotes)
            $0.field("castVotes", ring.castVotes)
            $0.field("insideShare", ring.insideShare)
            $0.field("expectedShare", ring.expectedShare)
            $0.array("shared") { list in
                for part in ring.shared {
                    list.object {
                        $0.field("kind", part.kind.rawValue)
                        $0.field("label", part.label)
                        $0.field("members", part.members)
                    }
                }
            }
            $0.field("explanation", ring.explanation)
            $0.field("flaggedVotes", ring.flaggedVotes)
            $0.field("firstSeenAt", ring.firstSeenAt.iso8601)
            $0.field("lastSeenAt", ring.lastSeenAt.iso8601)
        }
    }
}
