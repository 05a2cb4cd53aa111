/// Exim 4.96 on GnuTLS. It reads everything as a user of its own, at every connection.
enum EximPredictions: ServerPredictions {
    static func prediction(of fault: Fault, in snapshot: Snapshot) -> Prediction? {
        switch fault {
        case .missing(.certificate), .missing(.key), .unreadable(.certificate), .unreadable(.key):
            Prediction(.refusesTLS, pair(snapshot, "Error while reading file."))
        case .malformed(.certificate): Prediction(.refusesTLS, pair(snapshot, "Base64 decoding error."))
        case .malformed(.key), .keyInDER:
            Prediction(.refusesTLS, pair(snapshot, "The requested data were not available."))
        case .encryptedKey: Prediction(.refusesTLS, pair(snapshot, "Decryption has failed."))
        case .mismatch, .leafNotFirst:
            Prediction(.refusesTLS, pair(snapshot, "The certificate and the given key do not match."))
        case .issuerNotSent: Prediction(.isNotBelieved)
        case .missing(.authorities):
            Prediction(
                .refusesTLS,
                "could not stat '\(snapshot.path(.authorities))' (tls_verify_certificates): No such file or directory")
        case .unreadable(.authorities):
            Prediction(.refusesTLS, "(setting certificate trust): Error while reading file.")
        // TLS goes on, and nobody's certificate is verified.
        case .malformed(.authorities): Prediction(.refusesUsers, "CV=no")
        case .missing(.lists), .unreadable(.lists): Prediction(.refusesTLS, list("Error while reading file."))
        case .malformed(.lists): Prediction(.refusesTLS, list("Base64 decoding error."))
        // What is on no good list is looked for in exim.clients alone.
        case .listMissing(ofSigner: true), .listExpired(ofSigner: true): Prediction(.admitsRevoked)
        case .missing(.eximClients):
            Prediction(
                .defersUsers,
                "failed to open \(snapshot.path(.eximClients)) for linear search: No such file or directory")
        case .unreadable(.eximClients):
            Prediction(
                .defersUsers, "failed to open \(snapshot.path(.eximClients)) for linear search: Permission denied")
        default: nil
        }
    }

    private static func pair(_ snapshot: Snapshot, _ reason: String) -> String {
        "(cert/key setup: cert=\(snapshot.path(.certificate)) key=\(snapshot.path(.key))): \(reason)"
    }

    private static func list(_ reason: String) -> String { "(gnutls_certificate_set_x509_crl_file): \(reason)" }
}
