import Domain
import HTTPServer
import JSON
import Records

/// A post as clients see it, written once for everybody; the viewer's own mark is spliced in.
struct PostJSON: Sendable {
    let post: PostRecord
    private let bytes: [UInt8]
    /// Where `"voted"` goes.
    private let seam: Int

    /// - Parameter pictures: makes the addresses, signed where the picture is not public.
    init(_ post: PostRecord, pictures: PictureAddresses) {
        self.post = post
        var writer = JSONWriter(capacity: 1024)
        var seam = 0
        writer.object {
            Self.write(post, pictures: pictures, to: &$0)
            seam = $0.bytes.count
            $0.field("visibility", post.visibility.rawValue)
            $0.field("isPinned", post.isPinned)
            $0.field("moderationStatus", post.moderationStatus.rawValue)
            $0.field("createdAt", post.createdAt.iso8601)
        }
        bytes = writer.bytes
        self.seam = seam
    }

    /// - Parameter voted: nil for an anonymous viewer: the field is absent.
    func bytes(voted: Bool?) -> [UInt8] {
        guard let voted else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 16)
        result += bytes[..<seam]
        result += voted ? Self.votedTrue : Self.votedFalse
        result += bytes[seam...]
        return result
    }

    private static let votedTrue = Array(#","voted":true"#.utf8)
    private static let votedFalse = Array(#","voted":false"#.utf8)

    private static func write(_ post: PostRecord, pictures: PictureAddresses, to writer: inout JSONWriter) {
        writer.field("id", post.id.hex)
        writer.object("author") {
            $0.field("id", post.userID.hex)
            $0.field("username", post.author.username)
            $0.field("displayName", post.author.displayName)
            $0.field("avatarUrl", post.author.avatarUrl)
            $0.field("tier", post.author.tier.rawValue)
        }
        writer.field("prompt", post.prompt)
        writer.field("refinedPrompt", post.refinedPrompt)
        writer.field("caption", post.caption)
        writer.field("imageUrl", pictures.address(of: post.imageUrl, in: post))
        writer.field("thumbnailUrl", pictures.address(of: post.thumbnailUrl, in: post))
        writer.field("blurhash", post.blurhash)
        writer.field("imageWidth", post.imageWidth)
        writer.field("imageHeight", post.imageHeight)
        writer.field("model", post.model)
        writer.field("seed", post.seed)
        writer.object("generationParams") {
            $0.fieldIfPresent("steps", post.parameters.steps)
            $0.fieldIfPresent("cfgScale", post.parameters.cfgScale)
            $0.field("seed", post.seed)
            $0.fieldIfPresent("negativePrompt", post.parameters.negativePrompt)
        }
        writer.field("hasWatermark", post.hasWatermark)
        writer.field("tags", post.tags)
        writer.field("category", post.category.rawValue)
        writer.field("nsfw", post.nsfw)
        writer.field("voteCount", post.counters.votes)
        writer.field("commentCount", post.counters.comments)
        writer.field("shareCount", post.counters.shares)
        writer.field("viewCount", post.counters.views)
    }

    private static let author = Schema.object(
        .required("id", .objectID), .required("username", .string), .required("displayName", .string),
        .required("avatarUrl", .nullable(.string)), .required("tier", .enumeration(Tier.allCases.map(\.rawValue))))

    static let schema = Schema.named(
        "Post",
        .object(
            .required("id", .objectID), .required("author", author), .required("prompt", .string),
            .required("refinedPrompt", .nullable(.string)), .required("caption", .nullable(.string)),
            .required("imageUrl", .string), .required("thumbnailUrl", .string), .required("blurhash", .string),
            .required("imageWidth", .integer), .required("imageHeight", .integer), .required("model", .string),
            .required("seed", .integer),
            .required(
                "generationParams",
                .object(
                    .optional("steps", .integer), .optional("cfgScale", .number), .required("seed", .integer),
                    .optional("negativePrompt", .string))),
            .required("hasWatermark", .boolean), .required("tags", .array(of: .string)),
            .required("category", PostFields.category), .required("nsfw", .boolean), .required("voteCount", .integer),
            .required("commentCount", .integer), .required("shareCount", .integer), .required("viewCount", .integer),
            .optional("voted", .boolean), .required("visibility", PostFields.visibility),
            .required("isPinned", .boolean),
            .required("moderationStatus", .enumeration(ModerationStatus.allCases.map(\.rawValue))),
            .required("createdAt", .dateTime)))
}

/// Where a post's pictures are reached: plainly when everybody may see them, else by an address that expires.
struct PictureAddresses: Sendable {
    /// Signs an address for a while.
    let sign: @Sendable (String) -> String

    func address(of url: String, in post: PostRecord) -> String {
        PostVisibility.hasPublicPicture(post) ? url : sign(url)
    }
}
