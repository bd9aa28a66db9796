import Security

/// The Merkle tree hash of RFC 6962, section 2.1, over leaves that come one after the other.
///
/// A leaf is hashed behind a zero byte and a node behind a one, so that neither can pass for the other. Only the roots of
/// the complete subtrees so far are kept: as many as the number of leaves has ones in binary.
package struct MerkleTree: Sendable {
    private var subtrees: [(hash: [UInt8], leaves: Int)] = []
    package private(set) var count = 0

    package init() {}

    package mutating func append(_ leaf: [UInt8]) {
        count += 1
        var (hash, leaves) = (SHA256.hash([0] + leaf), 1)
        while let last = subtrees.last, last.leaves == leaves {
            hash = Self.node(last.hash, hash)
            leaves *= 2
            subtrees.removeLast()
        }
        subtrees.append((hash, leaves))
    }

    /// Of no leaves at all: the hash of nothing.
    package var root: [UInt8] {
        guard var root = subtrees.last?.hash else { return SHA256.hash([UInt8]()) }
        for subtree in subtrees.dropLast().reversed() { root = Self.node(subtree.hash, root) }
        return root
    }

    package static func root(of leaves: [[UInt8]]) -> [UInt8] {
        var tree = MerkleTree()
        for leaf in leaves { tree.append(leaf) }
        return tree.root
    }

    private static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { SHA256.hash([1] + left + right) }
}
