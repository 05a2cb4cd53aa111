import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// What came of putting a CA back, or of entering what its ledger did not know.
struct RestoreResult: CommandResult {
    struct Skipped: Encodable {
        let subject: String
        let reason: String
    }

    /// What was done: the CA was put back, its files alone, or nothing.
    enum Kind: String, Encodable { case ledger, files, nothing }

    let restored: Kind
    let backup: String?
    let madeAt: String?
    /// Why the CA had to be put back.
    let damage: String?
    let files: [FileResult]
    /// Paths under which old files were kept.
    let kept: [String]
    /// Certificates that were being made when the backup was, and were given up.
    let abandoned: [CertificateResult]
    /// Certificates that were entered.
    let recovered: [CertificateResult]
    /// Certificates that were found on a list, and are revoked now.
    let revoked: [CertificateResult]
    /// Numbers on a list of which nothing else is known; they stay on the lists.
    let revokedNumbers: [String]
    let knownCount: Int
    let foreignCount: Int
    let skipped: [Skipped]
    /// Where certificates and lists were looked for.
    let searched: [String]
    let dryRun: Bool
    let places: String

    private enum CodingKeys: CodingKey {
        case restored, backup, madeAt, damage, files, kept, abandoned, recovered, revoked, revokedNumbers, knownCount,
            foreignCount, skipped, searched, dryRun
    }

    /// The CA was put back as a whole.
    init(
        _ restoration: Restoration, _ situation: Restoration.Situation, _ outcome: Restoration.Outcome,
        _ plan: RecoveryPlan?, _ search: Search, _ common: CommonOptions
    ) {
        self.init(.ledger, restoration, situation, outcome, plan, search, common)
    }

    /// What would be done.
    init(
        planned restoration: Restoration, _ situation: Restoration.Situation, _ search: Search, _ common: CommonOptions
    ) {
        var kind = Kind.ledger
        var files = Self.files(of: restoration)
        if !restoration.force {
            switch situation {
            case .filesOnly(let names):
                kind = .files
                files = files.filter { file in names.contains { file.path.hasSuffix("/\($0)") } }
            case .restored: (kind, files) = (.nothing, [])
            default: break
            }
        }
        self.init(kind, restoration, situation, .init(written: files), nil, search, common)
    }

    /// A ledger that is whole got what it did not know, after files of its CA were put back.
    init(
        _ plan: RecoveryPlan, _ search: Search, _ before: (restoration: Restoration, outcome: Restoration.Outcome)?,
        _ common: CommonOptions
    ) {
        let outcome = before?.outcome ?? .init()
        self.init(
            outcome.written.isEmpty ? .nothing : .files, before?.restoration, nil, outcome, plan, search, common)
    }

    private init(
        _ kind: Kind, _ restoration: Restoration?, _ situation: Restoration.Situation?,
        _ outcome: Restoration.Outcome, _ plan: RecoveryPlan?, _ search: Search, _ common: CommonOptions
    ) {
        restored = kind
        backup = restoration?.backup.path.string
        madeAt = (restoration?.backup.date).map { Timestamp.rfc3339($0) }
        damage = if case .damaged(let reason) = situation { reason } else { nil }
        files = outcome.written
        kept = outcome.kept.map(\.string)
        abandoned = outcome.abandoned.map { CertificateResult($0) }
        recovered = plan?.certificates.map { CertificateResult($0) } ?? []
        let listed = (plan?.revocations ?? []) + (plan?.certificates.filter { $0.revocation != nil } ?? [])
        revoked = listed.map { CertificateResult($0) }
        revokedNumbers = plan?.numbers.map(\.serialNumber.description) ?? []
        knownCount = plan?.knownCount ?? 0
        foreignCount = plan?.foreignCount ?? 0
        let refused = plan?.refused.map { refusal in
            Skipped(
                subject: (try? refusal.certificate.subject().description) ?? "a certificate", reason: refusal.reason)
        }
        skipped =
            (refused ?? []) + search.passedOver.map { Skipped(subject: $0.path.string, reason: $0.reason) }
        searched = search.places.map(\.string)
        dryRun = common.dryRun
        places = common.places
    }

    private static func files(of restoration: Restoration) -> [FileResult] {
        let home = restoration.home
        return [FileResult(path: home.ledger, mode: "0600")]
            + restoration.backup.files.map { file in
                FileResult(
                    path: home.authorities.appending(file.name),
                    mode: file.name.hasSuffix(".key") ? "0600" : "0\(String(file.mode, radix: 8))")
            }
    }
}
