import OpenSSLKit
import Testing

@Suite("SerialNumber")
struct SerialNumberTests {
    private static let time: Int64 = 1_780_272_000_000

    @Test("10,000 of one moment are all different, positive and 16 bytes long")
    func unique() throws {
        let numbers = try (0..<10_000).map { _ in try SerialNumber.random(milliseconds: Self.time) }
        #expect(Set(numbers).count == 10_000)
        #expect(numbers.allSatisfy { $0.bytes.count == 16 })
        #expect(numbers.allSatisfy { $0.bytes[0] > 0 && $0.bytes[0] < 0x80 })
    }

    @Test("A later one is greater")
    func timeOrdered() throws {
        let numbers = try (0..<200).map { try SerialNumber.random(milliseconds: Self.time + $0) }
        #expect(numbers == numbers.sorted())
        let centuryLater = try SerialNumber.random(milliseconds: Self.time + 3_155_760_000_000)
        #expect(try #require(numbers.last) < centuryLater)
    }

    @Test("80 of its bits are random")
    func entropy() throws {
        let tails = try (0..<2_000).map { _ in
            Array(try SerialNumber.random(milliseconds: Self.time).bytes.dropFirst(6))
        }
        for bit in 0..<80 {
            let ones = tails.count { $0[bit / 8] >> (bit % 8) & 1 == 1 }
            // Eight standard deviations: never by chance.
            #expect((820...1_180).contains(ones), "bit \(bit) is set \(ones) times of 2,000")
        }
    }

    @Test(
        "It is positive and 16 bytes long whatever the clock says",
        arguments: [.min, -1, 0, 1, 1 << 40, 1 << 47, .max] as [Int64])
    func anyClock(milliseconds: Int64) throws {
        let number = try SerialNumber.random(milliseconds: milliseconds)
        #expect(number.bytes.count == 16)
        #expect((1..<0x80).contains(number.bytes[0]))
    }

    @Test("What is printed is read again, as tools print it too")
    func text() throws {
        let number = SerialNumber([0x01, 0x0a, 0xff])
        #expect(number.description == "010aff")
        for text in ["010aff", "010AFF", "10aff", "01:0a:ff", "01 0A FF", "00010aff"] {
            #expect(SerialNumber(hexadecimal: text) == number, "\(text)")
        }
        for _ in 0..<100 {
            let random = try SerialNumber.random(milliseconds: Self.time)
            #expect(SerialNumber(hexadecimal: random.description) == random)
        }
    }

    @Test(
        "What is no number is not read",
        arguments: [
            "", ":", " ", "0x10", "xyz", "10aff\n", "-1", "+1", "１０", "12g4", String(repeating: "a", count: 41),
        ])
    func notRead(text: String) {
        #expect(SerialNumber(hexadecimal: text) == nil)
    }

    @Test("Leading zeros do not make another number")
    func leadingZeros() {
        #expect(SerialNumber([0, 0, 7]) == SerialNumber([7]))
        #expect(SerialNumber([0]).bytes.isEmpty)
        #expect(SerialNumber([0]).description == "00")
        #expect(SerialNumber(hexadecimal: String(repeating: "f", count: 40))?.bytes.count == 20)
    }

    @Test("They are ordered as numbers")
    func order() {
        #expect(SerialNumber([0xff]) < SerialNumber([1, 0]))
        #expect(SerialNumber([1, 0]) < SerialNumber([1, 1]))
        #expect(!(SerialNumber([1, 1]) < SerialNumber([1, 1])))
    }

    @Test("Its encoding is a positive INTEGER")
    func encoded() {
        #expect(SerialNumber([1, 2]).encoded == [2, 2, 1, 2])
        #expect(SerialNumber([0x80]).encoded == [2, 2, 0, 0x80])
        #expect(SerialNumber([0, 0]).encoded == [2, 1, 0])
    }
}
