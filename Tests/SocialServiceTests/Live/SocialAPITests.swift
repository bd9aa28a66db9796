import Domain
import Records
import TestSupport
import Testing

@testable import SocialService

@Suite struct SocialAPITests {
    @Test func `following counts once, and unfollowing takes it back once`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let ann = try people.token(for: try await people.add("ann"))
        _ = try await people.add("bob")
        try await withService(SocialService.definition, on: stores) { social in
            for _ in 0..<2 {
                let answer = try await social.http.send("PUT", "/v1/users/BOB/follow", token: ann)
                #expect(answer.status == 200)
                #expect(answer.json["following"]?.bool == true)
                #expect(answer.json["followersCount"]?.int64 == 1)
            }
            let followers = try await social.http.get("/v1/users/bob/followers")
            #expect(followers.json["items"]?[0]?["user"]?["username"]?.string == "ann")
            #expect(try await social.http.get("/v1/users/ann/following").json["items"]?.array?.count == 1)
            for _ in 0..<2 {
                let answer = try await social.http.send("DELETE", "/v1/users/bob/follow", token: ann)
                #expect(answer.json["followersCount"]?.int64 == 0)
            }
        }
    }

    @Test func `thirty people who follow one at once make thirty, and each list page each of them once`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        _ = try await people.add("star")
        var tokens: [String] = []
        for number in 0..<30 { tokens.append(try people.token(for: try await people.add("fan\(number)"))) }
        try await withService(SocialService.definition, on: stores) { social in
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                for token in tokens {
                    tasks.addTask { try await social.http.send("PUT", "/v1/users/star/follow", token: token).status }
                }
                for try await status in tasks { #expect(status == 200) }
            }
            let last = try await social.http.send("PUT", "/v1/users/star/follow", token: tokens[0])
            #expect(last.json["followersCount"]?.int64 == 30)
            var names: Set<String> = []
            var count = 0
            var cursor: String?
            repeat {
                let page = try await social.http.get(
                    "/v1/users/star/followers?limit=7" + (cursor.map { "&cursor=\($0)" } ?? ""))
                let items = page.json["items"]?.array ?? []
                count += items.count
                names.formUnion(items.compactMap { $0["user"]?["username"]?.string })
                cursor = page.json["nextCursor"]?.string
            } while cursor != nil
            #expect(count == 30)
            #expect(names.count == 30)
        }
    }

    @Test func `a block ends follows both ways and hides the two from each other`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let ann = try people.token(for: try await people.add("ann"))
        let bob = try people.token(for: try await people.add("bob"))
        try await withService(SocialService.definition, on: stores) { social in
            _ = try await social.http.send("PUT", "/v1/users/bob/follow", token: ann)
            _ = try await social.http.send("PUT", "/v1/users/ann/follow", token: bob)
            #expect(try await social.http.send("PUT", "/v1/users/bob/block", token: ann).status == 204)
            #expect(try await social.http.send("PUT", "/v1/users/ann/follow", token: bob).code == "not-found")
            #expect(try await social.http.get("/v1/users/ann/followers", token: bob).code == "not-found")
            #expect(try await social.http.get("/v1/users/ann/followers").json["items"]?.array?.isEmpty == true)
            #expect(try await social.http.send("DELETE", "/v1/users/bob/block", token: ann).status == 204)
            #expect(try await social.http.send("PUT", "/v1/users/ann/follow", token: bob).status == 200)
        }
    }

    @Test func `one can neither follow oneself nor somebody unknown`() async throws {
        let stores = try await TestStores.fresh()
        let people = try await TestPeople(stores)
        let ann = try people.token(for: try await people.add("ann"))
        try await withService(SocialService.definition, on: stores, roles: [.api]) {
            (social: TestService) async throws in
            #expect(try await social.http.send("PUT", "/v1/users/ann/follow", token: ann).code == "forbidden")
            #expect(try await social.http.send("PUT", "/v1/users/nobody/follow", token: ann).code == "not-found")
            #expect(try await social.http.send("PUT", "/v1/users/ann/follow").code == "unauthenticated")
        }
    }
}
