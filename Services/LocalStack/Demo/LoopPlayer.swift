internal import Glibc
internal import JSON

/// Plays the loop of the game through the gateway: register, paint, post, vote, earn, unlock, paint again.
package struct LoopPlayer: Sendable {
    package let port: Int
    package let crowd: Int
    /// Where copies of the pictures are put; nil for none.
    package let pictures: String?
    /// Seconds that a person thinks before a vote; crash tests stretch the voting by it.
    package let pace: Double
    package let say: @Sendable (String) -> Void
    /// Tells one round from another: names must be new each time.
    let round: String
    /// Another stretch of addresses in each round: whoever plays again and again on one stack is not taken for many accounts
    /// behind a few addresses, whose votes wait for review.
    private let firstAddress = UInt32.random(in: 0..<(1 << 17))

    package init(
        port: Int, crowd: Int = 36, pictures: String? = nil, pace: Double = 0,
        say: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.port = port
        self.crowd = crowd
        self.pictures = pictures
        self.pace = pace
        self.say = say
        var generator = SystemRandomNumberGenerator()
        round = String(UInt32.random(in: 0x10_0000 ... .max, using: &generator), radix: 36)
    }

    package struct Post: Sendable {
        package let id: String
        package let author: Person
        package let prompt: String
    }

    package struct Report: Sendable {
        package var people = 0
        package var posts: [Post] = []
        package var votes = 0
        package var gems: [(author: String, gems: Int)] = []
        package var buyer = ""
        package var unlockedPicture = ""
        package var seconds = 0.0
    }

    static let prompts = [
        "a quiet harbour at dawn, pink mist over the water", "a mountain village under the northern lights",
        "an autumn forest with a stream of golden leaves", "a desert caravan beneath two moons",
        "a city of glass towers in the evening rain", "a lighthouse in a winter storm",
        "a meadow of poppies and a distant windmill",
    ]

    package func play() throws -> Report {
        let started = Clock.monotonic
        var report = Report()
        let people = try register()
        report.people = people.count
        // The first painter posts twice, so that the votes of one round are enough to unlock a model.
        report.posts = try publish(by: people)
        report.votes = try vote(people, on: report.posts)
        report.gems = try settle(report.posts, voters: people.count - 1)
        (report.buyer, report.unlockedPicture) = try unlock(people[0])
        report.seconds = Clock.monotonic - started
        return report
    }

    /// One of the addresses for benchmarks (RFC 2544), by its number.
    static func address(_ number: UInt32) -> String {
        "198.\(18 + number >> 16 & 1).\(number >> 8 & 255).\(number & 255)"
    }

    package func register() throws -> [Person] {
        say("\(crowd) people register, each from an address of their own")
        let people = (0..<crowd).map { number in
            Person(
                username: "\(Self.names[number % Self.names.count])_\(round)_\(number)",
                address: Self.address(firstAddress &+ UInt32(number)), port: port)
        }
        try Parallel.map(people, width: 8) { try $0.register() }
        return people
    }

    private func publish(by people: [Person]) throws -> [Post] {
        // Who has a share of several prompts paints one after the other: a person has one connection.
        let shares = people.prefix(Self.prompts.count - 1).enumerated().map { number, author in
            (author: author, numbers: number == 0 ? [0, 1] : [number + 1])
        }
        say("\(Self.prompts.count) pictures are ordered from the model `sketch`")
        let posts = try Parallel.map(shares, width: 2) { share in
            try share.numbers.map { try paintAndPost(number: $0, by: share.author) }
        }.flatMap { $0 }
        guard let reader = people.last else { return posts }
        for post in posts { try reader.waitToSee(post.id) }
        say("\(posts.count) posts are scanned and approved")
        return posts
    }

    private func paintAndPost(number: Int, by author: Person) throws -> Post {
        let prompt = Self.prompts[number]
        let picture = try author.paint(prompt, key: "paint-\(round)-\(number)")
        let path = try keep(picture, as: "\(round)-\(number + 1)")
        say("  painted for \(author.username): \(path)")
        let tag = prompt.split(separator: " ")[2].filter(\.isLetter)
        let id = try author.post(picture, caption: prompt, tags: [String(tag)], key: "post-\(round)-\(number)")
        return Post(id: id, author: author, prompt: prompt)
    }

    private func vote(_ people: [Person], on posts: [Post]) throws -> Int {
        let counted = try Parallel.map(people, width: min(32, people.count)) { person in
            var counted = 0
            for post in posts where post.author.id != person.id {
                Clock.pause(seconds: pace)
                if try person.vote(for: post.id)["counted"]?.bool == true { counted += 1 }
            }
            return counted
        }.reduce(0, +)
        say("everybody votes for everything but their own: \(counted) votes")
        return counted
    }

    private func settle(_ posts: [Post], voters: Int) throws -> [(author: String, gems: Int)] {
        var gems: [(author: String, gems: Int)] = []
        var seen: Set<String> = []
        for author in posts.map(\.author) where seen.insert(author.id).inserted {
            let due = posts.filter { $0.author.id == author.id }.count * voters / 10
            try author.waitForGems(due)
            gems.append((author.username, due))
        }
        say("ten votes are a gem: \(gems.map(\.gems).reduce(0, +)) gems settled for \(gems.count) authors")
        return gems
    }

    private func unlock(_ buyer: Person) throws -> (String, String) {
        let product = try buyer.productUnlocking("sketch-plus")
        _ = try buyer.buy(product, key: "unlock-\(round)")
        let left = try buyer.balance()["balance"]?.int64 ?? 0
        say("\(buyer.username) unlocks `sketch-plus` with gems earned by votes; \(left) left")
        let picture = try buyer.paint(
            "a lantern festival on a lake, reflections, fireworks, a full moon", model: "sketch-plus",
            key: "plus-\(round)")
        let path = try keep(picture, as: "\(round)-plus")
        say("  and paints with it at once: \(path)")
        return (buyer.username, path)
    }

    /// Fetches a picture as a client would and keeps a copy to look at.
    private func keep(_ generation: JSONValue, as name: String) throws -> String {
        let address = try generation.text("imageUrl")
        let reply = try HTTPWire(port: port).request("GET", Self.path(of: address))
        guard reply.status == 200, reply.body.count > 1_000 else {
            throw StackError("GET \(address): \(reply.status) with \(reply.body.count) bytes, a picture expected")
        }
        guard let pictures else { return address }
        let kind = reply.header("Content-Type")?.split(separator: "/").last.map(String.init) ?? "png"
        let file = "\(pictures)/\(name).\(kind == "jpeg" ? "jpg" : kind)"
        try Files.createDirectory(pictures)
        try Files.write(reply.body, to: file)
        return file
    }

    /// The path of an absolute address, or the address itself where it is a path.
    package static func path(of address: String) -> String {
        guard address.contains("://") else { return address }
        let parts = address.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        return parts.count > 2 ? "/" + parts[2] : "/"
    }

    static let names = [
        "ada", "bela", "cleo", "dana", "emil", "fred", "gita", "hugo", "iris", "jona", "kira", "lars", "mina", "nils",
        "olga", "paul", "quin", "rosa", "sven", "tara", "ugo", "vera", "wim", "xenia", "yara", "zeno",
    ]
}
