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
