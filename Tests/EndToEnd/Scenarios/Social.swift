internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// Who follows sees the next post in `following`; who is blocked sees nothing.
    static let social = Scenario(name: "social") { stage in
        let star = try stage.person("star")
        let fan = try stage.person("fan")
        let follow = try fan.insist("PUT", "/v1/users/\(star.username)/follow").expect(200)
        try requireEqual(follow["following"]?.bool, true, "following")
        try requireEqual(follow["followersCount"]?.int, 1, "followers")
        let post = try stage.approvedPost(by: star, seenBy: fan, key: "star")
        try stage.eventually("the follower sees the post in `following`", within: 10) {
            let feed = try fan.insist("GET", "/v1/feed/following").expect(200)
            return feed["items"]?.array?.contains { $0["id"]?.string == post } == true
        }
        let followers = try star.insist("GET", "/v1/users/\(star.username)/followers").expect(200)
        try requireEqual(followers["items"]?[0]?["user"]?["username"]?.string, fan.username, "the follower")

        let foe = try stage.person("foe")
        try foe.insist("GET", "/v1/posts/\(post)").expect(200)
        try star.insist("PUT", "/v1/users/\(foe.username)/block").expect(204)
        try stage.eventually("who is blocked can neither see nor vote", within: 10) {
            try foe.send("GET", "/v1/posts/\(post)").status == 404
                && foe.send("PUT", "/v1/posts/\(post)/vote").status == 404
        }
        try star.insist("DELETE", "/v1/users/\(foe.username)/block").expect(204)
        try stage.eventually("who is no longer blocked sees and votes", within: 10) {
            try foe.send("GET", "/v1/posts/\(post)").status == 200
                && foe.send("PUT", "/v1/posts/\(post)/vote").status == 200
        }
        let mute = try fan.insist("PUT", "/v1/users/\(star.username)/mute")
        try mute.expect(204)
        let gone = try fan.insist("DELETE", "/v1/users/\(star.username)/follow").expect(200)
        try requireEqual(gone["following"]?.bool, false, "following")
    }
}
