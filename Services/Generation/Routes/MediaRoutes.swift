import Domain
import HTTPServer
import ObjectStore
import Records

/// The files of pictures. Without a signature only those of posts that everybody may see.
struct MediaRoutes: RouteGroup {
    let store: any ObjectStore
    let posts: PostLookup
    let signer: MediaSigner
    let clock: @Sendable () -> Instant

    var routes: [Route] {
        [
            Route(
                .get, "/media/pictures/{id}/{file}", operation: "getPicture", summary: "A picture or its thumbnail.",
                limit: RateLimitClass.none,
                query: [QueryParameter("expires", .string(max: 20)), QueryParameter("signature", .string(max: 100))],
                answers: [Answer(.ok, nil, "The picture.", contentType: "image/*")],
                errors: [.notFound, .forbidden],
                handler: get)
        ]
    }

    private func get(_ request: Request) async throws -> Response {
        guard let id = GenerationID(hex: request.parameters["id"]),
            let key = try? ObjectKey("pictures/\(id.hex)/\(request.parameters["file"])")  // not a key: no such picture
        else { throw Problem(.notFound) }
        let caching = try await admit(request, key: key, id: id)
        // A key's object never changes, so the key is the tag.
        let tag = "\"\(id.hex.suffix(12))-\(request.parameters["file"])\""
        if request.header("If-None-Match").map({ $0.contains(tag) }) ?? false {
            return Response(.notModified, headers: ["ETag": tag, "Cache-Control": caching])
        }
        do {
            let object = try await store.get(key)
            return .bytes(
                .ok, object.bytes, contentType: object.contentType,
                headers: ["ETag": tag, "Cache-Control": caching, "X-Content-Type-Options": "nosniff"])
        } catch .missing {
            throw Problem(.notFound)
        } catch {
            throw Problem.unavailable("pictures are not to be had at the moment")
        }
    }

    /// - Returns: how the answer may be cached.
    /// - Throws: `forbidden` for a signature that is not or no longer good, `not-found` without one for a private picture.
    private func admit(_ request: Request, key: ObjectKey, id: GenerationID) async throws -> String {
        if let signature = request.query("signature") {
            let isGood = signer.verify(
                path: "/media/\(key)", expires: request.query("expires") ?? "", signature: signature, at: clock())
            guard isGood else { throw Problem(.forbidden, "The address is not valid or has expired.") }
            return "private, max-age=3600"
        }
        guard let post = try await posts.of(id), post.isPublic else { throw Problem(.notFound) }
        // Short, because a post may be taken down; revalidation is cheap.
        return "public, max-age=60, stale-while-revalidate=300"
    }
}
