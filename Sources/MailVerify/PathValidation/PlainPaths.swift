import MailCA
import OpenSSLKit
import Synchronization

/// What was learned while many certificates were validated: the paths above them, by which the next ones of the same
/// kind are checked quickly.
final class PlainPaths: Sendable {
    private let validation: PathValidation
    /// The serial numbers on any list that was given.
    private let listed: Set<SerialNumber>
    /// By the issuer that certificates name; nil where OpenSSL has to judge all that it signed.
    private let paths = Mutex<[[UInt8]: Path?]>([:])

    struct Path: Sendable {
        let link: PlainLink
        /// The certificates above, which are known beside the files.
        let authorities: Set<[UInt8]>
    }

    /// - Returns: nil where every certificate has to be looked at for itself.
    init?(_ validation: PathValidation) {
        guard validation.peer == nil else { return nil }
        self.validation = validation
        var listed: Set<SerialNumber> = []
        for list in validation.revocationLists ?? [] {
            guard let entries = try? list.entries() else { return nil }
            listed.formUnion(entries.lazy.map(\.serialNumber))
        }
        self.listed = listed
    }

    /// The path for certificates of that issuer, where one was learned.
    func path(_ issuer: [UInt8]) -> Path?? { paths.withLock { $0[issuer] } }

    /// Learns from a certificate that was found good.
    func learn(_ certificate: PlainCertificate, _ verdict: PathValidation.Verdict) {
        guard verdict.isValid, let path = verdict.path, path.count > 1 else { return }
        let authorities = Array(path.dropFirst())
        let known = Set(validation.authorities.map(\.der))
        let isKnown = authorities.allSatisfy { known.contains($0.der) }
        let link = isKnown ? PlainLink(authorities: authorities) : nil
        paths.withLock {
            $0[PlainLink.issuer(of: certificate)] = link.map {
                Path(link: $0, authorities: Set(authorities.map(\.der)))
            }
        }
    }

    /// Whether nothing but its signature, its time and its place is left to be looked at.
    func isPlain(_ certificate: PlainCertificate) -> Bool {
        !listed.contains(certificate.serialNumber) && certificate.names.allSatisfy { NameSyntax.isSound($0) }
    }
}

extension PlainPaths {
    /// What one thread needs: OpenSSL's contexts are nobody else's.
    final class Checker {
        private let paths: PlainPaths
        private var checkers: [[UInt8]: (PlainLink.Checker, Path)] = [:]

        init(_ paths: PlainPaths) { self.paths = paths }

        /// Whether the first certificate is surely good, and no other stands in the file than those above it.
        func accepts(_ certificate: PlainCertificate, beside others: ArraySlice<[UInt8]>) -> Bool {
            guard paths.isPlain(certificate) else { return false }
            let issuer = PlainLink.issuer(of: certificate)
            if checkers[issuer] == nil, case .some(.some(let path)) = paths.path(issuer) {
                checkers[issuer] = (PlainLink.Checker(path.link), path)
            }
            guard let (checker, path) = checkers[issuer], others.allSatisfy(path.authorities.contains) else {
                return false
            }
            return checker.accepts(certificate, purpose: paths.validation.purpose, time: paths.validation.time)
        }
    }
}
