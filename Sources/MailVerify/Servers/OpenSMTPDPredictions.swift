/// OpenSMTPD 7.4. It reads everything as root when it starts, looks at owner and mode, and reads no revocation lists.
enum OpenSMTPDPredictions: ServerPredictions {
    static func prediction(of fault: Fault, in snapshot: Snapshot) -> Prediction? {
        switch fault {
        case .missing(.certificate): Prediction(.doesNotStart, "load_pki_tree: failed to load certificate file")
        case .missing(.key), .malformed(.key), .encryptedKey, .keyInDER:
            Prediction(.doesNotStart, "load_pki_keys: failed to load key file")
        case .missing(.authorities): Prediction(.doesNotStart, "load_pki_tree: failed to load CA file")
        case .malformed(.certificate):
            Prediction(.doesNotStart, "tls_config_set_keypair_mem: failed to load certificate")
        case .malformed(.authorities): Prediction(.doesNotStart, "tls_configure: ssl verify memory setup failure")
        // It does not see that they do not belong together, nor which certificate is the server's.
        case .mismatch: Prediction(.breaksTLS)
        case .leafNotFirst, .issuerNotSent: Prediction(.isNotBelieved)
        default: nil
        }
    }
}
