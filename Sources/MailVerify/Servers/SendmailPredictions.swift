/// Sendmail 8.17 on OpenSSL. It looks at every file before OpenSSL reads it, and says `unsafe` of those it does not trust.
enum SendmailPredictions: ServerPredictions {
    static func prediction(of fault: Fault, in snapshot: Snapshot) -> Prediction? {
        switch fault {
        case .missing(.lists):
            withoutList(snapshot, unsafe(snapshot.path(.lists), "No such file or directory"))
        case .missing(let role) where read.contains(role):
            Prediction(.offersNoTLS, unsafe(snapshot.path(role), "No such file or directory"))
        case .malformed(.certificate):
            Prediction(.offersNoTLS, failed("SSL_CTX_use_certificate_file", snapshot.path(.certificate)))
        case .malformed(.key), .encryptedKey, .keyInDER:
            Prediction(.offersNoTLS, failed("SSL_CTX_use_PrivateKey_file", snapshot.path(.key)))
        case .malformed(.authorities):
            Prediction(
                .offersNoTLS,
                "STARTTLS=server, error: load verify locs \(snapshot.directory), \(snapshot.path(.authorities)) failed")
        case .malformed(.lists):
            withoutList(snapshot, "STARTTLS=server, error: PEM_read_bio_X509_CRL(\(snapshot.path(.lists)))=failed")
        case .mismatch, .leafNotFirst:
            Prediction(
                .offersNoTLS, "STARTTLS=server, error: SSL_CTX_check_private_key failed(\(snapshot.path(.key))): 0")
        case .issuerNotTrusted:
            // It leaves out what cert.pem has after the first certificate.
            Prediction(.isNotBelieved, "reason=unable to get local issuer certificate")
        case .listMissing: Prediction(.refusesUsers, "reason=unable to get certificate CRL")
        case .listExpired: Prediction(.refusesUsers, "reason=CRL has expired")
        case .listNotYetValid: Prediction(.refusesUsers, "reason=CRL is not yet valid")
        default: nil
        }
    }

    /// The links beside the file have the same lists, where they are there.
    private static func withoutList(_ snapshot: Snapshot, _ log: String) -> Prediction {
        let areLinked = snapshot.authorities.allSatisfy { !HashLinkCheck.lists(of: $0, snapshot).isEmpty }
        return Prediction(areLinked ? .goesOn : .refusesUsers, log)
    }

    private static let read: Set<Fault.Role> = [.certificate, .key, .authorities]

    /// What it says of a file that it does not trust.
    static func unsafe(_ path: String, _ reason: String) -> String { "STARTTLS=server: file \(path) unsafe: \(reason)" }

    private static func failed(_ call: String, _ path: String) -> String {
        "STARTTLS=server, error: \(call)(\(path)) failed"
    }
}
