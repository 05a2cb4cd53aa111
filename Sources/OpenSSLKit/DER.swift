import COpenSSL
import FoundationEssentials

/// DER by hand (X.690), where OpenSSL would want the whole object in memory.
enum DER {
    /// Tag and length of what follows.
    static func header(_ tag: UInt8, length: Int) -> [UInt8] {
        if length < 0x80 { return [tag, UInt8(length)] }
        let bytes = (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }.drop { $0 == 0 }
        return [tag, 0x80 | UInt8(bytes.count)] + bytes
    }

    /// One element, with tag and length.
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { header(tag, length: content.count) + content }

    /// A time in whole seconds, as UTCTime until 2049 and GeneralizedTime from then on (RFC 5280 §5.1.2.4).
    struct Time {
        private let year: Int
        private let rest: (month: Int, day: Int, hour: Int, minute: Int, second: Int)

        /// - Parameter seconds: since 1970.
        init(seconds: Int) {
            let second = ((seconds % 86_400) + 86_400) % 86_400
            // Days since 1 March of the year 0, counted in eras of 400 years: leap days come last in each year.
            let days = (seconds - second) / 86_400 + 719_468
            let era = (days >= 0 ? days : days - 146_096) / 146_097
            let dayOfEra = days - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shifted = (5 * dayOfYear + 2) / 153
            let month = shifted < 10 ? shifted + 3 : shifted - 9
            year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
            rest = (
                month, dayOfYear - (153 * shifted + 2) / 5 + 1, second / 3_600, second / 60 % 60, second % 60
            )
        }

        private var isShort: Bool { (1950..<2050).contains(year) }
        /// Of the content.
        var count: Int { isShort ? 13 : 15 }

        func append(to bytes: inout [UInt8]) {
            bytes.append(isShort ? 0x17 : 0x18)
            bytes.append(UInt8(count))
            if !isShort { Self.append(year / 100, to: &bytes) }
            Self.append(year % 100, to: &bytes)
            Self.append(rest.month, to: &bytes)
            Self.append(rest.day, to: &bytes)
            Self.append(rest.hour, to: &bytes)
            Self.append(rest.minute, to: &bytes)
            Self.append(rest.second, to: &bytes)
            bytes.append(UInt8(ascii: "Z"))
        }

        private static func append(_ number: Int, to bytes: inout [UInt8]) {
            bytes.append(UInt8(ascii: "0") + UInt8(number / 10))
            bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
        }
    }
}

/// Calls an `i2d` function: measures, then writes into an array of just that size.
func encodeDER(
    _ operation: String, _ i2d: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
) throws(OpenSSLError) -> [UInt8] {
    let count = i2d(nil)
    try succeed(count, operation)
    var written: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
        var cursor = buffer.baseAddress
        written = i2d(&cursor)
        filled = max(0, Int(written))
    }
    guard written == count else { throw OpenSSLError(draining: operation) }
    return bytes
}

/// Calls a `d2i` function and demands that it used every byte: what follows a DER object is not part of it.
func decodeDER<Pointer>(
    _ bytes: [UInt8], _ operation: String,
    _ d2i: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> Pointer?,
    free: (Pointer) -> Void
) throws(OpenSSLError) -> Pointer {
    ERR_clear_error()
    var used = 0
    let pointer = bytes.withUnsafeBufferPointer { buffer in
        var cursor = buffer.baseAddress
        let pointer = d2i(&cursor, buffer.count)
        if let start = buffer.baseAddress, let cursor { used = cursor - start }
        return pointer
    }
    guard let pointer else { throw OpenSSLError(draining: operation) }
    guard used == bytes.count else {
        free(pointer)
        throw OpenSSLError(operation, detail: "\(bytes.count - used) bytes follow the end of it")
    }
    return pointer
}

/// The same, and what comes out has to encode to the same bytes: OpenSSL takes BER from outside, and the signature covers
/// only what is inside.
func decodeStrictDER(
    _ bytes: [UInt8], _ operation: String,
    _ d2i: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> OpaquePointer?,
    _ i2d: (OpaquePointer, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32,
    free: (OpaquePointer) -> Void
) throws(OpenSSLError) -> OpaquePointer {
    let pointer = try decodeDER(bytes, operation, d2i, free: free)
    do throws(OpenSSLError) {
        guard try encodeDER(operation, { i2d(pointer, $0) }) == bytes else {
            throw OpenSSLError(operation, detail: "it is not encoded in DER")
        }
        return pointer
    } catch {
        free(pointer)
        throw error
    }
}

/// Lends bytes to OpenSSL as a file to be read: they stay where they are until `body` returns.
func withMemoryBIO<Result>(
    _ bytes: [UInt8], _ body: (OpaquePointer) throws(OpenSSLError) -> Result
) throws(OpenSSLError) -> Result {
    ERR_clear_error()
    return try bytes.span.bytes.withUnsafeBytes { (buffer) throws(OpenSSLError) in
        // An empty array has no address, and OpenSSL wants one.
        let bio = try withUnsafePointer(to: 0) { (nothing) throws(OpenSSLError) in
            try required(
                BIO_new_mem_buf(buffer.baseAddress ?? UnsafeRawPointer(nothing), Int32(clamping: buffer.count)),
                "read from memory")
        }
        defer { BIO_free(bio) }
        return try body(bio)
    }
}
