import Domain
import Testing

@testable import GemsService

struct SimulationTests {
    private func days(
        _ economy: EconomyConfiguration = .standard, seed: UInt64 = 7, people: Int = 200
    ) -> [EconomySimulation.Day] {
        var simulation = EconomySimulation(
            economy: economy, prices: [3, 8, 15, 30, 50, 10],
            settings: .init(days: 30, people: people, seed: seed))
        return simulation.run()
    }

    @Test func `the same seed plays the same days, another plays others`() {
        #expect(days() == days())
        #expect(days() != days(seed: 8))
    }

    @Test func `what is there is what was emitted and not burned`() {
        var supply: Int64 = 0
        for day in days() {
            supply += day.minted + day.promoted - day.burned
            #expect(day.supply == supply)
            #expect((0...1).contains(day.gini) && day.velocity >= 0)
        }
    }

    @Test func `a smaller budget emits no more than it has, and puts off the rest`() {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionInAll = 50
        let days = days(economy)
        #expect(days.allSatisfy { $0.minted + $0.promoted <= 50 })
        #expect(days.last.map { $0.deferred > 1_000 } == true)
    }

    @Test func `Gini's coefficient is that of the textbook`() {
        #expect(EconomySimulation.gini([5, 5, 5, 5]) == 0)
        #expect(EconomySimulation.gini([0, 0, 0, 12]) == 0.75)
        #expect(abs(EconomySimulation.gini([1, 2, 3, 4]) - 0.25) < 1e-12)
        #expect(EconomySimulation.gini([]) == 0)
    }

    @Test func `an economy from a file changes what it names and refuses what nobody knows`() throws {
        let economy = try SimulateCommand.economy(
            from: Array(#"{"votesPerGem": 5, "votesPerDay": {"free": 10}, "fraud": {"threshold": 0.9}}"#.utf8))
        #expect(economy.votesPerGem == 5 && economy.votesPerDay.free == 10 && economy.votesPerDay.pro == 200)
        #expect(economy.fraud.threshold == 0.9 && economy.dailyLoginGems == 1)
        #expect(throws: (any Error).self) { try SimulateCommand.economy(from: Array(#"{"votesPerGems": 5}"#.utf8)) }
    }

    @Test func `the chart has a line for each figure`() {
        let svg = EconomyChart(days: days(people: 20)).svg
        #expect(svg.split(separator: "\n").count { $0.hasPrefix("<polyline") } == 5)
        #expect(!svg.contains("nan"))
    }
}
