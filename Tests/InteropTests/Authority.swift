import Foundation
import Synchronization
import TestSupport
import Testing

/// A CA that `mailca` makes for the tests, once a run, with the certificates that they look at.
enum Authority: CaseIterable, Hashable, Sendable, CustomTestStringConvertible {
    case rootP256, rootP384, rootRSA, issuingP256, issuingP384, issuingRSA
    /// Another CA, of the same name and domain as `rootP256`.
    case namesake
    /// One that may name IP addresses.
    case addresses
    /// One of an internationalised domain.
    case international

    /// Every kind of CA there is, by structure and key.
    static let kinds: [Authority] = [.rootP256, .rootP384, .rootRSA, .issuingP256, .issuingP384, .issuingRSA]

    var testDescription: String { "\(hasIssuing ? "an issuing CA" : "a root alone"), \(key) (\(self))" }

    var key: String {
        switch self {
        case .rootP384, .issuingP384: "ec-p384"
        case .rootRSA, .issuingRSA: "rsa-3072"
        default: "ec-p256"
        }
    }

    var hasIssuing: Bool { [.issuingP256, .issuingP384, .issuingRSA].contains(self) }

    /// As it is typed.
    var domain: String { self == .international ? "例子.广告" : "example.org" }

    /// As it stands in certificates.
    var asciiDomain: String { self == .international ? "xn--fsqu00a.xn--4rr70v" : "example.org" }

    var name: String { self == .namesake ? Authority.rootP256.name : "Example Mail CA (\(self))" }

    var blocks: [String] { self == .addresses ? ["192.0.2.0/24", "2001:db8::/32"] : [] }

    /// Its files, made at the first call.
    /// - Throws: what went wrong then, at every call.
    var files: AuthorityFiles {
        get throws {
            try Self.made.withLock { made in
                if made.isEmpty { Self.cleanUpAtExit }
                let files = made[self] ?? Result { try AuthorityFiles(self) }
                made[self] = files
                return try files.get()
            }
        }
    }

    private static let made = Mutex<[Authority: Result<AuthorityFiles, any Error>]>([:])
    // Nothing global is ever released: the temporary directories are given up when the test process ends.
    private static let cleanUpAtExit: Void = { _ = atexit { Authority.made.withLock { $0.removeAll() } } }()
}
