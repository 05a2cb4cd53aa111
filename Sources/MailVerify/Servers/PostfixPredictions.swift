/// Postfix 3.7 on OpenSSL. It reads everything as root, looks at no mode, and reads no revocation lists.
enum PostfixPredictions: ServerPredictions {
    static func prediction(of fault: Fault, in snapshot: Snapshot) -> Prediction? {
        let (key, certificate) = (snapshot.path(.key), snapshot.path(.certificate))
        let map = snapshot.path(.postfixRevoked)
        let isHash = snapshot.postfixMapType == .hash
        return switch fault {
        case .missing(.certificate), .missing(.key):
            Prediction(
                .breaksTLS,
                "warning: error opening chain file: \(fault == .missing(.key) ? key : certificate): No such file or directory"
            )
        case .missing(.authorities), .malformed(.authorities):
            Prediction(
                .refusesTLS,
                "cannot load Certification Authority data, CAfile=\"\(snapshot.path(.authorities))\": disabling TLS support"
            )
        case .malformed(.certificate): Prediction(.refusesTLS, "warning: No certs for key at index 1 in \(key)")
        case .malformed(.key), .keyInDER:
            Prediction(.refusesTLS, "warning: error loading chain from \(certificate): key not first")
        case .encryptedKey:
            Prediction(
                .refusesTLS,
                snapshot.keyIsEncryptedPKCS8
                    ? "warning: loading \(key): ignoring PEM type: ENCRYPTED PRIVATE KEY"
                    : "warning: error loading private key (PEM object number 1) from \(key)")
        case .mismatch, .leafNotFirst:
            Prediction(.refusesTLS, "warning: key at index 1 in \(key) does not match next certificate")
        case .missing(.postfixRevoked):
            Prediction(.defersUsers, isHash ? "error: open database \(map).db: No such file or directory" : nil)
        case .malformed(.postfixRevoked):
            Prediction(.defersUsers, "error: open database \(map).db: Invalid argument")
        case .databaseOld:
            Prediction(.admitsRevoked, isHash ? "warning: database \(map).db is older than source file \(map)" : nil)
        default: nil
        }
    }
}
