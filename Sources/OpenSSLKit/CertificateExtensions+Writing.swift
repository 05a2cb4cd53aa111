import COpenSSL

extension CertificateExtensions {
    /// Adds them to a certificate (borrowed) that is being built: typed, never by configuration text, so that no
    /// name can smuggle in a second one. Critical are basic constraints, key usage and name constraints, and the
    /// subject alternative name where the subject is empty (RFC 5280 §4.2.1.6).
    func write(to certificate: OpaquePointer, subjectIsEmpty: Bool) throws(OpenSSLError) {
        func add(_ nid: Int32, _ value: UnsafeMutableRawPointer, critical: Bool) throws(OpenSSLError) {
            try succeed(
                X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0, UInt(X509V3_ADD_APPEND)),
                "add the extension \(OBJ_nid2ln(nid).map { String(cString: $0) } ?? "\(nid)")")
        }
        if let basicConstraints {
            let value = try required(BASIC_CONSTRAINTS_new(), "write basic constraints")
            defer { BASIC_CONSTRAINTS_free(value) }
            value.pointee.ca = basicConstraints.isCA ? 0xff : 0
            if let length = basicConstraints.pathLength {
                value.pointee.pathlen = ASN1_INTEGER_new()
                try succeed(ASN1_INTEGER_set(value.pointee.pathlen, length), "write basic constraints")
            }
            try add(NID_basic_constraints, value, critical: true)
        }
        if let keyUsage {
            let value = try required(ASN1_BIT_STRING_new(), "write the key usage")
            defer { ASN1_BIT_STRING_free(value) }
            for bit in 0..<9 where keyUsage.rawValue & 1 << bit != 0 {
                try succeed(ASN1_BIT_STRING_set_bit(value, Int32(bit), 1), "write the key usage")
            }
            try add(NID_key_usage, value, critical: true)
        }
        if !extendedKeyUsage.isEmpty {
            let value = try required(EXTENDED_KEY_USAGE_new(), "write the extended key usage")
            defer { EXTENDED_KEY_USAGE_free(value) }
            for usage in extendedKeyUsage {
                let object = try required(OBJ_txt2obj(usage.identifier, 1), "write the extended key usage")
                try succeed(cossl_eku_push(value, object), "write the extended key usage")
            }
            try add(NID_ext_key_usage, UnsafeMutableRawPointer(value), critical: false)
        }
        if let subjectKeyIdentifier {
            let value = try octetString(subjectKeyIdentifier)
            defer { ASN1_OCTET_STRING_free(value) }
            try add(NID_subject_key_identifier, value, critical: false)
        }
        if let authorityKeyIdentifier {
            let value = try required(AUTHORITY_KEYID_new(), "write the authority key identifier")
            defer { AUTHORITY_KEYID_free(value) }
            value.pointee.keyid = try octetString(authorityKeyIdentifier)
            try add(NID_authority_key_identifier, value, critical: false)
        }
        if let nameConstraints {
            let value = try required(NAME_CONSTRAINTS_new(), "write name constraints")
            defer { NAME_CONSTRAINTS_free(value) }
            for (excluded, names) in [(Int32(0), nameConstraints.permitted), (1, nameConstraints.excluded)] {
                for name in names {
                    try succeed(cossl_constraints_add(value, excluded, try name.make()), "write name constraints")
                }
            }
            try add(NID_name_constraints, value, critical: true)
        }
        if ocspNoCheck {
            let value = try required(ASN1_NULL_new(), "write ocsp-nocheck")
            defer { ASN1_NULL_free(value) }
            try add(NID_id_pkix_OCSP_noCheck, UnsafeMutableRawPointer(value), critical: false)
        }
        if !subjectAlternativeNames.isEmpty {
            let value = try required(cossl_names_new(), "write the subject alternative names")
            defer { GENERAL_NAMES_free(value) }
            for name in subjectAlternativeNames {
                try succeed(cossl_names_push(value, try name.make()), "write the name \(name)")
            }
            try add(NID_subject_alt_name, UnsafeMutableRawPointer(value), critical: subjectIsEmpty)
        }
    }
}

/// A new OCTET STRING that the caller owns.
private func octetString(_ bytes: [UInt8]) throws(OpenSSLError) -> UnsafeMutablePointer<ASN1_OCTET_STRING> {
    let string = try required(ASN1_OCTET_STRING_new(), "write a key identifier")
    guard ASN1_OCTET_STRING_set(string, bytes, Int32(bytes.count)) == 1 else {
        ASN1_OCTET_STRING_free(string)
        throw OpenSSLError(draining: "write a key identifier")
    }
    return string
}
