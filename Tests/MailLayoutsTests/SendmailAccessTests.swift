import MailCA
import OpenSSLKit
import Testing

@testable import MailLayouts

@Suite("Sendmail's access map")
struct SendmailAccessTests {
    private func encoded(_ attributes: (String, String)...) throws -> String {
        try SendmailAccess.encode(DistinguishedName(attributes.map { .init($0.0, $0.1) }))
    }

    @Test("Names are written as Sendmail was seen to look them up")
    func seen() throws {
        #expect(
            try encoded(("CN", #"A "quoted" (CA) + more \ <x>"#))
                == "/CN=A+20+22quoted+22+20+28CA+29+20+5C+2B+20more+20+5C+20+3Cx+3E")
        #expect(
            try encoded(("C", "JP"), ("O", "Exämple, Inc."), ("CN", "日本 CA"))
                == "/C=JP/O=Ex+5CxC3+5CxA4mple,+20Inc./CN=+5CxE6+5Cx97+5CxA5+5CxE6+5Cx9C+5CxAC+20CA")
        #expect(
            try encoded(("O", "Example=x"), ("OU", "a/b"), ("CN", "c:d")) == "/O=Example=x/OU=a+5C/b/CN=c:d")
        #expect(
            try encoded(("CN", "CA"), ("emailAddress", "ca@example.org")) == "/CN=CA/emailAddress=ca@example.org")
    }

    @Test(
        "Each byte that Sendmail escapes is escaped",
        arguments: [
            (" ", "+20"), ("\"", "+22"), ("(", "+28"), (")", "+29"), ("<", "+3C"), (">", "+3E"), ("\\", "+5C"),
            ("+", "+5C+2B"), ("/", "+5C/"), ("ë", "+5CxC3+5CxAB"), ("日", "+5CxE6+5Cx97+5CxA5"), ("\t", "+5Cx09"),
            ("\u{7F}", "+5Cx7F"), ("😀", "+5CxF0+5Cx9F+5Cx98+5Cx80"),
        ])
    func escaped(character: String, expected: String) throws {
        #expect(try encoded(("CN", "a\(character)b")) == "/CN=a\(expected)b")
    }

    @Test("Every other printable character stands for itself")
    func plain() throws {
        let plain = (0x21...0x7E).map { Character(Unicode.Scalar(UInt8($0))) }.filter { !#""()<>\+/"#.contains($0) }
        #expect(plain.count == 94 - 8)
        for character in plain { #expect(try encoded(("CN", "a\(character)b")) == "/CN=a\(character)b") }
        #expect(try encoded(("CN", "$j $&{verify} #x")) == "/CN=$j+20$&{verify}+20#x")
    }

    @Test("The attributes stand in the order of the certificate")
    func order() throws {
        #expect(try encoded(("CN", "a"), ("O", "b"), ("C", "JP")) == "/CN=a/O=b/C=JP")
    }

    @Test("A name of 244 characters is the longest that Sendmail finds", arguments: ["ë", "日"])
    func limit(letter: String) throws {
        let each = letter == "ë" ? 12 : 18
        let count = (SendmailAccess.longestName - 4) / each
        let stem = String(repeating: letter, count: count)
        let fill = String(repeating: "a", count: SendmailAccess.longestName - 4 - count * each)
        let longest = try DistinguishedName([.commonName(stem + fill)])
        #expect(try SendmailAccess.matchable(longest).utf8.count == 244)
        let longer = try DistinguishedName([.commonName(stem + fill + "a")])
        let error = try failure { try SendmailAccess.matchable(longer) }
        #expect(error.code == .invalidName)
        #expect(
            error.message
                == "Sendmail cannot match the CA's name CN=\(stem)\(fill)a: encoded it has 245 characters, and 244 are the most"
        )
        #expect(error.hint == "Choose a shorter name: a letter outside ASCII counts for 12 and more.")
    }

    @Test("The map names the CA that signs users, once, with a tab before what it may do")
    func map() throws {
        for offlineRoot in [false, true] {
            let ca = try TestAuthority("Ex (CA)", offlineRoot: offlineRoot)
            let lines = try SendmailAccess.map(of: ca.authority).split(
                separator: "\n", omittingEmptySubsequences: false)
            let entries = lines.filter { !$0.hasPrefix("#") }
            let name = offlineRoot ? "/CN=Ex+20+28CA+29+20Issuing+20CA" : "/CN=Ex+20+28CA+29"
            #expect(entries == ["CertIssuer:\(name)\tRELAY", ""])
        }
    }

    @Test("A map of single users names each of them once, and the CA as one that has a list")
    func listing() throws {
        let ca = try TestAuthority("Ex (CA)", offlineRoot: false)
        let users = try ["taro@example.org", "hanako+home@example.org", "taro@example.org"].map {
            try DistinguishedName([.commonName($0)])
        }

        let entries = try SendmailAccess.map(of: ca.authority, listing: users).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }

        #expect(
            entries == [
                "CertIssuer:/CN=Ex+20+28CA+29\tSUBJECT", "CertSubject:/CN=taro@example.org\tRELAY",
                "CertSubject:/CN=hanako+5C+2Bhome@example.org\tRELAY",
            ])
    }

    @Test("A map of nobody lets nobody relay")
    func listingNobody() throws {
        let map = try SendmailAccess.map(of: TestAuthority("Ex (CA)", offlineRoot: false).authority, listing: [])
        #expect(!map.contains("\tRELAY"))
        #expect(map.contains("\tSUBJECT\n"))
    }
}
