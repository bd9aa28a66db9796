import BSON
import CMicrohttpd
import Glibc
import Telemetry

extension Exchange: RequestSource {
    var path: String { target.map { String(cString: $0) } ?? "" }

    var logger: Logger { listener.logger }

    func header(_ name: String) -> String? { value(name, .HEADER_KIND) }

    func headerBytes(_ name: String) -> [UInt8]? { bytes(name, .HEADER_KIND) { Array($0) } }

    func query(_ name: String) -> String? { hasQuery ? value(name, .GET_ARGUMENT_KIND) : nil }

    private func value(_ name: String, _ kind: MHD_ValueKind) -> String? {
        bytes(name, kind) { String(decoding: $0, as: UTF8.self) }
    }

    private func bytes<Result>(
        _ name: String, _ kind: MHD_ValueKind, _ read: (UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        guard let handle else { return nil }
        return name.withCString { key in
            var value: UnsafePointer<CChar>?
            var length = 0
            let found = MHD_lookup_connection_value_n(handle, kind, key, name.utf8.count, &value, &length)
            guard found == .YES else { return nil }
            // A parameter without a value, as in `?verbose`, is there and is empty.
            guard let value else {
                return kind == .GET_ARGUMENT_KIND ? read(UnsafeRawBufferPointer(start: nil, count: 0)) : nil
            }
            return read(UnsafeRawBufferPointer(start: value, count: length))
        }
    }

    func lendHeader(_ name: StaticString, to body: (Swift.Span<UInt8>) -> Void) -> Bool {
        guard let handle else { return false }
        return name.withUTF8Buffer { key in
            key.withMemoryRebound(to: CChar.self) { key in
                var value: UnsafePointer<CChar>?
                var length = 0
                let found = MHD_lookup_connection_value_n(
                    handle, .HEADER_KIND, key.baseAddress, key.count, &value, &length)
                guard found == .YES, let value else { return false }
                value.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
                    body(UnsafeBufferPointer(start: bytes, count: length).span)
                }
                return true
            }
        }
    }

    func soleAddress(in name: StaticString) -> SoleAddress {
        guard let handle else { return .absent }
        return name.withUTF8Buffer { key in
            key.withMemoryRebound(to: CChar.self) { key in
                var (value, length): (UnsafePointer<CChar>?, Int) = (nil, 0)
                switch cm_count_header(handle, key.baseAddress, key.count, &value, &length) {
                case 0: return .absent
                case 1:
                    guard let value else { return .other }
                    return value.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
                        IPAddress.dotted(UnsafeBufferPointer(start: bytes, count: length))
                            .map { .one(IPAddress(v4: $0)) } ?? .other
                    }
                default: return .other
                }
            }
        }
    }

    func pathText(_ place: Range<Int>) -> String {
        pathBytes(place) { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func pathID(_ place: Range<Int>) -> ObjectID? { pathBytes(place) { ObjectID(hexDigits: $0.span) } ?? nil }

    /// - Parameter place: in the path, as the router found it.
    private func pathBytes<Result>(_ place: Range<Int>, _ read: (UnsafeBufferPointer<UInt8>) -> Result) -> Result? {
        target?.withMemoryRebound(to: UInt8.self, capacity: place.upperBound) { path in
            read(UnsafeBufferPointer(start: path + place.lowerBound, count: place.count))
        }
    }

    func headers(_ name: String) -> [String] {
        guard let handle else { return [] }
        var found = HeaderSearch(name: name)
        withUnsafeMutablePointer(to: &found) { found in
            _ = MHD_get_connection_values_n(
                handle, .HEADER_KIND,
                { context, _, name, nameLength, value, valueLength in
                    guard let context, let name, let value else { return .YES }
                    context.assumingMemoryBound(to: HeaderSearch.self).pointee
                        .see(
                            UnsafeRawBufferPointer(start: name, count: nameLength),
                            UnsafeRawBufferPointer(start: value, count: valueLength))
                    return .YES
                }, UnsafeMutableRawPointer(found))
        }
        return found.values
    }
}

private struct HeaderSearch {
    private let name: String
    private let length: Int
    private(set) var values: [String] = []

    init(name: String) {
        self.name = name
        length = name.utf8.count
    }

    mutating func see(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        guard name.count == length, let start = name.baseAddress,
            self.name.withCString({ strncasecmp(start.assumingMemoryBound(to: CChar.self), $0, length) }) == 0
        else { return }
        values.append(String(decoding: value, as: UTF8.self))
    }
}
