/// A place in a list by time: an item's time, and its id among those of the same millisecond.
package struct TimePlace<Tag>: Equatable, Sendable {
    package let time: Instant
    package let id: Tagged<Tag>

    package init(time: Instant, id: Tagged<Tag>) {
        self.time = time
        self.id = id
    }
}
