import MailCA
import OpenSSLKit

/// A certificate in its place in a path.
struct PathMember {
    let certificate: Certificate
    /// What it says; nil where that cannot be read.
    let fields: CertificateFields?
    /// 0 for the certificate in question, 1 for its issuer, and so on.
    let depth: Int
    let isRoot: Bool
    /// What findings are about.
    let subject: String

    init(_ certificate: Certificate, depth: Int, isRoot: Bool, subject: String) {
        self.certificate = certificate
        fields = try? certificate.fields()
        self.depth = depth
        self.isRoot = isRoot
        self.subject = subject
    }

    var isLeaf: Bool { depth == 0 }

    /// What it is called in a message.
    var name: String {
        if isLeaf { return "the certificate" }
        let subject = (try? certificate.subject()).map { $0.isEmpty ? "without a name" : "\($0)" } ?? "above it"
        return isRoot ? "the root \(subject)" : "the CA certificate \(subject)"
    }

    /// What to do where only a new certificate helps.
    var replacement: String {
        isLeaf
            ? "have it issued again, as with mailca issue-server or mailca issue-client"
            : "ask whoever runs that CA for another certificate, or leave it out where another path leads to a root"
    }

    func error(_ id: String, _ message: String, remedy: String? = nil) -> Finding {
        Finding(id, .error, subject, message, remedy: remedy ?? replacement)
    }
}

/// A path that OpenSSL found good, or the certificate alone where it found none.
struct CertificatePath {
    let members: [PathMember]
    let validation: PathValidation

    init(_ members: [PathMember], _ validation: PathValidation) {
        self.members = members
        self.validation = validation
    }

    private static let checks: [any PathCheck] = [
        PeerNameCheck(), AlternativeNamesCheck(), ExtendedKeyUsageCheck(), LeafCheck(), VersionCheck(),
        NameConstraintsCheck(), WildcardCheck(), PolicyConstraintsCheck(), SerialNumberCheck(), KeyStrengthCheck(),
        ExtensionSyntaxCheck(), RevocationListNumberCheck(),
    ]

    func findings(of member: PathMember) -> [Finding] { Self.checks.flatMap { $0.findings(of: member, in: self) } }
}

/// One thing that OpenSSL does not look at, or has to be told to.
protocol PathCheck: Sendable {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding]
}
