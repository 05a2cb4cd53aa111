import COpenSSL

extension CertificateExtensions {
    /// Reads them from a certificate (borrowed), signed or not.
    /// - Throws: ``OpenSSLError`` where one of them is malformed or stands twice.
    init(reading certificate: OpaquePointer) throws(OpenSSLError) {
        for index in 0..<X509_get_ext_count(certificate) {
            let item = X509_get_ext(certificate, index)
            let identifier = objectIdentifier(X509_EXTENSION_get_object(item))
            present.append(identifier)
            if X509_EXTENSION_get_critical(item) == 1 { critical.insert(identifier) }
        }
        func value(_ nid: Int32) throws(OpenSSLError) -> UnsafeMutableRawPointer? {
            var critical: Int32 = 0
            if let pointer = X509_get_ext_d2i(certificate, nid, &critical, nil) { return pointer }
            guard critical == -1 else {
                let name = OBJ_nid2ln(nid).map { String(cString: $0) } ?? "\(nid)"
                throw OpenSSLError(
                    "read the extension \(name)", detail: critical == -2 ? "it stands twice" : "malformed")
            }
            return nil
        }
        if let pointer = try value(NID_basic_constraints) {
            let constraints = pointer.assumingMemoryBound(to: BASIC_CONSTRAINTS.self)
            defer { BASIC_CONSTRAINTS_free(constraints) }
            let length = constraints.pointee.pathlen.map { Int(ASN1_INTEGER_get($0)) }
            basicConstraints = BasicConstraints(isCA: constraints.pointee.ca != 0, pathLength: length)
        }
        if let pointer = try value(NID_key_usage) {
            let bits = pointer.assumingMemoryBound(to: ASN1_BIT_STRING.self)
            defer { ASN1_BIT_STRING_free(bits) }
            keyUsage = KeyUsage(
                rawValue: (0..<9).reduce(0) { ASN1_BIT_STRING_get_bit(bits, Int32($1)) == 1 ? $0 | 1 << $1 : $0 })
        }
        if let pointer = try value(NID_ext_key_usage) {
            let usages = OpaquePointer(pointer)
            defer { EXTENDED_KEY_USAGE_free(usages) }
            extendedKeyUsage = (0..<cossl_eku_count(usages)).map {
                ExtendedKeyUsage(identifier: objectIdentifier(cossl_eku_at(usages, $0)))
            }
        }
        if let pointer = try value(NID_subject_alt_name) {
            let names = OpaquePointer(pointer)
            defer { GENERAL_NAMES_free(names) }
            for index in 0..<cossl_names_count(names) {
                let name = try required(cossl_names_at(names, index), "read a subject alternative name")
                subjectAlternativeNames.append(try GeneralName(name))
            }
        }
        if let pointer = try value(NID_name_constraints) {
            let constraints = pointer.assumingMemoryBound(to: NAME_CONSTRAINTS.self)
            defer { NAME_CONSTRAINTS_free(constraints) }
            func names(_ excluded: Int32) throws(OpenSSLError) -> [GeneralName] {
                var names: [GeneralName] = []
                for index in 0..<cossl_constraints_count(constraints, excluded) {
                    let name = try required(
                        cossl_constraints_at(constraints, excluded, index), "read a name constraint")
                    names.append(try GeneralName(name))
                }
                return names
            }
            nameConstraints = NameConstraints(permitted: try names(0), excluded: try names(1))
        }
        if let pointer = try value(NID_subject_key_identifier) {
            let octets = pointer.assumingMemoryBound(to: ASN1_OCTET_STRING.self)
            defer { ASN1_OCTET_STRING_free(octets) }
            subjectKeyIdentifier = bytes(of: octets)
        }
        if let pointer = try value(NID_authority_key_identifier) {
            let identifier = pointer.assumingMemoryBound(to: AUTHORITY_KEYID.self)
            defer { AUTHORITY_KEYID_free(identifier) }
            authorityKeyIdentifier = identifier.pointee.keyid.map { bytes(of: $0) }
        }
        ocspNoCheck = X509_get_ext_by_NID(certificate, NID_id_pkix_OCSP_noCheck, -1) >= 0
    }
}

/// The content of an ASN.1 string (borrowed).
func bytes(of string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
}
