import ContentRules
import Domain
import HTTPServer
import JSON

/// What authors may say of a post.
enum PostFields {
    static let caption = Schema.string(max: 500)
    static let tags = Schema.array(of: .string(min: 1, max: 30, format: tag), max: 10)
    static let category = Schema.enumeration(Category.allCases.map(\.rawValue))
    static let visibility = Schema.enumeration(Visibility.allCases.map(\.rawValue))

    /// Letters and digits of any script, `-` and `_`.
    private static let tag = StringFormat("tag") { text in
        text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "-_".unicodeScalars.contains($0)
        }
    }

    /// Lower-case, each once, in order.
    static func folded(_ tags: [String]) -> [String] {
        var seen: Set<String> = []
        return tags.map { $0.lowercased() }.filter { seen.insert($0).inserted }
    }
}

struct CreatePostBody: RequestBody {
    static let schema = ObjectSchema([
        .required("generationId", .objectID), .optional("caption", PostFields.caption),
        .optional("tags", PostFields.tags), .optional("category", PostFields.category),
        .optional("visibility", PostFields.visibility),
    ])

    let generationID: GenerationID
    let caption: String?
    let tags: [String]?
    let category: Category?
    let visibility: Visibility

    init(_ fields: ValidatedObject) throws {
        guard let id = GenerationID(hex: try fields.string("generationId")) else {
            throw ValidationFailure("/generationId", "must be an id")
        }
        generationID = id
        caption = fields.optionalString("caption")
        tags = fields.optionalStrings("tags").map(PostFields.folded)
        category = fields.optionalString("category").flatMap(Category.init)
        visibility = fields.optionalString("visibility").flatMap(Visibility.init) ?? .public
    }
}

/// A change of a post: nil leaves a field alone; a null caption removes it.
struct ChangePostBody: RequestBody {
    static let schema = ObjectSchema([
        .optional("caption", .nullable(PostFields.caption)), .optional("tags", PostFields.tags),
        .optional("category", PostFields.category), .optional("visibility", PostFields.visibility),
        .optional("isPinned", .boolean),
    ])

    let caption: String??
    let tags: [String]?
    let category: Category?
    let visibility: Visibility?
    let isPinned: Bool?

    init(_ fields: ValidatedObject) throws {
        caption = fields.contains("caption") ? .some(fields.optionalString("caption")) : .none
        tags = fields.optionalStrings("tags").map(PostFields.folded)
        category = fields.optionalString("category").flatMap(Category.init)
        visibility = fields.optionalString("visibility").flatMap(Visibility.init)
        isPinned = fields.optionalBool("isPinned")
    }
}
