import COpenSSL

/// Bytes that nobody else may see: a passphrase or a private key. They are wiped when the last reference goes.
///
/// They are never printed: the description gives their number only.
///
/// Sound to share: the buffer is written only in the initialisers, before anyone else has a reference.
public final class SecretBytes: @unchecked Sendable, CustomStringConvertible {
    private let storage: UnsafeMutableRawBufferPointer

    /// Copies `bytes`. Wipe the original with ``wipe(_:)`` where it was made for this purpose only.
    public init(_ bytes: some Collection<UInt8>) {
        storage = .allocate(byteCount: bytes.count, alignment: 1)
        storage.copyBytes(from: bytes)
    }

    /// Reserves `capacity` bytes, lets `fill` write into them and keeps as many as it says.
    public init<Failure: Error>(
        capacity: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
        do {
            let count = try fill(buffer)
            storage = .allocate(byteCount: count, alignment: 1)
            storage.copyBytes(from: buffer[..<count])
        } catch {
            OPENSSL_cleanse(buffer.baseAddress, capacity)
            buffer.deallocate()
            throw error
        }
        OPENSSL_cleanse(buffer.baseAddress, capacity)
        buffer.deallocate()
    }

    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
    }

    public var count: Int { storage.count }
    public var isEmpty: Bool { storage.isEmpty }
    public var description: String { "\(count) secret bytes" }

    /// Lends the bytes for the time of a call.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    /// Overwrites an array with zeros in a way that the compiler does not remove.
    public static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    /// Whether both hold the same bytes, in a time that depends on their number only.
    public static func == (one: SecretBytes, other: SecretBytes) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one.storage.baseAddress, other.storage.baseAddress, one.count) == 0
    }
}
