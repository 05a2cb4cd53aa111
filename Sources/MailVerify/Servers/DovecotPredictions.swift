import MailLayouts

/// Dovecot 2.3 on OpenSSL. It reads everything as root when it starts, looks at no mode, and says why a user's
/// certificate is not good only with `verbose_ssl`.
enum DovecotPredictions: ServerPredictions {
    static func prediction(of fault: Fault, in snapshot: Snapshot) -> Prediction? {
        switch fault {
        case .missing(.certificate): cannotOpen("ssl_cert", snapshot.path(.certificate))
        case .missing(.key): cannotOpen("ssl_key", snapshot.path(.key))
        case .missing(.authoritiesAndLists): cannotOpen("ssl_ca", snapshot.path(.authoritiesAndLists))
        case .malformed(.certificate):
            Prediction(.breaksTLS, "\(failed): Can't load SSL certificate (ssl_cert setting)")
        case .malformed(.key), .encryptedKey, .keyInDER:
            Prediction(.breaksTLS, "\(failed): Couldn't parse private SSL key (ssl_key setting)")
        case .mismatch, .leafNotFirst:
            Prediction(
                .breaksTLS,
                "\(failed): Can't load SSL private key (ssl_key setting): Key is for a different cert than ssl_cert")
        case .malformed(.authoritiesAndLists):
            snapshot.authoritiesAndListsFile?.bytes?.isEmpty == true
                ? Prediction(.doesNotStart, "ssl_verify_client_cert set, but ssl_ca not") : Prediction(.refusesUsers)
        case .listMissing: refuses("unable to get certificate CRL")
        case .listExpired: refuses("CRL has expired")
        case .listNotYetValid: refuses("CRL is not yet valid")
        default: nil
        }
    }

    private static let failed = "Failed to initialize SSL server context"

    private static func cannotOpen(_ setting: String, _ path: String) -> Prediction {
        Prediction(.doesNotStart, "\(setting): Can't open file \(path): No such file or directory")
    }

    private static func refuses(_ reason: String) -> Prediction {
        Prediction(.refusesUsers, "Received invalid SSL certificate: \(reason)", with: "verbose_ssl = yes")
    }
}
