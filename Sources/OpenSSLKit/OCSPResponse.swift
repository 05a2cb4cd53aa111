import COpenSSL
public import FoundationEssentials

/// What a CA says of single certificates at one moment (RFC 6960 §4.2), as a server staples it to its own. It never changes.
///
/// Sound to share: it is only read after it was made.
public final class OCSPResponse: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// - Throws: ``OpenSSLError`` where it is malformed, or says that the responder has no answer.
    public init(der: [UInt8]) throws(OpenSSLError) {
        let operation = "read the OCSP response"
        let response = try decodeDER(
            der, operation, { d2i_OCSP_RESPONSE(nil, $0, $1) }, free: { OCSP_RESPONSE_free($0) })
        defer { OCSP_RESPONSE_free(response) }
        let status = Int(OCSP_response_status(response))
        guard status == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            let words = OCSP_response_status_str(status).map { String(cString: $0) } ?? "status \(status)"
            throw OpenSSLError(operation, detail: "the responder has no answer: \(words)")
        }
        pointer = try required(OCSP_response_get1_basic(response), operation)
    }

    deinit { OCSP_BASICRESP_free(pointer) }

    public enum Status: Sendable, Hashable {
        case good
        /// - Parameter reason: CRLReason (RFC 5280 §5.3.1).
        case revoked(at: Date, reason: Int?)
        /// The responder knows of no such certificate.
        case unknown
    }

    /// What it says of one certificate.
    public struct Answer: Sendable, Hashable {
        public let status: Status
        /// When that was so.
        public let thisUpdate: Date
        /// Until when it counts; nil where the responder could be asked for something newer at any time.
        public let nextUpdate: Date?

        public init(status: Status, thisUpdate: Date, nextUpdate: Date?) {
            self.status = status
            self.thisUpdate = thisUpdate
            self.nextUpdate = nextUpdate
        }
    }

    /// What it says of this certificate.
    /// - Parameter issuer: the CA that signed the certificate; others may have the same numbers.
    /// - Returns: nil where it does not speak of it.
    public func answer(for certificate: Certificate, issuer: Certificate) throws(OpenSSLError) -> Answer? {
        defer { ERR_clear_error() }
        for index in 0..<OCSP_resp_count(pointer) {
            guard let single = OCSP_resp_get0(pointer, index),
                let identifier = OCSP_SINGLERESP_get0_id(single),
                Self.isMeant(identifier, certificate, issuer)
            else { continue }
            return try Self.answer(single)
        }
        return nil
    }

    /// Whether an identifier (borrowed) is that of the certificate, by whatever digest it was made.
    private static func isMeant(_ identifier: OpaquePointer, _ certificate: Certificate, _ issuer: Certificate) -> Bool
    {
        var algorithm: OpaquePointer?
        guard OCSP_id_get0_info(nil, &algorithm, nil, nil, identifier) == 1,
            let digest = EVP_get_digestbyname(OBJ_nid2sn(OBJ_obj2nid(algorithm))),
            let own = OCSP_cert_to_id(digest, certificate.pointer, issuer.withKey)
        else { return false }
        defer { OCSP_CERTID_free(own) }
        return OCSP_id_cmp(own, identifier) == 0
    }

    private static func answer(_ single: OpaquePointer) throws(OpenSSLError) -> Answer {
        var reason: Int32 = 0
        var revoked: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var this: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var next: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        let status: Status
        switch OCSP_single_get0_status(single, &reason, &revoked, &this, &next) {
        case V_OCSP_CERTSTATUS_GOOD: status = .good
        case V_OCSP_CERTSTATUS_REVOKED:
            status = .revoked(at: try Date(asn1: revoked), reason: reason < 0 ? nil : Int(reason))
        default: status = .unknown
        }
        return Answer(
            status: status, thisUpdate: try Date(asn1: this),
            nextUpdate: try next.map { (time) throws(OpenSSLError) in try Date(asn1: time) })
    }

    /// Why it cannot be believed (RFC 6960 §4.2.2.2).
    public enum Distrust: Error, Sendable, Hashable, CustomStringConvertible {
        /// Neither the CA nor a certificate in it could have signed it.
        case noSigner
        case badSignature
        /// Somebody signed it whom the CA has not entrusted with that.
        case notEntrusted(String)
        /// The CA entrusted somebody whose certificate does not count now.
        case signerNotValid

        public var description: String {
            switch self {
            case .noSigner: "neither the CA nor anybody whose certificate is in it has signed it"
            case .badSignature: "its signature is not right"
            case .notEntrusted(let name): "\(name) has signed it, whom the CA has not entrusted with that"
            case .signerNotValid: "the certificate of whoever signed it does not count at this time"
            }
        }
    }

    /// Sees that the CA has signed it, or somebody whom it entrusted with that by a certificate.
    /// - Parameters:
    ///   - issuer: the CA that signed the certificate in question.
    ///   - time: at which the signer's certificate has to be valid.
    public func verify(issuer: Certificate, time: Date) throws(Distrust) {
        defer { ERR_clear_error() }
        guard let candidates = try? CertificateStack([issuer]) else { throw .noSigner }
        var found: OpaquePointer?
        guard OCSP_resp_get0_signer(pointer, &found, candidates.pointer) == 1, let found else { throw .noSigner }
        guard OCSP_basic_verify(pointer, candidates.pointer, nil, UInt(OCSP_NOVERIFY)) == 1 else { throw .badSignature }
        X509_up_ref(found)
        guard let signer = try? Certificate(owning: found) else { throw .noSigner }
        if let key = try? signer.publicKey(), key == (try? issuer.publicKey()) { return }
        let isEntrusted =
            X509_check_issued(issuer.withKey, signer.pointer) == X509_V_OK && signer.isSigned(by: issuer)
            && X509_get_extended_key_usage(signer.pointer) != UInt32.max
            && X509_get_extended_key_usage(signer.pointer) & UInt32(XKU_OCSP_SIGN) != 0
        guard isEntrusted else { throw .notEntrusted((try? signer.subject().description) ?? "somebody") }
        guard let fields = try? signer.fields(), fields.validity.contains(time) else { throw .signerNotValid }
    }
}
