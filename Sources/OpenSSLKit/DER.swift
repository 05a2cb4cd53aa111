import COpenSSL

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

/// A memory BIO that frees itself. Secrets in it are wiped by OpenSSL when it goes.
struct MemoryBIO: ~Copyable {
    let pointer: OpaquePointer

    init() throws(OpenSSLError) { pointer = try required(BIO_new(BIO_s_secmem()), "reserve memory") }

    deinit { BIO_free(pointer) }

    /// Lends what was written so far.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var start: UnsafeMutablePointer<CChar>?
        let count = cossl_bio_bytes(pointer, &start)
        return body(UnsafeRawBufferPointer(start: start, count: max(0, count)))
    }
}
