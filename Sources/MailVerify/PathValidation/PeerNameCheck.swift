import MailCA
import OpenSSLKit

/// Whether the certificate is of the one whom it has to be of, by its subject alternative names alone (RFC 9525 §6).
struct PeerNameCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard member.isLeaf, let peer = path.validation.peer else { return [] }
        let names = member.fields?.extensions.subjectAlternativeNames ?? []
        let isNamed: Bool
        let wanted: String
        let remedy: String
        switch peer {
        case .server(.host(let host)):
            isNamed = member.certificate.matches(host: host.ascii)
            (wanted, remedy) = (host.ascii, "mailca issue-server \(host.ascii)")
        case .server(.address(let address)):
            isNamed = member.certificate.matches(address: address.bytes)
            (wanted, remedy) = (address.description, "mailca issue-server \(address)")
        case .mailbox(let address):
            isNamed = names.contains { Self.mailbox($0) == address }
            (wanted, remedy) = (address.description.shown, "mailca issue-client \(address.description.shown)")
        }
        if isNamed { return [] }
        let shown = names.prefix(5).map { $0.description.shown } + (names.count > 5 ? ["…"] : [])
        return [
            member.error(
                "path.name",
                "the certificate is not for \(wanted), but for \(shown.isEmpty ? "nobody: it has no subject alternative name, and its common name does not count" : shown.joined(separator: ", "))",
                remedy: "look whether it is the right file; else \(remedy)")
        ]
    }

    private static func mailbox(_ name: GeneralName) -> EmailAddress? {
        switch name {
        case .rfc822Name(let text), .smtpUTF8Mailbox(let text): try? EmailAddress(text)
        default: nil
        }
    }
}
