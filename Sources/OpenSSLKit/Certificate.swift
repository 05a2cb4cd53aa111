import COpenSSL
import Synchronization

/// An X.509 certificate that somebody signed (RFC 5280 §4.1). It never changes.
///
/// Sound to share: an X509 is only read after it was made, and OpenSSL locks what it caches in it.
public final class Certificate: @unchecked Sendable, Hashable {
    /// As it was built or decoded; nil of one that was read without OpenSSL.
    private let made: OpaquePointer?
    /// The same with its public key decoded, where that is not so of ``made``; made when first asked for.
    private let decoded: Mutex<Decoded?>

    // Sound to share, as the certificate itself is.
    private struct Decoded: @unchecked Sendable {
        let pointer: OpaquePointer
    }
    /// The whole certificate, DER.
    public let der: [UInt8]
    /// Its number, also where the rest of it is malformed.
    public let serialNumber: SerialNumber

    public convenience init(der: [UInt8]) throws(OpenSSLError) {
        let pointer = try decodeStrictDER(
            der, "read the certificate", { d2i_X509(nil, $0, $1) }, { i2d_X509($0, $1) }, free: { X509_free($0) })
        self.init(made: pointer, der: der, isDecoded: true)
    }

    /// One that was just made, and read without OpenSSL.
    init(_ plain: PlainCertificate) {
        made = nil
        decoded = Mutex(nil)
        der = plain.der
        serialNumber = plain.serialNumber
    }

    /// Takes `pointer` over.
    /// - Parameter isDecoded: false for one that was just built and signed: its key was put in as it stands, and decoding
    ///   it takes longer than all the rest.
    convenience init(owning pointer: OpaquePointer, isDecoded: Bool = true) throws(OpenSSLError) {
        let der: [UInt8]
        do {
            der = try encodeDER("write the certificate") { i2d_X509(pointer, $0) }
        } catch {
            X509_free(pointer)
            throw error
        }
        self.init(made: pointer, der: der, isDecoded: isDecoded)
    }

    private init(made pointer: OpaquePointer, der: [UInt8], isDecoded: Bool) {
        made = pointer
        decoded = Mutex(isDecoded ? Decoded(pointer: pointer) : nil)
        if isDecoded { X509_up_ref(pointer) }
        self.der = der
        serialNumber = SerialNumber(X509_get0_serialNumber(pointer).map { bytes(of: $0) } ?? [])
    }

    deinit {
        decoded.withLock { X509_free($0?.pointer) }
        X509_free(made)
    }

    /// In OpenSSL's form, its public key perhaps not decoded.
    var pointer: OpaquePointer { made ?? withKey }

    /// For what needs the public key: verifying what it signed, or a chain.
    var withKey: OpaquePointer {
        decoded.withLock { decoded in
            if let decoded { return decoded }
            let read = try? decodeDER(der, "read the certificate", { d2i_X509(nil, $0, $1) }, free: { X509_free($0) })
            decoded = read.map { Decoded(pointer: $0) }
            // What is read as plain is decoded by OpenSSL too, unless memory is at its end.
            guard let pointer = read ?? made else { preconditionFailure("no memory is left for a certificate") }
            return Decoded(pointer: pointer)
        }.pointer
    }

    /// The certificates of a PEM file, in its order. Other blocks in it are passed over.
    /// - Throws: ``OpenSSLError`` where a block is damaged, or where there is no certificate at all.
    public static func all(pem: [UInt8]) throws(OpenSSLError) -> [Certificate] {
        var certificates: [Certificate] = []
        for block in try PEMBlock.blocks(in: pem) where pemLabels.contains(block.label) {
            certificates.append(
                try block.label == trustedLabel ? Certificate(trusted: block.bytes) : Certificate(der: block.bytes))
        }
        guard !certificates.isEmpty else {
            throw OpenSSLError("read the certificate", detail: "there is no CERTIFICATE block")
        }
        return certificates
    }

    /// The certificates of a file in PEM, or the one of a file in DER.
    /// - Throws: ``OpenSSLError`` as for PEM, and where DER is not a whole certificate and nothing else.
    public static func all(in bytes: [UInt8]) throws(OpenSSLError) -> [Certificate] {
        PEMBlock.isDER(bytes) ? [try Certificate(der: bytes)] : try all(pem: bytes)
    }

    private static let trustedLabel = "TRUSTED CERTIFICATE"
    private static let pemLabels: Set = ["CERTIFICATE", "X509 CERTIFICATE", trustedLabel]

    /// Of OpenSSL's own form, in which its settings of trust follow the certificate; they are passed over.
    private convenience init(trusted der: [UInt8]) throws(OpenSSLError) {
        let pointer = try decodeDER(
            der, "read the certificate", { d2i_X509_AUX(nil, $0, $1) }, free: { X509_free($0) })
        try self.init(owning: pointer)
    }

    public var pem: String { PEMBlock(label: "CERTIFICATE", bytes: der).text }

    /// SHA-256 of the whole certificate.
    public var fingerprint: [UInt8] { Digest.sha256(der) }

    /// What it says.
    /// - Throws: ``OpenSSLError`` where an extension or a name in it is malformed.
    public func fields() throws(OpenSSLError) -> CertificateFields { try CertificateFields(reading: pointer) }

    /// Its public key, also where the rest of it is malformed.
    public func publicKey() throws(OpenSSLError) -> PublicKey { try PublicKey(X509_get_X509_PUBKEY(pointer)) }

    public func subject() throws(OpenSSLError) -> DistinguishedName {
        try DistinguishedName(X509_get_subject_name(pointer))
    }

    public func issuer() throws(OpenSSLError) -> DistinguishedName {
        try DistinguishedName(X509_get_issuer_name(pointer))
    }

    /// The signature algorithm's name, such as `ecdsa-with-SHA256`.
    public var signatureAlgorithm: String {
        OBJ_nid2ln(X509_get_signature_nid(pointer)).map { String(cString: $0) } ?? "unknown"
    }

    /// Whether its signature was made by the key of `issuer`. Says nothing about names, times or purposes.
    public func isSigned(by issuer: Certificate) -> Bool {
        defer { ERR_clear_error() }
        return X509_verify(pointer, X509_get0_pubkey(issuer.withKey)) == 1
    }

    /// Whether its signature was made by this key.
    public func isSigned(by key: PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return X509_verify(pointer, key.pointer) == 1
    }

    /// Whether subject and issuer are the same name and the signature is its own.
    public var isSelfSigned: Bool {
        defer { ERR_clear_error() }
        return X509_self_signed(withKey, 1) == 1
    }

    /// Whether `host` (ASCII) is among its DNS names; its CN is never looked at (RFC 9525 §6.3).
    public func matches(host: String) -> Bool {
        // OpenSSL takes a leading dot for "any subdomain", and a NUL for the end.
        guard !host.isEmpty, !host.hasPrefix("."), host.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return false
        }
        let flags = UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
        defer { ERR_clear_error() }
        return X509_check_host(pointer, host, host.utf8.count, flags, nil) == 1
    }

    /// Whether the address (4 or 16 bytes) is among its IP addresses.
    public func matches(address: [UInt8]) -> Bool {
        defer { ERR_clear_error() }
        return X509_check_ip(pointer, address, address.count, 0) == 1
    }

    public static func == (one: Certificate, other: Certificate) -> Bool { one.der == other.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}
