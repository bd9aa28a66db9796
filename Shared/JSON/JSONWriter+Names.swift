extension JSONWriter {
    // The same members for names that are known only at run time.

    @_disfavoredOverload
    package mutating func object(_ name: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        key(escaping: name)
        try object(body)
    }

    @_disfavoredOverload
    package mutating func array(_ name: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        key(escaping: name)
        try array(body)
    }

    @_disfavoredOverload
    package mutating func field(_ name: String, _ value: some JSONWritable) {
        key(escaping: name)
        value.write(to: &self)
    }

    @_disfavoredOverload
    package mutating func fieldIfPresent(_ name: String, _ value: (some JSONWritable)?) {
        if let value { field(name, value) }
    }

    @_disfavoredOverload
    package mutating func rawField(_ name: String, _ json: some Collection<UInt8>) {
        key(escaping: name)
        raw(json)
    }
}
