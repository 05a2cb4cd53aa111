import MailCA
import OpenSSLKit

extension LiveCheck {
    /// What other mail servers make of what a server shows, by its DANE records (RFC 7672).
    func daneFindings(_ session: TLSSession, _ service: MailService, _ subject: String) -> [Finding] {
        guard let published else { return [] }
        var findings: [Finding] = []
        switch published {
        case .given: break
        case .unknown(let failure):
            return [
                Finding(
                    "live.tlsa-lookup", .error, subject,
                    "its DANE records cannot be looked up, and a mail server that looks for them keeps its mail meanwhile: \(failure)",
                    remedy: "look at the name servers of the zone, or ask another resolver with --resolver ADDRESS")
            ]
        case .found(let answer) where answer.records.isEmpty:
            return [
                Finding(
                    "live.tlsa-none", .note, subject,
                    "the DNS has no DANE record of it (\(service.tlsaOwner ?? ""))",
                    remedy: "nothing, where none is wanted; else publish what mailca tlsa HOST prints, in a signed zone"
                )
            ]
        case .found(let answer):
            if !answer.isAuthenticated {
                findings.append(
                    Finding(
                        "live.tlsa-unauthenticated", .warning, subject,
                        "its DANE records came without a word that they are signed and true (DNSSEC), and mail servers do not look at such",
                        remedy:
                            "sign the zone; where it is signed, ask a resolver that validates, on this machine or with --resolver ADDRESS"
                    ))
            }
        }
        let verdicts = published.verdicts(on: session, service, now: now)
        let unusable = verdicts.filter { $0.verdict == .unusable }.map(\.record)
        let differing = verdicts.filter { if case .differs = $0.verdict { true } else { false } }
        if !unusable.isEmpty {
            findings.append(
                Finding(
                    "live.tlsa-unusable", .warning, subject,
                    "mail servers make nothing of \(Self.list(unusable)): the usage is 3 or 2, the selector 1 or 0, the matching type 1, 2 or 0, with as many digits as that has",
                    remedy: Self.trueRecord(session, service)))
        }
        guard !differing.isEmpty else { return findings }
        if verdicts.contains(where: { $0.verdict == .matches }) {
            findings.append(
                Finding(
                    "live.tlsa-other", .note, subject,
                    "of its DANE records one is true, and this is not: \(Self.list(differing.map(\.record)))",
                    remedy: "nothing, while a key is being changed (mailca rekey --staged); else take it out of the DNS"
                ))
            return findings
        }
        findings.append(
            Finding(
                "live.tlsa-mismatch", .error, subject,
                "what it shows is not what its DANE records name, and mail servers that look at them deliver nothing: \(differing.map { Self.words($0.record, $0.verdict, session) }.joined(separator: "; "))",
                remedy: Self.trueRecord(session, service)))
        return findings
    }

    private static func list(_ records: [TLSAData]) -> String { records.map(brief).joined(separator: ", ") }

    /// Enough of a record to tell it from another.
    private static func brief(_ record: TLSAData) -> String {
        let text = "\(record)"
        return text.count > 80 ? "\(text.prefix(80))…" : text
    }

    private static func words(_ record: TLSAData, _ verdict: TLSAData.Verdict, _ session: TLSSession) -> String {
        guard case .differs(let failure) = verdict else { return brief(record) }
        let reason =
            switch failure.code {
            case TrustStore.Failure.noTLSAMatch where record.usage == 2:
                "no CA's certificate that it sends is that one (it sends \(session.certificates.count - 1))"
            case TrustStore.Failure.noTLSAMatch: "its certificate is another"
            default: failure.reason
            }
        return "\(brief(record)) (\(reason))"
    }

    /// The record that would be true, as a zone file has it.
    private static func trueRecord(_ session: TLSSession, _ service: MailService) -> String {
        guard let owner = service.tlsaOwner, let key = try? session.certificates.first?.publicKey() else {
            return "publish what mailca tlsa HOST prints"
        }
        return
            "publish \(owner). IN TLSA 3 1 1 \(key.sha256.hexadecimal()), which is of the key that it shows; or have it show the other key again"
    }
}
