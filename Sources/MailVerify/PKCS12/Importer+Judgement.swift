public import OpenSSLKit

extension Importer {
    /// Whether it can import a file that is protected so.
    /// - Parameter password: what is known of the password; nil for nothing.
    public func verdict(on file: PKCS12Structure, password: PasswordTraits? = nil) -> Verdict {
        if let reason = obstacle(in: file) ?? password.flatMap(obstacle(of:)) { return .no(reason) }
        return doubt(about: file, password).map { .unsure($0) } ?? .yes
    }

    /// What some programs do not take a password for.
    public struct PasswordTraits: Sendable, Hashable {
        public let isEmpty: Bool
        public let isASCII: Bool

        public init(_ password: SecretBytes) {
            isEmpty = password.isEmpty
            isASCII = password.withBytes { $0.allSatisfy { $0 < 0x80 } }
        }
    }

    private func obstacle(of password: PasswordTraits) -> String? {
        switch self {
        case .java where !password.isASCII: "the password has letters beyond ASCII"
        case .macOS where password.isEmpty: "the password is empty"
        default: nil
        }
    }

    private func obstacle(in file: PKCS12Structure) -> String? {
        if let reason = obstacle(of: file.mac) { return reason }
        for key in file.keys {
            guard let key else {
                if self == .java { return "the key is not encrypted" }
                continue
            }
            if let reason = obstacle(of: key) { return reason }
        }
        for part in file.certificates.compactMap(\.self) {
            if let reason = obstacle(of: part) { return reason }
        }
        return nil
    }

    private func obstacle(of mac: PKCS12Structure.MAC?) -> String? {
        guard let mac else {
            return [.nss, .gnuTLS].contains(self) ? "it has no MAC" : nil
        }
        if self == .java && mac.iterations > Self.mostOfJava { return "\(mac.iterations) iterations of the MAC" }
        let known: Set<String> =
            switch self {
            case .openSSL:
                [
                    "MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-224", "SHA3-256", "SHA3-384",
                    "SHA3-512",
                ]
            case .nss: ["MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"]
            case .java, .gnuTLS, .windows, .macOS, .iOS, .android:
                ["SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"]
            case .oldWindows, .oldMacOS, .oldIOS, .oldAndroid: ["SHA-1"]
            }
        if known.contains(mac.digest) {
            return self == .oldMacOS && mac.saltLength > 8 ? "a salt of \(mac.saltLength) bytes" : nil
        }
        return "a MAC with \(mac.digest)"
    }

    private func obstacle(of encryption: PKCS12Encryption) -> String? {
        if self == .java && encryption.iterations > Self.mostOfJava { return "\(encryption.iterations) iterations" }
        if self == .oldMacOS && encryption.saltLength > 8 { return "a salt of \(encryption.saltLength) bytes" }
        let known: Set<String> =
            switch (encryption.derivation, self) {
            case (.pbkdf2, .openSSL):
                [
                    "AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "3DES-CBC", "Camellia-128-CBC", "Camellia-192-CBC",
                    "Camellia-256-CBC", "ARIA-128-CBC", "ARIA-192-CBC", "ARIA-256-CBC",
                ]
            case (.pbkdf2, .nss):
                [
                    "AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "3DES-CBC", "DES-CBC", "Camellia-128-CBC",
                    "Camellia-192-CBC", "Camellia-256-CBC",
                ]
            case (.pbkdf2, .java): ["AES-128-CBC", "AES-256-CBC"]
            case (.pbkdf2, .gnuTLS): ["AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "3DES-CBC", "DES-CBC"]
            case (.pbkdf2, .windows), (.pbkdf2, .macOS), (.pbkdf2, .iOS), (.pbkdf2, .android):
                ["AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "3DES-CBC"]
            case (.pkcs12, .openSSL): ["3DES-CBC", "2DES-CBC"]
            case (.pkcs12, .nss), (.pkcs12, .java): ["3DES-CBC", "RC2-40-CBC", "RC2-128-CBC", "RC4-40", "RC4-128"]
            case (.pkcs12, .gnuTLS): ["3DES-CBC", "RC2-40-CBC", "RC4-128"]
            case (.pkcs12, _): ["3DES-CBC", "RC2-40-CBC", "RC2-128-CBC", "2DES-CBC"]
            case (.pkcs5("MD5"), .java), (.pkcs5("MD5"), .gnuTLS): ["DES-CBC"]
            default: []
            }
        return known.contains(encryption.cipher) ? nil : Self.words(encryption)
    }

    /// `RC2-40-CBC`, `AES-256-CBC with PBES2`
    private static func words(_ encryption: PKCS12Encryption) -> String {
        switch encryption.derivation {
        case .pbkdf2: "\(encryption.cipher) with PBES2"
        case .scrypt: "\(encryption.cipher) with scrypt"
        case .pkcs12, .pkcs5, .unknown: encryption.cipher
        }
    }

    private func doubt(about file: PKCS12Structure, _ password: PasswordTraits?) -> String? {
        let isNew = (file.keys + file.certificates).contains { encryption in
            if case .pbkdf2 = encryption?.derivation { true } else { false }
        }
        switch self {
        case .macOS where isNew: return "some ways of importing want to be told the format (security import -f pkcs12)"
        case .iOS where isNew: return "reports of AES with PBES2 differ"
        default: break
        }
        guard !isTried else { return nil }
        if file.mac == nil { return "nobody reports of a file without MAC" }
        if password?.isEmpty == true { return "an empty password is taken by some ways of importing only" }
        return nil
    }

    private static let mostOfJava = 5_000_000
}
