import COpenSSL
public import FoundationEssentials

extension RevocationList {
    public func issuer() throws(OpenSSLError) -> DistinguishedName {
        try DistinguishedName(X509_CRL_get_issuer(pointer))
    }

    public func thisUpdate() throws(OpenSSLError) -> Date { try Date(asn1: X509_CRL_get0_lastUpdate(pointer)) }

    /// Until when it counts; nil where it does not say, which RFC 5280 §5.1.2.5 forbids.
    public func nextUpdate() throws(OpenSSLError) -> Date? {
        guard let time = X509_CRL_get0_nextUpdate(pointer) else { return nil }
        return try Date(asn1: time)
    }

    /// The CRL number (RFC 5280 §5.2.3); nil where there is none, or where it is over 63 bits.
    public var number: Int64? {
        guard let value = X509_CRL_get_ext_d2i(pointer, NID_crl_number, nil, nil) else { return nil }
        let integer = value.assumingMemoryBound(to: ASN1_INTEGER.self)
        defer {
            ASN1_INTEGER_free(integer)
            ERR_clear_error()
        }
        var number: Int64 = 0
        return ASN1_INTEGER_get_int64(&number, integer) == 1 ? number : nil
    }

    /// Whether it has a CRL number at all, of whatever size.
    public var isNumbered: Bool { X509_CRL_get_ext_by_NID(pointer, NID_crl_number, -1) >= 0 }

    /// How many certificates it lists.
    public var count: Int { Int(cossl_revoked_count(pointer)) }

    /// What it lists, in its order.
    public func entries() throws(OpenSSLError) -> [Entry] {
        var entries: [Entry] = []
        for index in 0..<cossl_revoked_count(pointer) {
            let revoked = cossl_revoked_at(pointer, index)
            let number = try required(X509_REVOKED_get0_serialNumber(revoked), "read a revoked certificate")
            var reason: Int?
            if let value = X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, nil, nil) {
                let enumerated = value.assumingMemoryBound(to: ASN1_ENUMERATED.self)
                reason = ASN1_ENUMERATED_get(enumerated)
                ASN1_ENUMERATED_free(enumerated)
            }
            entries.append(
                Entry(
                    serialNumber: SerialNumber(bytes(of: number)),
                    revokedAt: try Date(asn1: X509_REVOKED_get0_revocationDate(revoked)), reason: reason))
        }
        return entries
    }

    /// Whether its signature was made by the key of `issuer`.
    public func isSigned(by issuer: Certificate) -> Bool {
        defer { ERR_clear_error() }
        guard algorithmIsSigned, let key = X509_get0_pubkey(issuer.withKey) else { return false }
        return X509_CRL_verify(pointer, key) == 1
    }

    /// Whether the algorithm that stands beside the signature is the one that was signed (RFC 5280 §5.1.1.2). OpenSSL sees
    /// to that in certificates alone.
    private var algorithmIsSigned: Bool {
        var outer: UnsafePointer<X509_ALGOR>?
        X509_CRL_get0_signature(pointer, nil, &outer)
        return der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            var (length, tag, group) = (0, Int32(0), Int32(0))
            func rest() -> Int {
                cursor.map { cursor in buffer.baseAddress.map { buffer.count - (cursor - $0) } ?? 0 } ?? 0
            }
            // Into the list, into what is signed, and past the version, which may be left out.
            for _ in 0..<2 where ASN1_get_object(&cursor, &length, &tag, &group, rest()) & 0x80 != 0 { return false }
            if rest() > 0, cursor?.pointee == UInt8(V_ASN1_INTEGER) {
                guard ASN1_get_object(&cursor, &length, &tag, &group, rest()) & 0x80 == 0 else { return false }
                cursor = cursor.map { $0 + length }
            }
            let inner = d2i_X509_ALGOR(nil, &cursor, rest())
            defer { X509_ALGOR_free(inner) }
            return inner != nil && X509_ALGOR_cmp(inner, outer) == 0
        }
    }

    /// Whether this serial number is on it.
    public func lists(_ serialNumber: SerialNumber) throws(OpenSSLError) -> Bool {
        try entries().contains { $0.serialNumber == serialNumber }
    }
}
