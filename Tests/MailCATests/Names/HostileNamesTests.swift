import Testing

@testable import MailCA

/// SplitMix64: the same names on every run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Names made of noise")
struct HostileNamesTests {
    @Test(
        "Whatever is given is read or refused, what is read reads the same again, and no message is unsafe",
        arguments: 1...8)
    func noise(seed: UInt64) {
        var random = Seeded(state: seed)
        var accepted = 0
        for _ in 0..<500 {
            let text = Self.text(&random)
            accepted += Self.check(text) { text throws(MailCAError) in try HostName(text) }
            accepted += Self.check(text) { text throws(MailCAError) in try EmailAddress(text) }
            accepted += Self.check(text) { text throws(MailCAError) in try IPAddress(text) }
            accepted += Self.check(text) { text throws(MailCAError) in try AddressBlock(text) }
            accepted += Self.check(text) { text throws(MailCAError) in try ServerName(text) }
            accepted += Self.check("taro@" + text) { text throws(MailCAError) in try EmailAddress(text) }
            accepted += Self.check(text + "@example.org") { text throws(MailCAError) in try EmailAddress(text) }
        }
        #expect(accepted > 100)
    }

    @Test("Every code point alone is read or refused, as a label and as a local part")
    func everyCodePoint() {
        var stems: Set<String> = []
        var wrong: [String] = []
        for value in UInt32(0)...0x10FFFF {
            // The large scripts, and the planes that are all unassigned or private, by samples only.
            if value > 0x3400, value % (value > 0x20000 ? 1031 : 17) != 0 { continue }
            guard let scalar = Unicode.Scalar(value) else { continue }
            if let host = try? HostName("\(scalar)a.example") {
                let isASCII = host.ascii.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "_") }
                if !isASCII { wrong.append(scalar.codePoint) }
            }
            if let address = try? EmailAddress("\(scalar)@example.org") {
                if !scalar.isSeen { wrong.append(scalar.codePoint) }
                // Some code points are others in NFC.
                if Array(address.localPart.unicodeScalars) == [scalar], !stems.insert(address.safeFileName).inserted {
                    wrong.append(scalar.codePoint)
                }
            }
        }
        #expect(wrong.isEmpty)
        #expect(stems.count > 10_000)
    }

    private static func check<Name: Hashable & CustomStringConvertible>(
        _ text: String, _ read: (String) throws(MailCAError) -> Name
    ) -> Int {
        do {
            let name = try read(text)
            #expect(throws: Never.self) { try #expect(read(name.description) == name) }
            #expect(name.description.unicodeScalars.allSatisfy { $0.isSeen }, "\(quoted(text))")
            if let address = name as? EmailAddress {
                #expect(address.safeFileName.utf8.count <= 200)
                #expect(address.description.utf8.count <= 254)
                #expect(throws: Never.self) { try EmailAddress(address.lookupKey) }
            }
            if let host = name as? HostName {
                #expect(throws: Never.self) { try #expect(HostName(host.unicode) == host) }
            }
            return 1
        } catch {
            #expect(error.code == .invalidName)
            #expect(error.message.unicodeScalars.allSatisfy { $0.isSeen }, "\(error.message)")
            #expect((error.hint ?? "").unicodeScalars.allSatisfy { $0.isSeen }, "\(error.message)")
            return 0
        }
    }

    private static let seeds: [String] = [
        "mail.example.org", "*.example.org", "例え.jp", "xn--r8jz45g.jp", "taro@example.org", "\"a b\"@x", "192.0.2.7",
        "2001:db8::7/64", "[::1]",
        "קליק.example", "हिन्दी", "straße.example", "한국.kr", "Taro <taro@x.org>", "",
    ]
    private static let pool = Array("aZ09.-_@*:/[]%\"\\ \n\0xn--éжαñ例한ア\u{301}\u{200D}\u{202E}。＠１ß".unicodeScalars)

    /// Noise of three kinds: bytes, code points, and good names with a few characters changed.
    private static func text(_ random: inout Seeded) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            return String(decoding: bytes, as: UTF8.self)
        case 1:
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<20, using: &random) {
                if let scalar = Unicode.Scalar(UInt32.random(in: 0..<0x20000, using: &random)) { text.append(scalar) }
            }
            return String(text)
        case 2:
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<300, using: &random) {
                text.append(pool.randomElement(using: &random) ?? "a")
            }
            return String(text)
        default:
            var text = Array((seeds.randomElement(using: &random) ?? "").unicodeScalars)
            for _ in 0..<Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                text.insert(pool.randomElement(using: &random) ?? "a", at: place)
            }
            return String(String.UnicodeScalarView(text))
        }
    }
}
