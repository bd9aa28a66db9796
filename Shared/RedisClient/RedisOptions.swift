/// How a client behaves; the defaults suit a service.
package struct RedisOptions: Sendable {
    /// Time allowed for a command, its wait for a connection included.
    package var deadline: Duration = .seconds(2)
    /// Time allowed for reaching a server and greeting it.
    package var connectDeadline: Duration = .seconds(2)
    /// The longest pause between attempts to connect; pauses grow from 20 ms, with full jitter.
    package var longestPause: Duration = .seconds(2)
    /// While a server has been away for less than this, commands wait for it; after that they fail at once.
    package var patience: Duration = .seconds(1)
    /// Commands one connection holds before it refuses more.
    package var queueLimit = 100_000
    /// What `CLIENT LIST` shows.
    package var name = "circle"

    package init() {}
}
