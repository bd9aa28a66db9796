import RedisClient
import Testing

@testable import Events

@Suite struct StreamTurnsTests {
    private let streams = (0..<8).map { RedisKey("s\($0)") }

    @Test func `without a backlog all streams are asked for little, and waited for`() {
        var turns = StreamTurns(streams, batch: 400, atOnce: 2)
        for _ in 0..<3 {
            let reads = turns.next()
            #expect(reads == [.init(streams: streams, count: 100, mayWait: true)])
            turns.note([(streams[1], 99), (streams[5], 1)], of: reads[0])
        }
    }

    @Test func `a backlog is read a few streams at a time, each in its turn, and the others meanwhile`() {
        var turns = StreamTurns(streams, batch: 400, atOnce: 2)
        turns.note([(streams[0], 100), (streams[3], 100), (streams[4], 7), (streams[6], 100)], of: turns.next()[0])
        let first = turns.next()
        let others = [1, 2, 4, 5, 7].map { streams[$0] }
        #expect(
            first == [
                .init(streams: [streams[0], streams[3]], count: 400, mayWait: false),
                .init(streams: others, count: 100, mayWait: false),
            ])
        turns.note([(streams[0], 400), (streams[3], 12)], of: first[0])
        turns.note([], of: first[1])
        let second = turns.next()
        #expect(second[0] == .init(streams: [streams[6], streams[0]], count: 400, mayWait: false))
        #expect(second[1].streams == [1, 2, 3, 4, 5, 7].map { streams[$0] })
        for read in second { turns.note([], of: read) }
        #expect(turns.next() == [.init(streams: streams, count: 100, mayWait: true)])
    }

    @Test func `no stream waits for ever while all have a backlog`() {
        var turns = StreamTurns(streams, batch: 400, atOnce: 3)
        turns.note(streams.map { ($0, 150) }, of: turns.next()[0])
        var asked: [RedisKey: Int] = [:]
        for _ in 0..<8 {
            for read in turns.next() {
                #expect(!read.mayWait)
                for stream in read.streams { asked[stream, default: 0] += 1 }
                turns.note(read.streams.map { ($0, read.count) }, of: read)
            }
        }
        #expect(streams.allSatisfy { asked[$0] == 3 })
    }

    @Test func `a reader that takes everything at once always asks all streams for whole batches`() {
        var turns = StreamTurns(streams, batch: 100, atOnce: nil)
        for _ in 0..<2 {
            let reads = turns.next()
            #expect(reads == [.init(streams: streams, count: 100, mayWait: true)])
            turns.note(streams.map { ($0, 100) }, of: reads[0])
        }
    }

    @Test func `entries that hold several things are counted by what those before held`() {
        var turns = StreamTurns(streams, batch: 400, atOnce: 2, held: 16)
        let first = turns.next()[0]
        #expect(first.count == 6 && turns.entriesOfABatch == 25)
        turns.note([(streams[0], 6), (streams[1], 6)], holding: 39, of: first)
        let second = turns.next()
        #expect(second.map(\.count) == [100, 25] && turns.entriesOfABatch == 100)
        turns.note([], holding: 0, of: second[0])
        turns.note([(streams[2], 3)], holding: 3, of: second[1])
        #expect(turns.next()[0].count == 100 && turns.entriesOfABatch == 400)
    }
}
