public import MailLayouts
import OpenSSLKit

extension LiveCheck {
    /// What is old or weak of all that a server takes.
    func weaknessFindings(_ seen: Observation, _ subject: String) -> [Finding] {
        func finding(_ id: String, _ severity: Severity, _ message: String, _ remedy: String) -> Finding {
            Finding(id, severity, subject, message, remedy: remedy)
        }
        var findings: [Finding] = []
        if let session = seen.session, !session.hasForwardSecrecy {
            findings.append(
                finding(
                    "live.no-forward-secrecy", .note,
                    "it agrees on \(session.cipher): whoever gets its key one day can read what was recorded until then",
                    "allow TLS 1.3, or suites with ECDHE"))
        }
        findings += Self.versionFindings(seen, subject)
        guard let weaknesses = seen.weaknesses else { return findings }
        if !weaknesses.suites.isEmpty {
            let names = weaknesses.suites.map { suite in
                "\(suite)\(suite.weakness.map { " (\(Self.words($0)))" } ?? "")"
            }
            findings.append(
                finding(
                    "live.weak-cipher", .warning,
                    "it takes weak ciphers from clients that offer nothing better: \(names.joined(separator: ", "))",
                    Self.strongCiphers(seen.server)))
        }
        if let end = weaknesses.end {
            findings.append(
                finding(
                    "live.weaknesses-unseen", .note,
                    "whether it takes old versions of TLS or weak ciphers could not be asked to the end: \(end)",
                    "try again, or with a longer --timeout"))
        }
        return findings
    }

    /// What it speaks below TLS 1.2, alone or beside newer versions.
    private static func versionFindings(_ seen: Observation, _ subject: String) -> [Finding] {
        let spoken = (seen.session.map { [$0.version] } ?? []) + (seen.weaknesses?.versions ?? [])
        let old = spoken.filter { $0 < .tls12 }
        guard !old.isEmpty else { return [] }
        let versions = old.map(\.description).joined(separator: ", ")
        let newest = seen.session?.version ?? seen.weaknesses?.newest ?? .tls13
        guard newest < .tls12 else { return [besides(versions, seen, subject)] }
        return [
            Finding(
                "live.old-protocol", .error, subject,
                "it speaks no newer TLS than \(versions), and clients of today refuse that",
                remedy: newVersions(seen.server))
        ]
    }

    /// Between servers, that is better than what comes in its place: mail in plain text (RFC 7435).
    private static func besides(_ versions: String, _ seen: Observation, _ subject: String) -> Finding {
        if seen.service.kind == .smtp {
            return Finding(
                "live.old-protocol-beside", .note, subject,
                "it still speaks \(versions) with servers that offer nothing newer, which would send in plain text otherwise",
                remedy: "nothing, as long as there are such servers; else \(newVersions(seen.server))")
        }
        return Finding(
            "live.old-protocol-beside", .warning, subject,
            "it still speaks \(versions) with programs that offer nothing newer (RFC 8996 forbids it)",
            remedy: newVersions(seen.server))
    }

    private static func words(_ weakness: CipherSuite.Weakness) -> String {
        switch weakness {
        case .noEncryption: "nothing is encrypted"
        case .anonymous: "no certificate is shown"
        case .export: "a key of 40 or 56 bits"
        case .rc4: "RC4"
        case .shortBlocks: "blocks of 64 bits"
        }
    }

    /// The line that leaves TLS 1.2 and 1.3.
    static func newVersions(_ server: MailServer?) -> String {
        switch server {
        case .sendmail:
            "in sendmail.mc: define(`confSERVER_SSL_OPTIONS', `+SSL_OP_NO_TLSv1 +SSL_OP_NO_TLSv1_1'), then make it and reload"
        case .postfix:
            "postconf 'smtpd_tls_protocols=>=TLSv1.2' 'smtpd_tls_mandatory_protocols=>=TLSv1.2' && postfix reload"
        case .exim:
            "in its configuration: tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1, then restart it"
        case .dovecot: "in local.conf: ssl_min_protocol = TLSv1.2, then doveadm reload"
        case .opensmtpd: "in each listen line of smtpd.conf: protocols \"TLSv1.2:TLSv1.3\", then restart it"
        case .cyrus: "in imapd.conf: tls_versions: tls1_2 tls1_3, then restart it"
        case nil: "allow TLS 1.2 and 1.3 alone in the server's configuration; docs/verify.md has each server's line"
        }
    }

    /// The line that leaves the ciphers that are good.
    private static func strongCiphers(_ server: MailServer?) -> String {
        switch server {
        case .sendmail: "in sendmail.mc: define(`confCIPHER_LIST', `HIGH:!aNULL:!eNULL:!3DES'), then make it and reload"
        case .postfix: "postconf 'smtpd_tls_exclude_ciphers=aNULL,eNULL,EXPORT,RC4,3DES' && postfix reload"
        case .exim: "in its configuration: tls_require_ciphers = NORMAL, then restart it"
        case .dovecot: "in local.conf: ssl_cipher_list = HIGH:!aNULL:!eNULL:!3DES, then doveadm reload"
        case .opensmtpd: "in smtpd.conf: smtp ciphers \"HIGH:!aNULL:!eNULL:!3DES\", then restart it"
        case .cyrus: "in imapd.conf: tls_ciphers: HIGH:!aNULL:!eNULL:!3DES, then restart it"
        case nil: "allow strong ciphers alone in the server's configuration; docs/verify.md has each server's line"
        }
    }
}

extension Observation {
    /// Which server it is, as far as it says so when it greets.
    public var server: MailServer? {
        guard let greeting else { return nil }
        let text = greeting.lines.joined(separator: " ").lowercased()
        return MailServer.allCases.first { text.contains($0.title.lowercased()) }
    }
}
