import Domain
import Events
import Records
import RedisClient

/// Posts as voting knows them: fed by events, and by reading through where Redis has nothing.
struct RedisPosts: Sendable {
    private static let postScript = RedisScript(PackageResources.post_lua)
    private static let totalScript = RedisScript(PackageResources.total_lua)
    private static let keepFor = 40 * 86_400
    private static let rowsPerCall = 500

    let redis: RedisClient

    /// Nil where Redis does not know the post.
    func find(_ post: PostID) async throws -> PostCard? {
        Self.card(of: try await redis.hgetall(.votedPost(post)))
    }

    /// The same without a task; nil also where Redis does not answer.
    func find(_ post: PostID, over calls: RedisCalls, _ answer: @escaping (PostCard?) -> Void) {
        calls.send(["HGETALL", .text(RedisKey.votedPost(post).text)]) { reply in
            guard let parts = (try? reply.get())?.array, parts.count.isMultiple(of: 2) else { return answer(nil) }
            var fields: [String: [UInt8]] = [:]
            fields.reserveCapacity(parts.count / 2)
            for place in stride(from: 0, to: parts.count, by: 2) {
                if let name = parts[place].text { fields[name] = parts[place + 1].bytes }
            }
            answer(Self.card(of: fields))
        }
    }

    private static func card(of fields: [String: [UInt8]]) -> PostCard? {
        func text(_ name: String) -> String? { fields[name].map { String(decoding: $0, as: UTF8.self) } }
        guard let author = text("a").flatMap(UserID.init(hex:)),
            let access = text("s").flatMap(PostCard.Access.init(rawValue:))
        else { return nil }
        var rows: [Int: PostCard.Row] = [:]
        for partition in 0..<Partition.count {
            rows[partition] = text("t\(partition)").flatMap(PostCard.Row.init)
        }
        return PostCard(
            author: author, category: text("c").flatMap(Category.init(rawValue:)) ?? .other, access: access, rows: rows)
    }

    /// - Parameter version: grows with every change of the post; an older one changes nothing.
    func set(_ post: PostID, _ card: PostCard, version: Int64) async throws {
        _ = try await redis.run(
            Self.postScript, keys: [.votedPost(post)],
            arguments: [
                .integer(version), .text(card.author.hex), .text(card.category.rawValue), .text(card.access.rawValue),
                RedisArgument(Self.keepFor),
            ])
    }

    /// Sets totals unless those there are newer.
    func set(_ totals: [PostTotals]) async throws {
        var calls: [(keys: [RedisKey], arguments: [RedisArgument])] = []
        for rows in Dictionary(grouping: totals, by: { PostPartition(of: $0.post) }).values {
            for start in stride(from: 0, to: rows.count, by: Self.rowsPerCall) {
                calls.append(Self.call(rows[start..<min(rows.count, start + Self.rowsPerCall)]))
            }
        }
        _ = try await redis.runAll(Self.totalScript, calls)
    }

    /// - Parameter rows: of posts of one partition.
    private static func call(_ rows: ArraySlice<PostTotals>) -> (keys: [RedisKey], arguments: [RedisArgument]) {
        var places: [PostID: Int] = [:]
        var keys: [RedisKey] = []
        var arguments = [RedisArgument(keepFor)]
        arguments.reserveCapacity(1 + rows.count * 5)
        for row in rows {
            let place = places[row.post] ?? keys.count + 1
            if place > keys.count {
                places[row.post] = place
                keys.append(.votedPost(row.post))
            }
            arguments.append(RedisArgument(place))
            arguments.append(RedisArgument(row.partition.number))
            arguments.append(.integer(row.displayed))
            arguments.append(.integer(row.version))
            arguments.append(.bytes(row.position.utf8))
        }
        return (keys, arguments)
    }
}

extension PostCard.Row {
    /// `displayed:version:position`
    fileprivate init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 3, let displayed = Int64(parts[0]), let version = Int64(parts[1]),
            let position = RedisStreamID(String(parts[2]))
        else { return nil }
        self.init(displayed: displayed, version: version, position: position)
    }
}
