import Domain

/// Days of the game in memory, by the rules that the workers run: who comes, who votes, what is earned and spent.
///
/// People differ in how often they come and in how good they are (Pareto's distribution), and strive for one product
/// after the other. What it is for is comparing configurations, not foretelling numbers.
struct EconomySimulation {
    struct Settings: Equatable, Sendable {
        var days = 90
        var people = 1_000
        var seed: UInt64 = 1
        /// Of the people at the start, how many join each day.
        var growth = 0.01
        /// Votes that somebody who comes casts on a day.
        var votesPerVisit = 15
        /// How likely somebody who can pay for what they want buys it on a day.
        var thrift = 0.5
    }

    struct Day: Equatable, Sendable {
        var number = 0
        var people = 0
        var visitors = 0
        var minted: Int64 = 0
        var promoted: Int64 = 0
        var burned: Int64 = 0
        /// Gems that a cap or the budget has put off, at the day's end.
        var deferred: Int64 = 0
        var supply: Int64 = 0
        /// Spent in the last seven days by the supply.
        var velocity = 0.0
        /// Gini's coefficient of balances: 0 all alike, 1 one has all.
        var gini = 0.0
    }

    private struct Person {
        var habit: Double
        var talent: Double
        var joinedOn: Int
        var referrer: Int?
        var balance: Int64 = 0
        var votes: Int64 = 0
        var paidGems: Int64 = 0
        var streak = Streak()
        var visits = 0
        var doubledUntil = -1
        var owned = 0
        var bonuses: Int64 = 0
        var earnedToday: Int64 = 0
    }

    let economy: EconomyConfiguration
    let prices: [Int64]
    private var settings: Settings
    private var numbers: SeededNumbers
    private var people: [Person] = []
    private var budget: Int64 = 0
    private var spent: [Int64] = []

    /// - Parameter prices: of what people buy, one after the other, the last of them again and again.
    init(economy: EconomyConfiguration, prices: [Int64], settings: Settings) {
        self.economy = economy
        self.prices = prices
        self.settings = settings
        numbers = SeededNumbers(seed: settings.seed)
    }

    mutating func run() -> [Day] {
        for _ in 0..<settings.people { join(on: 0) }
        return (0..<settings.days).map { play($0) }
    }

    private mutating func join(on day: Int) {
        let referrer = people.isEmpty || !numbers.chance(0.2) ? nil : Int.random(in: 0..<people.count, using: &numbers)
        people.append(
            Person(
                habit: 0.1 + 0.8 * numbers.fraction(), talent: numbers.pareto(shape: 1.3), joinedOn: day,
                referrer: referrer))
    }

    private mutating func play(_ number: Int) -> Day {
        var day = Day(number: number + 1)
        budget = economy.dailyEmissionInAll
        for _ in 0..<Int(Double(settings.people) * settings.growth) where number > 0 { join(on: number) }
        for index in people.indices { people[index].earnedToday = 0 }
        // What waited since yesterday is paid first.
        for index in people.indices { settle(index, on: number, &day) }
        let visitors = people.indices.filter { _ in true }.filter { visits($0, on: number) }
        for index in visitors { greet(index, on: number, &day) }
        vote(visitors)
        for index in people.indices { settle(index, on: number, &day) }
        for index in visitors { spend(index, &day) }
        close(&day, visitors.count)
        return day
    }

    private mutating func visits(_ index: Int, on day: Int) -> Bool {
        // Whoever stays away for long comes back less and less.
        numbers.chance(people[index].habit * (people[index].joinedOn == day ? 2 : 1))
    }

    private mutating func greet(_ index: Int, on day: Int, _ figures: inout Day) {
        let noon = Instant(milliseconds: (Int64(day) * 24 + 12) * 3_600_000)
        people[index].visits += 1
        let rules = StreakRules(economy: economy)
        if let step = rules.step(people[index].streak, activeAt: noon, utcOffset: .zero) {
            people[index].streak = step.streak
            for award in step.awards {
                switch award {
                case .dailyLogin(let gems), .week(let gems), .month(let gems): people[index].bonuses += gems.count
                }
            }
        }
        if let referrer = people[index].referrer, people[index].visits == economy.referralActiveDays,
            day - people[index].joinedOn <= economy.referralDeadlineDays
        {
            people[referrer].bonuses += economy.referralGems
            let windowDays = max(1, economy.referralMultiplierHours / 24)
            people[referrer].doubledUntil = day + windowDays - 1
            people[index].doubledUntil = day + windowDays - 1
        }
    }

    /// Votes go to people by their talent.
    private mutating func vote(_ visitors: [Int]) {
        var sums: [Double] = []
        var sum = 0.0
        for person in people {
            sum += person.talent
            sums.append(sum)
        }
        let votes = min(settings.votesPerVisit, economy.votesPerDay[.free])
        for visitor in visitors {
            for _ in 0..<votes {
                let author = Self.place(of: numbers.fraction() * sum, in: sums)
                if author != visitor { people[author].votes += 1 }
            }
        }
    }

    private static func place(of value: Double, in sums: [Double]) -> Int {
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func settle(_ index: Int, on day: Int, _ figures: inout Day) {
        let bonus = min(people[index].bonuses, room(of: index))
        take(bonus, for: index)
        people[index].bonuses -= bonus
        figures.promoted += bonus
        let due = VoteGems(votesPerGem: economy.votesPerGem).due(atVotes: people[index].votes)
        let multiplier = people[index].doubledUntil >= day ? economy.referralMultiplier : 1
        let worth = Gems(1).multiplied(by: multiplier).count
        while people[index].paidGems < due, room(of: index) >= worth {
            take(worth, for: index)
            people[index].paidGems += 1
            figures.minted += worth
        }
    }

    private func room(of index: Int) -> Int64 {
        max(0, min(budget, economy.dailyEmissionPerPerson - people[index].earnedToday))
    }

    private mutating func take(_ gems: Int64, for index: Int) {
        budget -= gems
        people[index].earnedToday += gems
        people[index].balance += gems
    }

    private mutating func spend(_ index: Int, _ figures: inout Day) {
        while !prices.isEmpty {
            let price = prices[min(people[index].owned, prices.count - 1)]
            guard people[index].balance >= price, numbers.chance(settings.thrift) else { return }
            people[index].balance -= price
            people[index].owned += 1
            figures.burned += price
        }
    }

    private mutating func close(_ day: inout Day, _ visitors: Int) {
        let rules = VoteGems(votesPerGem: economy.votesPerGem)
        day.people = people.count
        day.visitors = visitors
        day.supply = people.reduce(0) { $0 + $1.balance }
        day.deferred = people.reduce(0) { $0 + $1.bonuses + rules.due(atVotes: $1.votes) - $1.paidGems }
        spent.append(day.burned)
        let week = spent.suffix(7).reduce(0, +)
        day.velocity = day.supply > 0 ? Double(week) / Double(day.supply) : 0
        day.gini = Self.gini(people.map(\.balance))
    }

    /// Gini's coefficient of amounts that are not negative; 0 where nobody has anything.
    static func gini(_ amounts: [Int64]) -> Double {
        let sorted = amounts.sorted()
        let sum = sorted.reduce(0, +)
        guard sum > 0 else { return 0 }
        let weighted = sorted.enumerated().reduce(0.0) { $0 + Double($1.offset + 1) * Double($1.element) }
        let count = Double(sorted.count)
        return 2 * weighted / (count * Double(sum)) - (count + 1) / count
    }
}
