import CLua

@testable import RedisClient

/// Runs the services' own Lua scripts on a `MemoryRedis`, as redis-server does: KEYS, ARGV and `redis.call`.
final class ScriptEngine {
    private let lua: OpaquePointer
    private var loaded: [String: Int32] = [:]
    private let redis: MemoryRedis

    init(_ redis: MemoryRedis) {
        self.redis = redis
        guard let state = luaL_newstate() else { preconditionFailure("no memory for Lua") }
        lua = state
        luaL_openlibs(lua)
        lua_createtable(lua, 0, 1)
        lua_pushlightuserdata(lua, Unmanaged.passUnretained(redis).toOpaque())
        lua_pushcclosure(lua, Self.call, 1)
        lua_setfield(lua, -2, "call")
        lua_setfield(lua, LUA_GLOBALSINDEX, "redis")
    }

    deinit { lua_close(lua) }

    func run(_ name: String, _ source: [UInt8], keys: [RedisKey], arguments: [RedisArgument]) -> RedisReply {
        run(name, source, keys: keys.map { Array($0.text.utf8) }, arguments: arguments.map(\.utf8))
    }

    /// - Parameter call: the very bytes that a server would get.
    func run(_ name: String, _ source: [UInt8], _ call: RedisCommand) -> RedisReply {
        let words = call.words
        let keys = Int(String(decoding: words[2], as: UTF8.self)) ?? 0
        return run(name, source, keys: Array(words[3..<(3 + keys)]), arguments: Array(words[(3 + keys)...]))
    }

    /// - Parameter source: of the script; loaded once.
    private func run(_ name: String, _ source: [UInt8], keys: [[UInt8]], arguments: [[UInt8]]) -> RedisReply {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, load(name, source))
        set("KEYS", keys)
        set("ARGV", arguments)
        guard lua_pcall(lua, 0, 1, 0) == 0 else {
            preconditionFailure("\(name): \(Self.text(lua, -1))")
        }
        defer { lua_settop(lua, 0) }
        return reply(at: -1)
    }

    private func load(_ name: String, _ source: [UInt8]) -> Int32 {
        if let reference = loaded[name] { return reference }
        let code = source.withUnsafeBytes {
            luaL_loadbuffer(lua, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, name)
        }
        precondition(code == 0, "\(name) cannot be loaded")
        let reference = luaL_ref(lua, LUA_REGISTRYINDEX)
        loaded[name] = reference
        return reference
    }

    private func set(_ name: String, _ values: [[UInt8]]) {
        lua_createtable(lua, Int32(values.count), 0)
        for (index, value) in values.enumerated() {
            Self.push(lua, value)
            lua_rawseti(lua, -2, Int32(index + 1))
        }
        lua_setfield(lua, LUA_GLOBALSINDEX, name)
    }

    private func reply(at index: Int32) -> RedisReply {
        switch lua_type(lua, index) {
        case LUA_TNUMBER: return .integer(Int64(lua_tonumber(lua, index)))
        case LUA_TSTRING: return .string(Array(Self.text(lua, index).utf8))
        case LUA_TTABLE:
            var elements: [RedisReply] = []
            for position in 1...max(1, Int32(lua_objlen(lua, index))) where lua_objlen(lua, index) > 0 {
                lua_rawgeti(lua, index, position)
                elements.append(reply(at: -1))
                lua_settop(lua, -2)
            }
            return .array(elements)
        default: return .null
        }
    }

    // MARK: redis.call

    private static let call: lua_CFunction = { lua in
        guard let lua, let pointer = lua_touserdata(lua, LUA_GLOBALSINDEX - 1) else { return 0 }
        let redis = Unmanaged<MemoryRedis>.fromOpaque(pointer).takeUnretainedValue()
        let words = (1...lua_gettop(lua)).map { ScriptEngine.text(lua, $0) }
        ScriptEngine.push(lua, redis.perform(words))
        return 1
    }

    private static func push(_ lua: OpaquePointer, _ reply: RedisReply) {
        switch reply {
        case .integer(let number): lua_pushnumber(lua, Double(number))
        case .string(let bytes): push(lua, bytes)
        case .array(let elements):
            lua_createtable(lua, Int32(elements.count), 0)
            for (index, element) in elements.enumerated() {
                push(lua, element)
                lua_rawseti(lua, -2, Int32(index + 1))
            }
        default: lua_pushboolean(lua, 0)
        }
    }

    private static func push(_ lua: OpaquePointer, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { lua_pushlstring(lua, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }

    private static func text(_ lua: OpaquePointer, _ index: Int32) -> String {
        var length = 0
        guard let start = lua_tolstring(lua, index, &length) else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
}
