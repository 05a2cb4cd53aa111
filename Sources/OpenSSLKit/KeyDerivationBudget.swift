import COpenSSL

/// How much work a file may ask for before its password can open it. The number of rounds stands in the file, which
/// anybody may have written: 2^31 of them would take an hour.
struct KeyDerivationBudget {
    /// Some two seconds with SHA-256, five with SHA-512. What is written with care asks for a sixth.
    static let most: UInt64 = 4_000_000

    private let operation: String
    private var spent: UInt64 = 0

    init(_ operation: String) { self.operation = operation }

    /// Takes off what deriving a key as `algorithm` (borrowed) says will cost.
    /// - Parameter times: how often that will be done.
    /// - Throws: ``OpenSSLError`` where that is more than there is.
    mutating func spend(_ algorithm: UnsafePointer<X509_ALGOR>?, times: UInt64 = 1) throws(OpenSSLError) {
        guard let algorithm, let rounds = Self.rounds(algorithm) else {
            // What has no such form is refused by OpenSSL before it works.
            ERR_clear_error()
            return
        }
        try spend(rounds, times)
    }

    /// Takes off what the MAC of a PKCS #12 file (borrowed) will cost.
    mutating func spend(macOf file: OpaquePointer, times: UInt64) throws(OpenSSLError) {
        var iterations: UnsafePointer<ASN1_INTEGER>?
        PKCS12_get0_mac(nil, nil, nil, &iterations, file)
        // Where there is none, one is meant.
        try spend(iterations.map { Self.number($0) } ?? 1, times)
    }

    private mutating func spend(_ rounds: UInt64, _ times: UInt64) throws(OpenSSLError) {
        let (cost, isTooMuch) = rounds.multipliedReportingOverflow(by: times)
        guard !isTooMuch, cost <= Self.most - spent else {
            throw OpenSSLError(
                operation,
                detail:
                    "deriving its keys takes \(rounds == .max ? "too many" : "\(rounds)") rounds, and \(Self.most) in all are the most that are tried"
            )
        }
        spent += cost
    }

    /// Of password-based encryption (RFC 8018 §6, RFC 7292 appendix C); nil for anything else. A round of scrypt takes
    /// as long as one of PBKDF2.
    private static func rounds(_ algorithm: UnsafePointer<X509_ALGOR>) -> UInt64? {
        guard OBJ_obj2nid(algorithm.pointee.algorithm) == NID_pbes2 else {
            return unpack(algorithm, PBEPARAM_it(), as: PBEPARAM.self) { number($0.iter) }
        }
        return unpack(algorithm, PBE2PARAM_it(), as: PBE2PARAM.self) { scheme in
            guard let function = UnsafePointer(scheme.keyfunc) else { return nil }
            if OBJ_obj2nid(function.pointee.algorithm) == NID_id_scrypt {
                return unpack(function, SCRYPT_PARAMS_it(), as: SCRYPT_PARAMS.self) { cost in
                    [cost.blockSize, cost.parallelizationParameter].reduce(number(cost.costParameter)) {
                        let (product, isTooMuch) = $0.multipliedReportingOverflow(by: number($1))
                        return isTooMuch ? .max : product
                    }
                }
            }
            return unpack(function, PBKDF2PARAM_it(), as: PBKDF2PARAM.self) { number($0.iter) }
        } ?? nil
    }

    /// Decodes the parameters of an algorithm, and lends them.
    private static func unpack<Parameters, Result>(
        _ algorithm: UnsafePointer<X509_ALGOR>, _ item: OpaquePointer?, as: Parameters.Type,
        _ body: (Parameters) -> Result?
    ) -> Result? {
        guard let value = ASN1_TYPE_unpack_sequence(item, algorithm.pointee.parameter) else { return nil }
        defer { ASN1_item_free(OpaquePointer(value), item) }
        return body(value.assumingMemoryBound(to: Parameters.self).pointee)
    }

    /// A number that is negative or has over 64 bits is more than any limit.
    private static func number(_ integer: UnsafePointer<ASN1_INTEGER>?) -> UInt64 {
        var number: UInt64 = 0
        return ASN1_INTEGER_get_uint64(&number, integer) == 1 ? number : .max
    }
}

extension KeyDerivationBudget {
    /// Takes off what a PKCS #12 file (borrowed) says on its outside: the MAC, and what its safes are encrypted with.
    /// Both are derived again when it is opened.
    mutating func spend(outsideOf file: OpaquePointer) throws(OpenSSLError) {
        try spend(macOf: file, times: 3)
        let safes = try required(PKCS12_unpack_authsafes(file), operation)
        defer { cossl_safes_free(safes) }
        for index in 0..<cossl_safes_count(safes) {
            try spend(cossl_safe_encryption(cossl_safes_at(safes, index)), times: 2)
        }
    }

    /// Takes off what the keys within it are encrypted with, which is seen when its safes are open.
    /// - Parameter password: ended by a NUL.
    mutating func spend(insideOf file: OpaquePointer, password: [CChar]) throws(OpenSSLError) {
        let safes = try required(PKCS12_unpack_authsafes(file), operation)
        defer { cossl_safes_free(safes) }
        for index in 0..<cossl_safes_count(safes) {
            let safe = cossl_safes_at(safes, index)
            // One of another kind is passed over when the file is opened, too.
            guard let bags = cossl_safe_open(safe, password) else { continue }
            defer { cossl_bags_free(bags) }
            try spend(bags)
        }
        ERR_clear_error()
    }

    /// OpenSSL does not decode safes within safes deeper than 30.
    private mutating func spend(_ bags: OpaquePointer?) throws(OpenSSLError) {
        for index in 0..<cossl_bags_count(bags) {
            let bag = cossl_bags_at(bags, index)
            switch PKCS12_SAFEBAG_get_nid(bag) {
            case NID_pkcs8ShroudedKeyBag:
                var algorithm: UnsafePointer<X509_ALGOR>?
                X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, nil)
                try spend(algorithm)
            case NID_safeContentsBag: try spend(PKCS12_SAFEBAG_get0_safes(bag))
            default: continue
            }
        }
    }
}
