import Foundation
import TestSupport
import Testing

@Suite("Names that are malformed, or made to deceive", .onThreads)
struct HostileNamesTests {
    /// What no mailbox of a certificate is called.
    static let addresses = [
        "", "@", "taro", "taro@", "@example.org", "taro@@example.org", "\"taro\"@example.org", "ta ro@example.org",
        "taro@example.org\n", "taro\n@example.org", "taro@example.org,evil@example.net", "Taro <taro@example.org>",
        "taro@exa_mple.org", "taro@*.*", "taro@*.example.org", "taro@-example.org", "taro@example..org",
        "taro@[192.0.2.7]",
        "taro@192.0.2.7", "\u{1B}[31mtaro@example.org", "taro\u{202E}@example.org", "taro\u{200B}@example.org",
        "t\u{0430}ro@example.org", "taro@ex\u{0430}mple.org", "taro@example.org\u{0430}", ".taro@example.org",
        "taro.@example.org",
        "ta..ro@example.org", "mailto:taro@example.org", "taro\u{FF20}example.org", "\u{301}taro@example.org",
        String(repeating: "x", count: 65) + "@example.org", String(repeating: "x", count: 300) + "@example.org",
        "taro@" + String(repeating: "x", count: 64) + ".org", "taro@" + String(repeating: "label.", count: 50) + "org",
        String(repeating: "x", count: 100_000) + "@example.org", "taro;id@example.org", "taro\\@example.org",
        "ta\tro@example.org",
    ]

    /// What no mail server is called.
    static let hosts = [
        "", ".", "mail", "*", "*.*", "*.org", "m*.example.org", "mail.*.example.org", "ma_il.example.org",
        "-mail.example.org",
        "mail-.example.org", "mail..example.org", ".mail.example.org", "mail.example.org/", "https://mail.example.org",
        "mail.example.org:25", "taro@example.org", "mail example.org", "mail.example.org\n", "\"mail\".example.org",
        "'mail.example.org'", "mail.example.org'); define(`x', `y", "192.0.2", "192.0.2.256", "192.0.2.07",
        "0x7f000001",
        "2001:db8:::7", "m\u{0430}il.example.org", "mail.ex\u{0430}mple.org", "mail\u{200B}.example.org",
        "mail\u{202E}.example.org", "\u{1B}]0;x\u{07}.example.org", "xn--a.example.org",
        String(repeating: "x", count: 64) + ".example.org",
        String(repeating: "label.", count: 50) + "example.org",
    ]

    @Test("As a user's address it is refused with what is wrong, and nothing changes", arguments: addresses)
    func address(_ text: String) throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["issue-client", "--out", place.out, "--", text]), status: 65)
        }
    }

    @Test("As a server's name it is refused with what is wrong, and nothing changes", arguments: hosts)
    func host(_ text: String) throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            // A single label is well-formed: it is not this CA's to name.
            expectRefusal(try place.mailca(["issue-server", "--", text]), status: text == "mail" ? 77 : 65)
        }
    }

    @Test("As the name of a server without a CA it is refused too", arguments: hosts.filter { $0 != "mail" })
    func selfSigned(_ text: String) throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["self-signed", "--", text]), status: 65)
        }
    }

    @Test(
        "As a CA's domain it is refused too",
        arguments: hosts.filter { $0 != "mail" && !$0.isEmpty } + ["*.example.org", "192.0.2.7"])
    func domain(_ text: String) throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["init-ca", "Example", "--no-passphrase", "--domain=\(text)"]), status: 65)
        }
    }

    @Test(
        "As a block of addresses it is refused",
        arguments: ["example.org", "192.0.2.0/33", "192.0.2.1/24", "2001:db8::/129", "192.0.2.0/-1", "192.0.2.0/24/8"])
    func block(_ text: String) throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca([
                    "init-ca", "Example", "--no-passphrase", "--domain", "example.org", "--permit-ip=\(text)",
                ]), status: 65)
        }
    }

    @Test(
        "Outside of the CA's domains it is refused, and what is inside is said",
        arguments: [
            ["issue-client", "taro@example.net"], ["issue-client", "taro@notexample.org"],
            ["issue-client", "taro@example.org.example.net"],
            ["issue-client", "taro@org"], ["issue-server", "mail.example.net"],
            ["issue-server", "example.org.evil.net"],
            ["issue-server", "*.example.net"], ["issue-server", "192.0.2.7"],
            ["issue-server", "mail.example.org", "mail.example.net"],
        ])
    func outside(_ arguments: [String]) throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(arguments), status: 77, saying: "example.org", arguments[arguments.count - 1])
        }
    }

    @Test(
        "A device and a full name that act on a terminal are refused, or shown harmless",
        arguments: ["--device", "--name"])
    func labels(_ option: String) throws {
        for text in ["\u{1B}[2J", "phone\nAdmin", "x\u{202E}y", String(repeating: "x", count: 5_000)] {
            let place = try Place(.open)
            try place.run(["issue-client", "taro@example.org", "--device", "tablet", "--out", place.file("first")])
            let outcome = try place.mailca([
                "issue-client", "taro@example.org", "--out", place.out, "\(option)=\(text)",
            ])
            let acting = outcome.everything.unicodeScalars.filter {
                $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
            }
            #expect(acting.isEmpty, "\(option) \(text.debugDescription.prefix(40)) comes through to the terminal")
            #expect(!outcome.everything.contains("\nAdmin"), "\(option) makes a line of its own")
            if outcome.status != 0 { expectRefusal(outcome, status: outcome.status) }
        }
    }
}
