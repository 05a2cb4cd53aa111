import MailCA
import Testing

@Suite("File names of addresses")
struct EmailAddressFileNameTests {
    @Test(
        "A common address is its own file name, and anything unusual is encoded",
        arguments: [
            ("taro.yamada+x@example.org", "taro.yamada+x@example.org"),
            ("taro_y-z@xn--r8jz45g.jp", "taro_y-z@xn--r8jz45g.jp"),
            ("Taro@example.org", "Taro@example.org"), ("a/b@example.org", "a%2fb@example.org"),
            ("-rf@example.org", "%2drf@example.org"),
            ("--@example.org", "%2d-@example.org"), ("~root@example.org", "%7eroot@example.org"),
            ("a%2fb@example.org", "a%252fb@example.org"),
            ("!#$%&'*+-/=?^_`{|}~@example.org", "%21%23%24%25%26%27%2a+-%2f%3d%3f%5e_%60%7b%7c%7d%7e@example.org"),
            ("é@example.org", "%c3%a9@example.org"), ("con.x@example.org", "%63on.x@example.org"),
            ("con@example.org", "con@example.org"),
            ("LPT1.x@example.org", "%4cPT1.x@example.org"), ("com1.x@example.org", "%63om1.x@example.org"),
            ("com.x@example.org", "com.x@example.org"),
        ])
    func encodes(text: String, stem: String) throws {
        #expect(try EmailAddress(text).safeFileName == stem)
    }

    @Test("A long one is cut to 200 bytes and stays its address's alone")
    func cutsLongNames() throws {
        let label = String(repeating: "d", count: 63)
        let domain = [label, label, String(repeating: "e", count: 61)].joined(separator: ".")
        let worst = try EmailAddress(String(repeating: "é", count: 32) + "@" + domain).safeFileName
        #expect(worst.utf8.count <= 200)
        #expect(worst.utf8.count > 190)
        let locals = ["a", "b", "A"].map { String(repeating: "x", count: 63) + $0 }
        let stems = try locals.map { try EmailAddress("\($0)@\(domain)").safeFileName }
        #expect(Set(stems).count == 3)
        for stem in stems + [worst] {
            let parts = stem.split(separator: "~")
            #expect(parts.count == 2)
            #expect(parts.last?.utf8.count == 64)
        }
        let fits = try EmailAddress(String(repeating: "x", count: 64) + "@" + label + "." + label + ".fffffff")
        #expect(fits.safeFileName == fits.description)
        #expect(fits.safeFileName.utf8.count == 200)
    }

    @Test("Every byte of a name is safe on every disk, and no two addresses share one")
    func safeAndDistinct() throws {
        let characters = "abAB09!#$%&'*+-/=?^_`{|}~é例"
        var stems: [String: EmailAddress] = [:]
        for first in characters {
            for second in characters {
                let address = try EmailAddress("\(first)\(second)@example.org")
                let stem = address.safeFileName
                #expect(stems.updateValue(address, forKey: stem) == nil, "\(address)")
                #expect(
                    stem.utf8.allSatisfy {
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-@%".utf8.contains($0)
                    }, "\(stem)")
                #expect(!stem.hasPrefix("-") && !stem.hasPrefix("."))
            }
        }
    }
}
