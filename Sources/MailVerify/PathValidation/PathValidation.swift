public import FoundationEssentials
public import MailCA
public import OpenSSLKit

/// Whether certificates lead to a root that is trusted, and are what one takes them for: OpenSSL's strict validation
/// (RFC 5280 §6), and what mail needs beside it.
public struct PathValidation: Sendable {
    /// Whose a certificate has to be. Its common name is never looked at (RFC 9525 §6.3).
    public enum Peer: Sendable, Hashable {
        case server(ServerName)
        case mailbox(EmailAddress)
    }

    /// CA certificates that may stand between, in any order; those that lead nowhere are passed over.
    let chain: [Certificate]
    let revocationLists: [RevocationList]?
    let purpose: TrustStore.Purpose
    let peer: Peer?
    let time: Date
    let maximumIntermediates: Int?
    let store: TrustStore
    private let roots: Set<Certificate>
    /// Whether a path may end at a certificate that another CA signed.
    private let endsAnywhere: Bool

    /// - Parameters:
    ///   - roots: what is trusted: those that signed themselves, while the others among them may stand between. Where none
    ///     did, all of them are trusted.
    ///   - chain: CA certificates that may stand between, in any order, needed or not.
    ///   - revocationLists: where they are given, a current one of every CA in the path is demanded.
    ///   - purpose: what a certificate has to be good for. Where it is `any`, also a CA's certificate is, and names and
    ///     an extended key usage need not be there.
    ///   - peer: whose it has to be; nil for anybody's.
    ///   - time: at which everything has to be valid.
    ///   - maximumIntermediates: how many CA certificates may stand between it and the root.
    /// - Throws: `MailCAError` with code `damaged` where a root or a list cannot be used.
    public init(
        roots: [Certificate], chain: [Certificate] = [], revocationLists: [RevocationList]? = nil,
        purpose: TrustStore.Purpose = .any, peer: Peer? = nil, time: Date = Date(), maximumIntermediates: Int? = nil
    ) throws(MailCAError) {
        var seen: Set<Certificate> = []
        let own = roots.filter { (try? $0.subject()) == (try? $0.issuer()) }
        let trusted = own.isEmpty ? roots : own
        self.chain = (chain + roots).filter { seen.insert($0).inserted }
        self.roots = Set(trusted)
        endsAnywhere = own.isEmpty
        self.revocationLists = revocationLists
        self.purpose = purpose
        self.peer = peer
        self.time = time
        self.maximumIntermediates = maximumIntermediates
        do { store = try TrustStore(roots: trusted, revocationLists: revocationLists ?? []) } catch {
            throw MailCAError(
                .damaged, "the roots or revocation lists cannot be used: \(error)",
                hint: "Give others with whole public keys.", cause: error)
        }
    }

    /// The CA certificates that are there for every certificate.
    var authorities: [Certificate] { chain }

    /// What came of one certificate.
    public struct Verdict: Sendable {
        /// The certificate first, and the root last; nil where nothing leads to a root.
        public let path: [Certificate]?
        /// What is wrong, where anything is. Their ids begin with `path.`.
        public let findings: [Finding]

        public var isValid: Bool { path != nil && !findings.contains { $0.severity == .error } }
    }

    /// Looks for a path from the certificate to a root in which nothing is wrong.
    ///
    /// OpenSSL tries one issuer at each step. Where that one is not good, another of the same name may be: it is tried
    /// without the first, so that a bad certificate in the chain harms nobody who does not need it.
    /// - Parameters:
    ///   - certificate: the one in question.
    ///   - intermediates: CA certificates that came with it, beside those of the whole validation.
    ///   - subject: what findings are about, such as the path of its file.
    public func validate(
        _ certificate: Certificate, with intermediates: [Certificate] = [], subject: String = "certificate"
    ) -> Verdict {
        var candidates = (intermediates + chain).filter { $0 != certificate }
        var first: Verdict?
        for _ in 0..<Self.attempts {
            let (verdict, culprit) = attempt(certificate, candidates, subject)
            if verdict.isValid { return verdict }
            first = first ?? verdict
            guard let culprit, let index = candidates.firstIndex(of: culprit) else { break }
            candidates.remove(at: index)
        }
        return first ?? Verdict(path: nil, findings: [])
    }

    /// How many paths are tried: nobody is to make us try them all.
    private static let attempts = 16

    /// - Returns: what came of it, and the CA certificate that is to blame, where one is.
    private func attempt(
        _ certificate: Certificate, _ candidates: [Certificate], _ subject: String
    ) -> (Verdict, culprit: Certificate?) {
        do throws(TrustStore.Failure) {
            let found = try store.validate(
                certificate, chain: candidates, purpose: purpose, time: time,
                checkRevocation: revocationLists != nil, maximumIntermediates: maximumIntermediates,
                trustsAny: endsAnywhere,
                minimumSecurity: Self.minimumSecurity)
            let members = found.enumerated().map { depth, member in
                PathMember(member, depth: depth, isRoot: depth == found.count - 1, subject: subject)
            }
            let path = CertificatePath(members, self)
            var findings: [Finding] = []
            var culprit: Certificate?
            for member in members {
                let more = path.findings(of: member)
                if member.depth > 0 && !more.isEmpty && culprit == nil { culprit = member.certificate }
                findings += more
            }
            return (Verdict(path: found, findings: findings), culprit)
        } catch {
            // What can be told of the certificate alone is told in the same go.
            let leaf = PathMember(certificate, depth: 0, isRoot: false, subject: subject)
            let member =
                error.depth == 0
                ? nil
                : error.certificate.map {
                    PathMember($0, depth: error.depth, isRoot: roots.contains($0), subject: subject)
                }
            let findings =
                [Finding(error, of: member ?? leaf, validation: self)]
                + CertificatePath([leaf], self).findings(of: leaf)
            let culprit = Self.culprits(error).first(where: candidates.contains)
            return (Verdict(path: nil, findings: findings), culprit)
        }
    }

    /// Which certificates of the path another one could take the place of, where OpenSSL refused it.
    private static func culprits(_ failure: TrustStore.Failure) -> ArraySlice<Certificate> {
        switch failure.kind {
        // It says who has the name, and not who forbids it.
        case .namesNotPermitted, .namesMalformed:
            let above = failure.path.dropFirst()
            return above.filter { (try? $0.fields().extensions.nameConstraints) != nil }[...]
        // Or the issuer is another one of that name.
        case .signature: return failure.path.dropFirst(failure.depth + 1).prefix(1)
        default: return (failure.depth == 0 ? [] : [failure.certificate].compactMap(\.self))[...]
        }
    }

    /// 112 bits, as Debian's OpenSSL demands of every TLS connection.
    private static let minimumSecurity = 2

    /// What the purpose is called in messages.
    var purposeName: String {
        switch purpose {
        case .server: "a server"
        case .client: "a client"
        case .smime: "signed mail"
        case .any: "anything"
        }
    }
}
