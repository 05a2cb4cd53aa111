import OpenSSLKit

/// Cyrus 3.6 on OpenSSL. It reads everything as a user of its own, when a process has its first TLS connection.
enum CyrusPredictions: ServerPredictions {
    static func prediction(of fault: Fault, in snapshot: Snapshot) -> Prediction? {
        switch fault {
        case .missing(.certificate), .unreadable(.certificate), .malformed(.certificate):
            Prediction(.refusesTLS, "unable to get certificate from '\(snapshot.path(.certificate))'")
        // It takes what the client says next for the passphrase.
        case .encryptedKey: Prediction(.hangs, "unable to get private key from '\(snapshot.path(.key))'")
        case .missing(.key), .unreadable(.key), .malformed(.key), .keyInDER, .mismatch, .leafNotFirst:
            Prediction(.refusesTLS, "unable to get private key from '\(snapshot.path(.key))'")
        case .malformed(.authoritiesAndLists) where hasLists(snapshot):
            Prediction(.refusesUsers, "TLS server engine: No client CA certs specified.")
        case .missing(.authoritiesAndLists), .unreadable(.authoritiesAndLists), .malformed(.authoritiesAndLists):
            Prediction(.refusesUsers, "TLS server engine: Failed loading client CA data, cert auth disabled.")
        case .listMissing: Prediction(.refusesUsers, "unable to get certificate CRL")
        case .listExpired: Prediction(.refusesUsers, "CRL has expired")
        case .listNotYetValid: Prediction(.refusesUsers, "CRL is not yet valid")
        default: nil
        }
    }

    private static func hasLists(_ snapshot: Snapshot) -> Bool {
        let bytes = snapshot.authoritiesAndListsFile?.bytes ?? []
        return ((try? RevocationList.all(pem: bytes)) ?? []).isEmpty == false
    }
}
