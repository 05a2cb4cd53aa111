import OpenSSLKit
import Testing

@Suite("SecretBytes")
struct SecretBytesTests {
    private let secret = SecretBytes("hunter2")

    @Test("No way of printing it gives anything away but its length")
    func nothingGivenAway() {
        var dumped = ""
        dump(secret, to: &dumped)
        let digits = Array("hunter2".utf8).map { String($0) }
        for text in [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])",
            "\(Optional(secret) as Any)", dumped,
        ] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("68756e74657232"))
            #expect(!text.contains(digits.joined(separator: ", ")))
            #expect(!digits.allSatisfy { text.contains("- \($0)\n") }, "\(text)")
        }
        #expect(secret.description == "7 secret bytes")
    }

    @Test("It lends the bytes that it was given")
    func contents() {
        #expect([UInt8](secret) == Array("hunter2".utf8))
        #expect(secret.count == 7)
        #expect(!secret.isEmpty)
        #expect(SecretBytes([]).isEmpty)
        #expect([UInt8](SecretBytes([])) == [])
    }

    @Test("It keeps its own copy")
    func copy() {
        var original = Array("hunter2".utf8)
        let copy = SecretBytes(original)
        SecretBytes.wipe(&original)
        #expect(original == [UInt8](repeating: 0, count: 7))
        #expect([UInt8](copy) == Array("hunter2".utf8))
    }

    @Test("Of a reserved buffer, as much is kept as was filled")
    func filled() {
        let partly = SecretBytes(capacity: 100) { buffer in
            buffer.copyBytes(from: [1, 2, 3])
            return 3
        }
        #expect([UInt8](partly) == [1, 2, 3])
    }

    @Test("An error while it is filled comes through")
    func fillingFails() {
        struct Failure: Error {}
        #expect(throws: Failure.self) {
            try SecretBytes(capacity: 10) { _ throws(Failure) in throw Failure() }
        }
    }

    @Test("Two are equal where every byte is")
    func equality() {
        #expect(secret == SecretBytes("hunter2"))
        #expect(!(secret == SecretBytes("hunter3")))
        #expect(!(secret == SecretBytes("hunter")))
        #expect(!(secret == SecretBytes("hunter22")))
        #expect(SecretBytes([]) == SecretBytes([]))
    }
}
