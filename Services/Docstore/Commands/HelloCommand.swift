import BSON

/// `hello`, and `isMaster` as it was called before.
///
/// The topology is a replica set of one, since drivers allow sessions, retryable writes and transactions only there. The
/// member is named by the address the client itself used, so that it can be reached again.
struct HelloCommand: Command {
    static let name = "hello"
    static let aliases = ["isMaster", "ismaster"]
    static let options: Set<String> = []
    static let traits: CommandTraits = .ignoresUnknown
    static let setName = "docstore"

    private let isHello: Bool
    private let announcesHello: Bool
    private let application: String?
    private let isLoadBalanced: Bool

    init(_ request: CommandRequest) throws {
        isHello = request.name == Self.name
        announcesHello = request.body["helloOk"]?.isTruthy == true
        application = request.body.document("client")?.document("application")?.string("name")
        isLoadBalanced = request.body["loadBalanced"]?.isTruthy == true
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        if isLoadBalanced { throw CommandError(.badValue, "there is no load balancer here") }
        if let application { context.connection.applicationName = application }
        let me = BSONValue.string(context.connection.localAddress)
        var reply: BSONDocument = [isHello ? "isWritablePrimary" : "ismaster": true]
        if announcesHello { reply.append("helloOk", true) }
        let topology: BSONDocument = [
            "hosts": [me], "setName": .string(Self.setName), "setVersion": 1, "secondary": false, "primary": me,
            "me": me, "electionId": .objectID(Self.electionID),
            "maxBsonObjectSize": .int32(Int32(InsertedDocument.maximumSize)),
            "maxMessageSizeBytes": .int32(Int32(MessageHeader.maximumMessageLength)), "maxWriteBatchSize": 100_000,
            "localTime": .date(Clock.wall), "logicalSessionTimeoutMinutes": .int32(Int32(SessionTable.timeoutMinutes)),
            "connectionId": .int32(context.connection.id), "minWireVersion": 0, "maxWireVersion": 13,
            "readOnly": false,
        ]
        for element in topology.elements { reply.append(element.key, element.value) }
        return .document(reply)
    }

    private static let electionID = ObjectID(hex: "7fffffff0000000000000001") ?? ObjectID()
}

/// `ping`
struct PingCommand: Command {
    static let name = "ping"
    static let options: Set<String> = []

    init(_ request: CommandRequest) {}
    func run(_ context: CommandContext) -> CommandReply { .done }
}
