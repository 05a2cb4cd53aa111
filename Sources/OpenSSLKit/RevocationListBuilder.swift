import COpenSSL
public import FoundationEssentials

/// Makes and signs a revocation list of version 2 with a number and the issuer's key identifier (RFC 5280 §5), whose
/// entries are never in memory all at once: OpenSSL's own objects take ten times the room of what they stand for.
public struct RevocationListBuilder {
    private let key: PrivateKey
    /// The list without entries: everything else is taken from it.
    private let template: RevocationList

    /// What stands before and after the entries of a signed list.
    public struct Frame: Sendable {
        public let head: [UInt8]
        public let tail: [UInt8]
    }

    /// - Parameters:
    ///   - issuer: the CA whose list it is.
    ///   - number: the CRL number (RFC 5280 §5.2.3).
    public init(
        issuer: Certificate, key: PrivateKey, number: Int64, thisUpdate: Date, nextUpdate: Date
    ) throws(OpenSSLError) {
        self.key = key
        let list = try required(X509_CRL_new(), "build a revocation list")
        defer { X509_CRL_free(list) }
        try Self.fill(list, issuer: issuer, number: number, thisUpdate: thisUpdate, nextUpdate: nextUpdate)
        try succeed(X509_CRL_sign(list, key.pointer, key.algorithm.digest), "sign the revocation list")
        template = try RevocationList(der: encodeDER("write the revocation list") { i2d_X509_CRL(list, $0) })
    }

    private static func fill(
        _ list: OpaquePointer, issuer: Certificate, number: Int64, thisUpdate: Date, nextUpdate: Date
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
        let identifier = try required(AUTHORITY_KEYID_new(), operation)
        defer { AUTHORITY_KEYID_free(identifier) }
        identifier.pointee.keyid = ASN1_OCTET_STRING_dup(X509_get0_subject_key_id(issuer.pointer))
        try succeed(X509_CRL_add1_ext_i2d(list, NID_authority_key_identifier, identifier, 0, 0), operation)
        let value = try required(ASN1_INTEGER_new(), operation)
        defer { ASN1_INTEGER_free(value) }
        try succeed(ASN1_INTEGER_set_int64(value, number), operation)
        try succeed(X509_CRL_add1_ext_i2d(list, NID_crl_number, value, 0, 0), operation)
    }

    /// Signs the list, and sees that the signature is good.
    /// - Parameters:
    ///   - byteCount: how long all entries are, encoded one after the other.
    ///   - entries: hands them over, in pieces of any size; called once.
    /// - Throws: ``OpenSSLError``, or what `entries` throws.
    public func sign<Failure: Error>(
        byteCount: Int, entries: ((borrowing [UInt8]) -> Void) throws(Failure) -> Void
    ) throws -> Frame {
        let (before, after) = try parts(byteCount: byteCount)
        let signer = try Signer(key)
        signer.update(before)
        try entries { signer.update($0) }
        signer.update(after)
        let signature = try signer.finish()
        let algorithm = try template.signatureAlgorithmDER()
        let bits = DER.element(0x03, [0] + signature)
        let length = before.count + byteCount + after.count + algorithm.count + bits.count
        return Frame(head: DER.header(0x30, length: length) + before, tail: after + algorithm + bits)
    }

    /// The part to be signed, up to the entries and after them.
    private func parts(byteCount: Int) throws(OpenSSLError) -> (before: [UInt8], after: [UInt8]) {
        var fields: [UInt8] = [0x02, 0x01, 0x01]
        fields += try template.signatureAlgorithmDER()
        fields += try template.issuerDER()
        fields += try template.timesDER()
        if byteCount > 0 { fields += DER.header(0x30, length: byteCount) }
        let extensions = try template.extensionsDER()
        let after = DER.element(0xa0, extensions)
        return (DER.header(0x30, length: fields.count + byteCount + after.count) + fields, after)
    }
}

extension RevocationList {
    fileprivate func signatureAlgorithmDER() throws(OpenSSLError) -> [UInt8] {
        var algorithm: UnsafePointer<X509_ALGOR>?
        X509_CRL_get0_signature(pointer, nil, &algorithm)
        return try encodeDER("write the signature algorithm") { i2d_X509_ALGOR(algorithm, $0) }
    }

    fileprivate func issuerDER() throws(OpenSSLError) -> [UInt8] {
        try encodeDER("write the issuer") { i2d_X509_NAME(X509_CRL_get_issuer(pointer), $0) }
    }

    fileprivate func timesDER() throws(OpenSSLError) -> [UInt8] {
        var times: [UInt8] = []
        for time in [X509_CRL_get0_lastUpdate(pointer), X509_CRL_get0_nextUpdate(pointer)] {
            times += try encodeDER("write a time") { i2d_ASN1_TIME(time, $0) }
        }
        return times
    }

    fileprivate func extensionsDER() throws(OpenSSLError) -> [UInt8] {
        try encodeDER("write the extensions") { i2d_X509_EXTENSIONS(X509_CRL_get0_extensions(pointer), $0) }
    }
}

extension RevocationList.Entry {
    /// Appends the entry as a list has it (RFC 5280 §5.1.2.6): DER, about 37 bytes for a serial number of 16.
    public func encode(into bytes: inout [UInt8]) {
        let seconds = Int(revokedAt.timeIntervalSince1970.rounded(.down))
        Self.encode(serialNumber: serialNumber.bytes.span.bytes, seconds: seconds, reason: reason ?? 0, into: &bytes)
    }

    /// The same for one that is read from elsewhere, where there are very many.
    /// - Parameters:
    ///   - serialNumber: as ``SerialNumber/bytes``, without leading zeros.
    ///   - seconds: since 1970.
    ///   - reason: CRLReason; 0 writes none.
    public static func encode(serialNumber: RawSpan, seconds: Int, reason: Int, into bytes: inout [UInt8]) {
        let count = serialNumber.byteCount
        // A first bit that is set would make it negative; zero is one byte.
        let first = count == 0 ? 0x80 : serialNumber.unsafeLoad(as: UInt8.self)
        let padding = first >= 0x80 ? 1 : 0
        let time = DER.Time(seconds: seconds)
        bytes.append(0x30)
        bytes.append(UInt8(2 + padding + count + 2 + time.count + (reason == 0 ? 0 : 14)))
        bytes.append(0x02)
        bytes.append(UInt8(padding + count))
        if padding == 1 { bytes.append(0) }
        serialNumber.withUnsafeBytes { bytes.append(contentsOf: $0) }
        time.append(to: &bytes)
        guard reason != 0 else { return }
        // SEQUENCE { SEQUENCE { id-ce-cRLReasons, OCTET STRING { ENUMERATED } } }
        bytes.append(contentsOf: [
            0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01, UInt8(reason),
        ])
    }
}
