import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import TestSupport
import Testing

@Suite("Certificates and lists in a directory")
struct CertificateScanTests {
    private let ca: TestAuthority
    private let scratch: TemporaryDirectory

    init() throws {
        ca = try TestAuthority()
        scratch = try TemporaryDirectory()
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: scratch.file(name)))
    }

    private func read(_ name: String? = nil) throws -> (
        certificates: [Certificate], lists: [RevocationList], passedOver: [String?]
    ) {
        var scan = CertificateScan()
        var certificates: [Certificate] = []
        try scan.read(scratch.place(name)) { certificates.append($0) }
        return (certificates, scan.lists, scan.passedOver.map { $0.path.lastComponent?.string })
    }

    @Test("PEM and DER are read under any name, alone or several in a file, each once")
    func forms() throws {
        let issued = try ca.authority.issue(.client("taro@example.org"))
        let list = try ca.authority.revocationList().decoded()
        try FileManager.default.createDirectory(atPath: scratch.file("a/b"), withIntermediateDirectories: true)
        try write(issued.certificate.der, to: "a/b/taro")
        try write(list.der, to: "a/list")
        try scratch.write("text before\n" + issued.chainPEM + ca.authority.root.pem + list.pem, to: "all.txt")
        try scratch.write(try ca.members[0].key.pem().withBytes { String(decoding: $0, as: UTF8.self) }, to: "key.pem")
        let scan = try read()
        #expect(Set(scan.certificates) == [issued.certificate, ca.authority.root])
        #expect(scan.lists == [list])
        #expect(scan.passedOver.isEmpty)
        #expect(try read("all.txt").certificates.count == 2)
        #expect(try read("a/list").lists == [list])
    }

    @Test("What is none is passed over, and what may hold one is told")
    func others() throws {
        try scratch.write("x", to: "text")
        try write((0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }, to: "noise")
        try write([0x30, 0x82, 1, 0] + Array(repeating: 7, count: 256), to: "der")
        try scratch.write("", to: "empty")
        try scratch.write("x", to: "taro.P12")
        try scratch.write("-----BEGIN CERTIFICATE-----\nMIIB\n", to: "half.pem")
        try scratch.write(ca.authority.root.pem, to: ".mailca-unfinished")
        #expect(mkfifo(scratch.file("pipe"), 0o600) == 0)
        #expect(symlink("..", scratch.file("loop")) == 0 && symlink("/nonexistent", scratch.file("broken")) == 0)
        let scan = try read()
        #expect(scan.certificates.isEmpty && scan.lists.isEmpty)
        #expect(scan.passedOver == ["half.pem", "taro.P12"])
    }

    @Test("A directory that is not there is an error")
    func missing() throws {
        let error = try failure { try read("none") }
        #expect(error.code == .notFound && error.message.contains("/none"))
    }
}
