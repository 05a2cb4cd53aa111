import Foundation
import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Files of several pieces")
struct LayoutPlanSequenceTests {
    private let scratch: TemporaryDirectory

    init() throws { scratch = try TemporaryDirectory() }

    /// A list of any bytes, which comes in pieces of that size.
    private func list(_ bytes: [UInt8], number: Int64 = 1, piece: Int = 1_000) -> SignedRevocationList {
        SignedRevocationList(
            issuer: SerialNumber([1]), number: number, thisUpdate: now, nextUpdate: now, count: 0
        ) { take throws(MailCAError) in
            for start in stride(from: 0, to: bytes.count, by: piece) {
                try take(Array(bytes[start..<min(start + piece, bytes.count)]))
            }
        }
    }

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } }

    private func text(_ bytes: [UInt8]) -> String { PEMBlock(label: "X509 CRL", bytes: bytes).text }

    private func plan(_ pieces: [LayoutPlan.Piece], mode: UInt32 = 0o644) -> LayoutPlan {
        LayoutPlan(items: [.init("crl.pem", .sequence(pieces), mode: mode)])
    }

    private func written(_ plan: LayoutPlan) throws -> [String] {
        try plan.apply(under: scratch.place()).written.map(\.name)
    }

    @Test("Texts and lists stand one after the other, the lists in PEM")
    func content() throws {
        let (one, two) = (bytes(70_000), bytes(48))
        let pieces: [LayoutPlan.Piece] = [
            .text("first\n"), .list(list(one)), .list(list(two, number: 2, piece: 1)), .text("ü"),
        ]
        #expect(try written(plan(pieces)) == ["crl.pem"])
        #expect(try scratch.read("crl.pem") == "first\n" + text(one) + text(two) + "ü")
        #expect(try scratch.tree() == ["0700 .", "0644 crl.pem: X509 CRL, X509 CRL"])
    }

    @Test("No pieces make an empty file, and a list of nothing an empty block")
    func empty() throws {
        #expect(try written(plan([])) == ["crl.pem"])
        #expect(try scratch.read("crl.pem") == "")
        #expect(try written(plan([])) == [])
        #expect(try written(plan([.list(list([]))])) == ["crl.pem"])
        #expect(try scratch.read("crl.pem") == text([]))
    }

    @Test("The same content is not written again, however it is cut into pieces", arguments: [1, 47, 48, 100_000])
    func unchanged(piece: Int) throws {
        let bytes = bytes(5_000)
        try plan([.text("a"), .list(list(bytes)), .text("b")]).apply(under: scratch.place())
        #expect(try written(plan([.text("a"), .list(list(bytes, piece: piece)), .text("b")])) == [])
        #expect(try written(plan([.text("a" + text(bytes)), .text("b")])) == [])
        #expect(try plan([.text("a" + text(bytes) + "b")]).differences(in: scratch.place()) == [])
    }

    @Test("A file that differs anywhere, is longer or shorter, or has another mode or kind, is written again")
    func different() throws {
        let bytes = bytes(5_000)
        let plan = plan([.text("begin\n"), .list(list(bytes)), .text("end\n")])
        try plan.apply(under: scratch.place())
        let right = try scratch.read("crl.pem")
        let changes: [(String, (inout String) -> Void)] = [
            ("the first byte", { $0.replaceSubrange($0.startIndex...$0.startIndex, with: "B") }),
            ("one in the middle", { $0 = $0.replacingOccurrences(of: "-----END", with: "-----EMD") }),
            ("the last byte", { $0 = String($0.dropLast()) + " " }), ("one more", { $0 += "\n" }),
            ("one less", { $0.removeLast() }), ("nothing", { $0 = "" }), ("a half", { $0 = String($0.prefix(3_000)) }),
            ("twice", { $0 += $0 }),
        ]
        for (what, change) in changes {
            var wrong = right
            change(&wrong)
            try scratch.write(wrong, to: "crl.pem")
            #expect(try plan.differences(in: scratch.place()) == ["crl.pem"], "\(what)")
            #expect(try written(plan) == ["crl.pem"], "\(what)")
            #expect(try scratch.read("crl.pem") == right, "\(what)")
        }
        chmod(scratch.file("crl.pem"), 0o600)
        #expect(try written(plan) == ["crl.pem"])
        rename(scratch.file("crl.pem"), scratch.file("elsewhere"))
        symlink("elsewhere", scratch.file("crl.pem"))
        #expect(try written(plan) == ["crl.pem"])
        #expect(FileContent.linkTarget(scratch.place("crl.pem")) == nil)
        #expect(try written(plan) == [])
    }

    @Test("Another list of the same length is another file")
    func sameLength() throws {
        var other = bytes(3_000)
        try plan([.list(list(other))]).apply(under: scratch.place())
        other[1_500] ^= 1
        #expect(try written(plan([.list(list(other))])) == ["crl.pem"])
        #expect(try scratch.read("crl.pem") == text(other))
    }

    @Test("An old file is kept beside the new one where that is asked for")
    func kept() throws {
        try plan([.text("old")]).apply(under: scratch.place())
        var plan = plan([.text("new"), .list(list([1]))])
        plan.keepAllOld(now)
        let outcome = try plan.apply(under: scratch.place())
        #expect(outcome.kept == ["crl.pem.20270115T080000Z"])
        #expect(try scratch.read(outcome.kept[0]) == "old")
    }

    @Test("Where a piece cannot be read, all files stay as they were, and nothing of ours is left")
    func failing() throws {
        let broken = SignedRevocationList(
            issuer: SerialNumber([1]), number: 1, thisUpdate: now, nextUpdate: now, count: 0
        ) { take throws(MailCAError) in
            try take([1, 2, 3])
            throw MailCAError(.busy, "a newer list took its place")
        }
        try scratch.write("old", to: "crl.pem")
        let before = try scratch.tree()
        let plan = LayoutPlan(items: [
            .init("a", .text("new")), .init("crl.pem", .sequence([.text("x"), .list(broken)])),
        ])
        #expect(try failure { try plan.apply(under: scratch.place()) }.code == .busy)
        #expect(try scratch.tree() == before)
        #expect(try scratch.read("crl.pem") == "old")
    }

    @Test("What a CA's plan lays out is what its lists are")
    func authority() throws {
        let ca = try TestAuthority(offlineRoot: true)
        let lists = try ca.authority.revocationLists()
        let plan = try MailLayout.sendmail.plan(ca.authority, revocationLists: lists)
        try plan.apply(under: scratch.place())
        let pem = try lists.map { try $0.decoded().pem }
        #expect(try scratch.read("crl.pem") == pem.joined())
        #expect(try scratch.read("crl-1.pem") == pem[0])
        #expect(try scratch.read("crl-2.pem") == pem[1])
        #expect(try scratch.read("ca-crl.pem") == scratch.read("cacert.pem") + pem.joined())
        #expect(try plan.differences(in: scratch.place()) == [])
    }
}
