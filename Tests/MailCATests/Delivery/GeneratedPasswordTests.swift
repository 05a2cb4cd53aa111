import Foundation
import OpenSSLKit
import Testing

@testable import MailCA

@Suite("GeneratedPassword")
struct GeneratedPasswordTests {
    private func text(_ secret: SecretBytes) -> String { secret.withBytes { String(decoding: $0, as: UTF8.self) } }

    @Test("It is five groups of four, and can be read aloud")
    func form() throws {
        for _ in 0..<200 {
            let password = text(try GeneratedPassword.make())
            #expect(password.wholeMatch(of: /[a-z2-9]{4}(-[a-z2-9]{4}){4}/) != nil, "\(password)")
            #expect(!password.contains { "ilo01".contains($0) }, "\(password)")
        }
    }

    @Test("It has at least 80 bits, every letter as likely as any other")
    func entropy() throws {
        let alphabet = GeneratedPassword.alphabet
        #expect(Set(alphabet).count == alphabet.count)
        let length = GeneratedPassword.groups * GeneratedPassword.groupLength
        #expect(Double(length) * log2(Double(alphabet.count)) >= 80)
        var counts: [UInt8: Int] = [:]
        for _ in 0..<1_000 {
            for byte in text(try GeneratedPassword.make()).utf8 where byte != UInt8(ascii: "-") {
                counts[byte, default: 0] += 1
            }
        }
        #expect(Set(counts.keys) == Set(alphabet))
        // 20,000 letters, 645 of each; eight standard deviations are 200.
        for (letter, count) in counts { #expect((445...845).contains(count), "letter \(letter)") }
    }

    @Test("It is another each time")
    func different() throws {
        #expect(Set(try (0..<500).map { _ in text(try GeneratedPassword.make()) }).count == 500)
    }

    @Test("It passes the check of chosen passwords")
    func passesItself() throws {
        #expect(throws: Never.self) { try GeneratedPassword.check(chosen: GeneratedPassword.make()) }
    }

    @Test("A chosen password is printable ASCII", arguments: ["a", "correct horse", "~!@#$%^&*()_+ \"'\\"])
    func chosen(password: String) {
        #expect(throws: Never.self) { try GeneratedPassword.check(chosen: SecretBytes(Array(password.utf8))) }
    }

    @Test(
        "Every other is refused, without being repeated",
        arguments: ["", "pässword", "pass\nword", "pass\0word", "pass\u{7f}", "密码"])
    func refused(password: String) throws {
        let error = try #require(
            #expect(throws: MailCAError.self) { try GeneratedPassword.check(chosen: SecretBytes(Array(password.utf8))) }
        )
        #expect(error.code == .invalidParameters)
        #expect(password.isEmpty || !error.description.contains(password))
    }
}
