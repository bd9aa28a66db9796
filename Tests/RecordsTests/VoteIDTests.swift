import BSON
import Domain
import Records
import Testing

@Suite struct VoteIDTests {
    private func post(_ second: UInt64, _ number: UInt32) -> PostID {
        PostID(ObjectID(high: second << 32 | 0xABCD, low: number))
    }

    private func voter(_ number: UInt32) -> UserID { UserID(ObjectID(high: 0x6543_2100_1122_3344, low: number)) }

    @Test func `a pair has the same id in every process and release`() throws {
        #expect(VoteRecord.id(post(0x6920_0000, 1), voter(1)).hex == "069200000c329bf4e4fca0fa")
        #expect(VoteRecord.id(post(0x6920_0000, 2), voter(1)).hex == "069200000884b11562e60fcd")
    }

    @Test func `pairs of neighbouring ids have ids of their own`() {
        var ids: Set<ObjectID> = []
        for second in 0..<UInt64(2) {
            for number in 0..<UInt32(250) {
                let post = post(0x6920_0000 + second, number)
                for person in 0..<UInt32(400) { ids.insert(VoteRecord.id(post, voter(person))) }
            }
        }
        #expect(ids.count == 200_000)
    }

    @Test func `ids of one partition's votes lie together, and those for posts of one second`() {
        var ids: [(id: ObjectID, partition: Int, second: UInt64)] = []
        for second in 0..<UInt64(20) {
            for person in 0..<UInt32(200) {
                let (post, voter) = (post(0x6920_0000 + second, person % 7), voter(person))
                ids.append((VoteRecord.id(post, voter), Partition(of: voter).number, second))
            }
        }
        let sorted = ids.sorted { $0.id < $1.id }
        #expect(sorted.map(\.partition) == ids.map(\.partition).sorted())
        for partition in 0..<Partition.count {
            let seconds = sorted.filter { $0.partition == partition }.map(\.second)
            #expect(seconds == seconds.sorted())
        }
    }
}
