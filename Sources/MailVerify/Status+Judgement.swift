import FoundationEssentials
import MailCA
import OpenSSLKit

extension Status {
    private static let day = 86_400.0
    /// Of its life that has to be left of a list: else something that should have made a new one long ago did not.
    static let criticalShare = 0.25
    /// The same where `mailca maintain` runs, which makes a new one at half of it.
    static let warningShare = 0.4
    /// A list that counts for many years need not be thought of before those of a year are: so long before the end.
    static let longestMargin = 91.25 * day
    /// How long `mailca maintain` may be silent, where it ran before.
    static let longestSilence = 3 * day

    /// What there is to say of the CA itself; the deployments have their own.
    var judgements: [Reason] {
        authorities.flatMap(judge) + lists.flatMap(judge) + missingLists + revocations + maintenance
    }

    private func judge(_ authority: CertificateFields) -> [Reason] {
        let end = authority.validity.notAfter
        let left = end.timeIntervalSince(date)
        guard left < 90 * Self.day else { return [] }
        return [
            Reason(
                level: left < 30 * Self.day ? .critical : .warning,
                message:
                    "the CA \(authority.subject) \(left < 0 ? "ended" : "ends") on \(Timestamp.readable(end)), and all its certificates with it",
                remedy: "make a new CA in another directory with mailca init-ca, and move servers and users over")
        ]
    }

    private var missingLists: [Reason] {
        authorities.filter { authority in !lists.contains { $0.issuer == authority.subject } }.map {
            Reason(
                level: .critical, message: "there is no revocation list of \($0.subject), and users are refused",
                remedy: "mailca crl")
        }
    }

    private func judge(_ list: List) -> [Reason] {
        guard list.thisUpdate <= date else {
            return [
                Reason(
                    level: .critical,
                    message:
                        "the revocation list of \(list.issuer) counts only from \(Timestamp.readable(list.thisUpdate)) on, and users are refused until then",
                    remedy:
                        "see that the clock is right; if it is, put the ledger back from a backup of before the clock was ahead"
                )
            ]
        }
        let left = list.coveredUntil.timeIntervalSince(date)
        func isShort(_ share: Double) -> Bool {
            left < min(list.life * share, Self.longestMargin * share / Self.criticalShare)
        }
        let isCritical = isShort(Self.criticalShare)
        guard isCritical || (lastMaintained != nil && isShort(Self.warningShare)) else { return [] }
        let isOffline = authorities.count > 1 && list.issuer == authorities.last?.subject
        return [
            Reason(
                level: isCritical ? .critical : .warning,
                message:
                    "the revocation list of \(list.issuer) \(left < 0 ? "ended" : "ends") on \(Timestamp.readable(list.coveredUntil)), and users are refused \(left < 0 ? "since then" : "from then on")",
                remedy: isOffline
                    ? "bring the root's key: mailca crl --root --periods 24 --root-key FILE" : "mailca crl")
        ]
    }

    private var revocations: [Reason] {
        guard hasUnlisted else { return [] }
        return [
            Reason(
                level: .critical, message: "what was revoked is not on the revocation list: the holders still get in",
                remedy: "mailca crl")
        ]
    }

    private var maintenance: [Reason] {
        guard let lastMaintained, date.timeIntervalSince(lastMaintained) > Self.longestSilence else { return [] }
        return [
            Reason(
                level: .warning, message: "mailca maintain ran last on \(Timestamp.readable(lastMaintained))",
                remedy: "look at its timer: systemctl status mailca-maintain.timer")
        ]
    }
}
