/// Contenders measured in turns, so that what the machine does meanwhile hits all alike.
struct Interleaved {
    struct Contender {
        let name: String
        let process: ChildProcess
        /// Works for a while and says how many operations that were.
        let work: () throws -> Int
    }

    let contenders: [Contender]
    let rounds: Int

    /// Processor time per operation in microseconds, for each contender by round. The first round only warms up.
    func run() throws -> [[Double]] {
        var figures = [[Double]](repeating: [], count: contenders.count)
        for round in 0...rounds {
            for (index, contender) in contenders.enumerated() {
                let before = contender.process.processorNanoseconds
                let operations = try contender.work()
                let used = Double(contender.process.processorNanoseconds - before) / 1000
                if round > 0 { figures[index].append(used / Double(max(1, operations))) }
            }
        }
        return figures
    }

    /// The first contender beside each of the others.
    func findings(name: String, unit: String, limits: [Double?]) throws -> [Finding] {
        let figures = try run()
        let ours = figures[0]
        return contenders.indices.dropFirst().map { index in
            let ratios = zip(ours, figures[index]).map { $0 / $1 }
            return Finding(
                name: name, figure: ours.median, unit: unit,
                peer: "\(contenders[index].name) (\((figures[index].median * 10).rounded() / 10))",
                ratio: ratios.median, spread: ours.spread, limit: limits[index - 1])
        }
    }
}
