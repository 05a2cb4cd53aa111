import Foundation
import TestSupport
import Testing

/// The pages that lead from an empty machine to a server that relays for the holders of certificates: what they have
/// pasted is pasted, in its order, and has to end as they promise.
@Suite(.onThreads) struct PageTests {
    /// A page about a server, and what it promises.
    enum Server: String, CaseIterable, CustomTestStringConvertible, Sendable {
        case sendmail, postfix, exim, dovecot, opensmtpd, cyrus

        var testDescription: String { "docs/\(page)" }
        var page: String { "servers/\(rawValue).md" }
        var ports: [Int] {
            switch self {
            case .sendmail, .postfix, .exim: [25, 587]
            case .opensmtpd: [587]
            case .dovecot, .cyrus: [143, 993]
            }
        }
        /// All but one promise that who was revoked is shut out.
        var knowsRevocation: Bool { self != .opensmtpd }

        func admits(_ certificate: String?, _ room: PageRoom, port: Int) throws -> Bool {
            switch self {
            case .dovecot, .cyrus:
                let seen: MailboxConversation = try room.talk("imap-client", port, as: certificate)
                return seen.isLoggedIn
            default:
                let seen: Conversation = try room.talk("smtp-client", port, as: certificate)
                return seen.recipient?.code == 250
            }
        }

        func served(_ room: PageRoom) throws -> String? {
            switch self {
            case .dovecot, .cyrus:
                let seen: MailboxConversation = try room.talk("imap-client", ports[0], as: nil)
                return seen.certificateSHA256
            case .opensmtpd:
                let seen: Conversation = try room.talk("smtp-client", 25, as: nil)
                return seen.certificateSHA256
            default:
                let seen: Conversation = try room.talk("smtp-client", ports[0], as: nil)
                return seen.certificateSHA256
            }
        }
    }

    private static let beginnings = ["getting-started.md", "ja/getting-started.md"]
    private static let all = beginnings + Server.allCases.map(\.page)

    @Test("The page's commands make a server that our user gets through, and shut him out", arguments: Server.allCases)
    func followed(server: Server) throws {
        let page = try Page(server.page)
        let room = try PageRoom(hasProgram: true)

        try follow(page.commands, server, room)

        // The last thing on each page is a new certificate.
        let new = try room.fingerprint("\(PageRoom.certs)/cert.pem")
        #expect(try eventually { try server.served(room) == new }, "\(room.room.log)")
        let printed = Set(lines(try room.paste("mailca deploy \(server.rawValue) --print")))
        let shown = page.blocks.filter { $0.kind == .lines }
        #expect(shown.isEmpty == (server == .sendmail))
        for line in shown.flatMap({ lines($0.text) }) {
            #expect(printed.contains(line), "\(page.name) has a line that mailca does not print: \(line)")
        }
    }

    @Test("The whole way of getting started leads from an empty machine to a server that relays")
    func wholeWay() throws {
        let page = try Page(Self.beginnings[0])
        let room = try PageRoom(hasProgram: false)

        try follow(page.commands.filter { !$0.section.hasPrefix("2a") }, .sendmail, room)

        #expect(try room.paste("stat -c %a /media/usb/mailca.backup") == "600\n")
        #expect(try room.paste("ls certificates").contains("jiro@example.org"))
        let printed = Set(lines(try room.paste("mailca deploy sendmail --print")))
        for line in page.blocks.filter({ $0.kind == .lines }).flatMap({ lines($0.text) }) {
            #expect(printed.contains(line), "mailca does not print: \(line)")
        }
    }

    @Test("The short way of getting started leads to a server that encrypts and relays for nobody")
    func shortWay() throws {
        let page = try Page(Self.beginnings[0])
        let room = try PageRoom(hasProgram: false)

        let parts = page.commands.filter { $0.section.hasPrefix("1.") || $0.section.hasPrefix("2a") }
        for block in parts { try room.paste(block.text) }

        let seen: Conversation = try room.talk("smtp-client", 25, as: nil, trusting: "cert.pem")
        #expect(seen.verified, "\(seen)\n\(room.room.log)")
        #expect(try seen.certificateSHA256 == room.fingerprint("\(PageRoom.certs)/cert.pem"))
        #expect(seen.recipient?.code == 550, "\(seen)")
    }

    @Test("Getting started has the same commands in both languages")
    func languages() throws {
        let pages = try Self.beginnings.map { try Page($0).commands.map(\.withoutComments) }
        #expect(pages[0] == pages[1])
        #expect(pages[0].count > 10)
    }

    @Test("Nothing that is only shown is a command that a reader would run", arguments: all)
    func shown(name: String) throws {
        let programs = try Self.all.map { try Page($0).commands.map(\.programs) }.joined().reduce(Set()) {
            $0.union($1)
        }
        #expect(programs.isSuperset(of: ["mailca", "apt-get", "systemctl", "sed", "make", "update-exim4.conf"]))
        for block in try Page(name).blocks where block.kind != .commands {
            for line in lines(block.text) {
                let word = line.split(separator: " ").first.map(String.init) ?? ""
                #expect(!programs.contains(word), "\(name):\(block.line): \(line)")
            }
        }
    }

    /// Pastes one block after the other; where one takes a certificate back, looks at its holder before and after.
    private func follow(_ blocks: [Page.Block], _ server: Server, _ room: PageRoom) throws {
        var user: String?
        var revocations = 0
        for block in blocks {
            let isRevocation = block.text.contains("mailca revoke taro@example.org")
            if isRevocation {
                let taro = try #require(user, "nobody has a certificate yet at line \(block.line)")
                for port in server.ports {
                    #expect(try eventually { try server.admits(taro, room, port: port) }, "\(port) \(room.room.log)")
                    #expect(try !server.admits(nil, room, port: port), "\(port) \(room.room.log)")
                }
                revocations += 1
            }
            let said = try room.paste(block.text)
            user = try room.certificate(of: "taro@example.org", in: said) ?? user
            guard isRevocation else { continue }
            for port in server.ports {
                #expect(
                    try eventually { try server.admits(user, room, port: port) != server.knowsRevocation },
                    "\(port) \(room.room.log)")
            }
            if !server.knowsRevocation { #expect(said.contains("cannot be told of a revocation"), "\(said)") }
        }
        #expect(revocations == 1)
    }

    /// Within a minute: the machine may be busy.
    private func eventually(_ condition: () throws -> Bool) throws -> Bool {
        let end = Date(timeIntervalSinceNow: 60)
        while Date.now < end {
            if try condition() { return true }
            usleep(200_000)
        }
        return try condition()
    }

    private func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
