/// Contenders measured in turns, so that what the machine does meanwhile hits all alike.
struct Interleaved {
    struct Contender {
        let name: String
        let process: ChildProcess
        /// The store that works for the contender, where its processor time is wanted too.
        var store: ChildProcess?
        /// Works for a while and says how many operations that were.
        let work: () async throws -> Int
    }

    /// Processor time per operation of one round, in microseconds.
    struct Sample {
        let own: Double
        let store: Double
        var both: Double { own + store }
    }

    let contenders: [Contender]
    let rounds: Int

    /// A sample for each contender by round. The first round only warms up.
    func run() async throws -> [[Sample]] {
        var samples = [[Sample]](repeating: [], count: contenders.count)
        for round in 0...rounds {
            for (index, contender) in contenders.enumerated() {
                let (own, store) = (contender.process.processorNanoseconds, contender.store?.processorNanoseconds ?? 0)
                let operations = Double(max(1, try await contender.work()))
                let used = contender.process.processorNanoseconds - own
                let usedByStore = (contender.store?.processorNanoseconds ?? 0) - store
                guard round > 0 else { continue }
                samples[index].append(
                    Sample(own: Double(used) / operations / 1000, store: Double(usedByStore) / operations / 1000))
            }
        }
        return samples
    }

    /// The first contender beside each of the others.
    func findings(name: String, unit: String, limits: [Double?]) async throws -> [Finding] {
        let samples = try await run()
        return contenders.indices.dropFirst().map { index in
            Finding(
                name: name, unit: unit, ours: samples[0].map(\.own), peer: contenders[index].name,
                theirs: samples[index].map(\.own), limit: limits[index - 1])
        }
    }
}
