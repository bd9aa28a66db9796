import DocstoreEngine

/// libFuzzer's entry: every input goes through the parsers of messages and of BSON, as bytes off the wire do.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    DocstoreFuzzing.parse(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}
