import COpenSSL
public import FoundationEssentials

/// A certificate revocation list (RFC 5280 §5). It never changes.
///
/// Sound to share: an X509_CRL is only read after it was made, and OpenSSL locks what it caches in it.
public final class RevocationList: @unchecked Sendable, Hashable {
    /// One certificate that is no longer good.
    public struct Entry: Sendable, Hashable {
        public let serialNumber: SerialNumber
        public let revokedAt: Date
        /// CRLReason (RFC 5280 §5.3.1); nil writes none, which stands for "unspecified".
        public let reason: Int?

        public init(serialNumber: SerialNumber, revokedAt: Date, reason: Int?) {
            self.serialNumber = serialNumber
            self.revokedAt = revokedAt
            self.reason = reason
        }
    }

    let pointer: OpaquePointer
    /// The whole list, DER.
    public let der: [UInt8]

    public init(der: [UInt8]) throws(OpenSSLError) {
        pointer = try decodeStrictDER(
            der, "read the revocation list", { d2i_X509_CRL(nil, $0, $1) }, { i2d_X509_CRL($0, $1) },
            free: { X509_CRL_free($0) })
        self.der = der
    }

    /// Makes and signs a list of version 2 with a number and the issuer's key identifier (RFC 5280 §5.2).
    public convenience init(
        issuer: Certificate, key: PrivateKey, number: Int64, thisUpdate: Date, nextUpdate: Date,
        entries: some Sequence<Entry>
    ) throws(OpenSSLError) {
        let builder = try RevocationListBuilder(
            issuer: issuer, key: key, number: number, thisUpdate: thisUpdate, nextUpdate: nextUpdate)
        var encoded: [UInt8] = []
        for entry in entries { entry.encode(into: &encoded) }
        let frame: RevocationListBuilder.Frame
        do {
            frame = try builder.sign(byteCount: encoded.count) { $0(encoded) }
        } catch {
            throw error as? OpenSSLError ?? OpenSSLError("sign the revocation list", detail: "\(error)")
        }
        // What is checked from here on was read from the very bytes that will be published.
        try self.init(der: frame.head + encoded + frame.tail)
    }

    deinit { X509_CRL_free(pointer) }

    /// The lists of a PEM file, in its order. Other blocks in it are passed over.
    public static func all(pem: [UInt8]) throws(OpenSSLError) -> [RevocationList] {
        var lists: [RevocationList] = []
        for block in try PEMBlock.blocks(in: pem) where block.label == "X509 CRL" {
            lists.append(try RevocationList(der: block.bytes))
        }
        return lists
    }

    /// The lists of a file in PEM, or the one of a file in DER.
    public static func all(in bytes: [UInt8]) throws(OpenSSLError) -> [RevocationList] {
        PEMBlock.isDER(bytes) ? [try RevocationList(der: bytes)] : try all(pem: bytes)
    }

    public var pem: String { PEMBlock(label: "X509 CRL", bytes: der).text }

    public static func == (one: RevocationList, other: RevocationList) -> Bool { one.der == other.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}
