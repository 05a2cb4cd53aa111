import COpenSSL

extension Certificate {
    /// An extension that a reader would stumble over.
    public struct FaultyExtension: Sendable, Hashable {
        /// OpenSSL's name of it, or the dotted identifier.
        public let name: String
        public let fault: Fault

        public enum Fault: Sendable, Hashable {
            /// Its content is not what its kind has.
            case malformed
            /// It is a list with nothing in it, and RFC 5280 demands an item at least.
            case empty
            /// There is more than one of the kind (RFC 5280 §4.2).
            case repeated
        }
    }

    /// The extensions whose content is not what RFC 5280 §4.2 says of their kind. Those of unknown kinds are passed over.
    ///
    /// OpenSSL decodes an extension when it needs it, and says nothing of the others.
    public var faultyExtensions: [FaultyExtension] {
        defer { ERR_clear_error() }
        var seen: Set<String> = []
        var faults: [FaultyExtension] = []
        for index in 0..<X509_get_ext_count(pointer) {
            let item = X509_get_ext(pointer, index)
            let object = X509_EXTENSION_get_object(item)
            let name = OBJ_nid2ln(OBJ_obj2nid(object)).map { String(cString: $0) } ?? ""
            func add(_ fault: FaultyExtension.Fault) {
                let shown = OBJ_obj2nid(object) == NID_undef ? objectIdentifier(object) : name
                faults.append(FaultyExtension(name: shown, fault: fault))
            }
            if !seen.insert(objectIdentifier(object)).inserted { add(.repeated) }
            let content = X509_EXTENSION_get_data(item).map { bytes(of: $0) } ?? []
            if cossl_extension_decodes(item) != 1 {
                add(.malformed)
            } else if Self.neverEmpty.contains(OBJ_obj2nid(object)) && Self.isEmptyList(content) {
                add(.empty)
            }
        }
        return faults
    }

    /// Lists of RFC 5280 that have at least one item; name constraints are a list of two lists, and one is enough.
    private static let neverEmpty: Set<Int32> = [
        NID_subject_alt_name, NID_issuer_alt_name, NID_ext_key_usage, NID_info_access, NID_sinfo_access,
        NID_crl_distribution_points, NID_freshest_crl, NID_certificate_policies, NID_policy_mappings,
        NID_policy_constraints, NID_name_constraints,
    ]

    private static func isEmptyList(_ content: [UInt8]) -> Bool { content == [DERReader.sequence, 0] }
}
