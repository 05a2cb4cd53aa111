public import FoundationEssentials
import MailCA
public import OpenSSLKit

/// What is wrong with a running mail server, by what it showed.
public struct LiveCheck: Sendable {
    /// CA certificates, or a server's own that signs itself: what its clients trust, and what leads there.
    let anchors: [Certificate]
    /// The certificate that lies where the server reads it, and in which file.
    let deployed: (certificate: Certificate, path: String)?
    /// Its DANE records; nil where they are no matter.
    let published: PublishedRecords?
    let now: Date

    /// - Parameters:
    ///   - anchors: those that sign themselves are trusted, and the others may stand between. None where the CA is no
    ///     matter, and DANE alone counts.
    ///   - deployed: what the server should show; nil where that is not known.
    ///   - published: its DANE records; nil where they are no matter.
    public init(
        anchors: [Certificate], deployed: (certificate: Certificate, path: String)? = nil,
        published: PublishedRecords? = nil, now: Date = Date()
    ) {
        self.anchors = anchors
        self.deployed = deployed
        self.published = published
        self.now = now
    }

    /// What is wrong with reaching it, with TLS, and with what it showed.
    public func findings(of seen: Observation) -> [Finding] {
        let subject = "\(seen.service)"
        var findings = Self.reachability(seen, subject) + weaknessFindings(seen, subject)
        guard let session = seen.session else { return findings }
        findings += certificateFindings(session, seen.service, subject)
        findings += daneFindings(session, seen.service, subject)
        return findings + requestFindings(session, subject)
    }

    private static func reachability(_ seen: Observation, _ subject: String) -> [Finding] {
        func error(_ id: String, _ message: String, _ remedy: String) -> [Finding] {
            [Finding(id, .error, subject, message, remedy: remedy)]
        }
        let log = "look at the server's log, and at its certificate, key and their modes: mailca verify"
        if let end = seen.end {
            switch (end.stage, end.failure.reason) {
            case (.connecting, _):
                return error(
                    "live.unreachable", "it cannot be reached: \(end.failure)",
                    "start the server, and open its port; or name another address with --connect")
            case (.greeting, _):
                return error(
                    "live.no-answer", "it takes connections and then does not talk as it should: \(end.failure)",
                    "look at the server's log")
            case (.handshake, .unexpectedInput):
                return error(
                    "live.injection",
                    "it says something in plain text after the word that TLS may begin: whoever sits between could put words into its mouth",
                    "update the server, or whatever stands between it and its clients")
            case (.handshake, _): return error("live.handshake", "TLS does not come about: \(end.failure)", log)
            case (.talking, _) where seen.admission == nil && end.failure.alert == nil:
                return error("live.no-answer", "it falls silent under TLS: \(end.failure)", "look at the server's log")
            case (.talking, _) where end.failure.alert == 116:
                return [
                    Finding(
                        "live.demands-certificate", .note, subject, "it lets nobody in without a certificate",
                        remedy: "nothing, where that was wanted; name one with --client to see whether it is let in")
                ]
            case (.talking, _): return []
            }
        }
        switch seen.security {
        case .notOffered:
            return error("live.no-tls", "it offers no TLS, so that everything goes in plain text", log)
        case .refused(let reply):
            return error("live.tls-refused", "it offers TLS, and refuses it when asked: \(reply)", log)
        case .offered, .fromTheStart: return []
        case nil:
            return error(
                "live.no-answer", "it lets nobody in: \(seen.greeting.map { "\($0)" } ?? "it says nothing")",
                "look at the server's log")
        }
    }

    /// Whether users' certificates of this CA have a use there. On many servers they need not.
    private func requestFindings(_ session: TLSSession, _ subject: String) -> [Finding] {
        guard session.asksForCertificate else {
            return [
                Finding(
                    "live.asks-for-none", .note, subject,
                    "it asks for no certificate, so that users cannot relay or log in by theirs",
                    remedy: "nothing, where only TLS was wanted; else see mailca deploy SERVER --print")
            ]
        }
        guard !session.authorities.isEmpty else {
            return [
                Finding(
                    "live.asks-for-any", .note, subject,
                    "it asks for certificates and does not say of which CAs, so that programs with several have to guess which one to show",
                    remedy:
                        "nothing, where it cannot (OpenSMTPD); else see mailca deploy SERVER --print for the lines that name the CA"
                )
            ]
        }
        let ours = Set(anchors.compactMap { try? $0.subject() })
        guard !anchors.isEmpty, ours.isDisjoint(with: session.authorities) else { return [] }
        let names = session.authorities.prefix(3).map(\.description).joined(separator: "; ")
        let more = session.authorities.count - 3
        return [
            Finding(
                "live.asks-for-others", .note, subject,
                "it asks for certificates of other CAs (\(names)\(more > 0 ? " and \(more) more" : "")), and many programs then show none of this CA's",
                remedy: "see mailca deploy SERVER --print for the lines that name the CA")
        ]
    }
}
