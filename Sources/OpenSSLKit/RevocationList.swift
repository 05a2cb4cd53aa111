import COpenSSL
public import FoundationEssentials

/// A certificate revocation list (RFC 5280 §5). It never changes.
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

    // Sound to share: an X509_CRL is only read after it was made, and OpenSSL locks what it caches in it.
    let pointer: OpaquePointer
    /// The whole list, DER.
    public let der: [UInt8]

    public init(der: [UInt8]) throws(OpenSSLError) {
        pointer = try decodeDER(
            der, "read the revocation list", { d2i_X509_CRL(nil, $0, $1) }, free: { X509_CRL_free($0) })
        self.der = der
    }

    /// Makes and signs a list of version 2 with a number and the issuer's key identifier (RFC 5280 §5.2).
    public convenience init(
        issuer: Certificate, key: PrivateKey, number: Int64, thisUpdate: Date, nextUpdate: Date,
        entries: some Sequence<Entry>
    ) throws(OpenSSLError) {
        let list = try required(X509_CRL_new(), "build a revocation list")
        defer { X509_CRL_free(list) }
        try Self.fill(
            list, issuer: issuer, number: number, thisUpdate: thisUpdate, nextUpdate: nextUpdate, entries: entries)
        try succeed(X509_CRL_sign(list, key.pointer, key.algorithm.digest), "sign the revocation list")
        // What is checked from here on was read from the very bytes that will be published.
        try self.init(der: encodeDER("write the revocation list") { i2d_X509_CRL(list, $0) })
    }

    deinit { X509_CRL_free(pointer) }

    private static func fill(
        _ list: OpaquePointer, issuer: Certificate, number: Int64, thisUpdate: Date, nextUpdate: Date,
        entries: some Sequence<Entry>
    ) throws(OpenSSLError) {
        let operation = "build a revocation list"
        try succeed(X509_CRL_set_version(list, Int(X509_CRL_VERSION_2)), operation)
        try succeed(X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer.pointer)), operation)
        let this = try thisUpdate.makeASN1()
        defer { ASN1_TIME_free(this) }
        let next = try nextUpdate.makeASN1()
        defer { ASN1_TIME_free(next) }
        try succeed(X509_CRL_set1_lastUpdate(list, this), operation)
        try succeed(X509_CRL_set1_nextUpdate(list, next), operation)
        for entry in entries { try add(entry, to: list) }
        let identifier = try required(AUTHORITY_KEYID_new(), operation)
        defer { AUTHORITY_KEYID_free(identifier) }
        identifier.pointee.keyid = ASN1_OCTET_STRING_dup(X509_get0_subject_key_id(issuer.pointer))
        try succeed(X509_CRL_add1_ext_i2d(list, NID_authority_key_identifier, identifier, 0, 0), operation)
        let value = try required(ASN1_INTEGER_new(), operation)
        defer { ASN1_INTEGER_free(value) }
        try succeed(ASN1_INTEGER_set_int64(value, number), operation)
        try succeed(X509_CRL_add1_ext_i2d(list, NID_crl_number, value, 0, 0), operation)
    }

    private static func add(_ entry: Entry, to list: OpaquePointer) throws(OpenSSLError) {
        let operation = "list a revoked certificate"
        let revoked = try required(X509_REVOKED_new(), operation)
        do {
            let number = try required(ASN1_INTEGER_new(), operation)
            defer { ASN1_INTEGER_free(number) }
            let bytes = entry.serialNumber.bytes
            try succeed(ASN1_STRING_set(number, bytes, Int32(bytes.count)), operation)
            try succeed(X509_REVOKED_set_serialNumber(revoked, number), operation)
            let date = try entry.revokedAt.makeASN1()
            defer { ASN1_TIME_free(date) }
            try succeed(X509_REVOKED_set_revocationDate(revoked, date), operation)
            if let reason = entry.reason, reason != 0 {
                let value = try required(ASN1_ENUMERATED_new(), operation)
                defer { ASN1_ENUMERATED_free(value) }
                try succeed(ASN1_ENUMERATED_set(value, reason), operation)
                try succeed(X509_REVOKED_add1_ext_i2d(revoked, NID_crl_reason, value, 0, 0), operation)
            }
            try succeed(X509_CRL_add0_revoked(list, revoked), operation)
        } catch {
            X509_REVOKED_free(revoked)
            throw error
        }
    }

    /// The lists of a PEM file, in its order. Other blocks in it are passed over.
    public static func all(pem: [UInt8]) throws(OpenSSLError) -> [RevocationList] {
        var lists: [RevocationList] = []
        for block in try PEMBlock.blocks(in: pem) where block.label == "X509 CRL" {
            lists.append(try RevocationList(der: block.bytes))
        }
        return lists
    }

    public var pem: String { PEMBlock(label: "X509 CRL", bytes: der).text }

    public static func == (one: RevocationList, other: RevocationList) -> Bool { one.der == other.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}
