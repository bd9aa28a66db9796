import BSON
import Testing

@testable import VotingService

@Suite struct LookupsTests {
    @Test func `no look-up names more ids than the database finds one by one, and each id is in one`() {
        #expect(MongoVotes.lookups(Set<ObjectID>()).isEmpty)
        for count in [1, 1000, 1001, 2000, 3500] {
            let ids = Set((0..<count).map { ObjectID(high: 1, low: UInt32($0)) })
            let lookups = MongoVotes.lookups(ids)
            #expect(lookups.count == (count + 999) / 1000)
            #expect(lookups.allSatisfy { $0.count <= 1000 })
            #expect(lookups.flatMap { $0 }.count == count && Set(lookups.flatMap { $0 }) == ids)
        }
    }
}
