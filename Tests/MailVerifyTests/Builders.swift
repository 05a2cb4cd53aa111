import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

/// The time at which everything here is made: 2027-01-15 08:00:00 UTC.
let now = Date(timeIntervalSince1970: 1_800_000_000)

func after(days: Double) -> Date { now.addingTimeInterval(days * 86_400) }

/// The kinds of directory that there are.
enum Layout: CaseIterable, Hashable, Sendable {
    case selfSigned, rootAlone, issuingCA
}

/// What a directory is made of: a CA, where there is one, and what it signed.
struct Material: Sendable {
    /// Holds the ledger and, as `certs`, the directory as it should be.
    let scratch: TemporaryDirectory
    let layout: Layout
    let authority: Authority?
    /// The CA's certificates and keys, the root first.
    let members: [Authority.Member]
    let issued: IssuedCertificate
    /// The lists, that of the CA that signs first.
    let lists: [RevocationList]

    /// - Parameters:
    ///   - days: the life of the CA.
    ///   - serverDays: the life of the server's certificate.
    init(
        _ layout: Layout, name: String = "Example Mail CA", days: Int? = nil, serverDays: Int? = nil,
        listDays: Int = Authority.revocationListDays
    ) throws {
        scratch = try TemporaryDirectory()
        self.layout = layout
        guard layout != .selfSigned else {
            authority = nil
            members = []
            lists = []
            issued = try SelfSigned.server(["mail.example.org"], days: serverDays, now: now)
            try MailLayout.sendmail.plan(selfSigned: issued).apply(under: FilePath(scratch.file("certs")))
            return
        }
        var kept: [Authority.Member] = []
        let authority = try Authority.create(
            AuthorityParameters(name: name, domains: ["example.org"], days: days, offlineRoot: layout == .issuingCA),
            ledger: try SQLiteLedger(path: FilePath(scratch.file("ledger.sqlite")), clock: { now }), clock: { now },
            keep: { kept = $0 })
        members = kept
        let signed = try authority.revocationLists(days: listDays)
        lists = try signed.map { try $0.decoded() }
        issued = try authority.issue(.server(["mail.example.org"], days: serverDays))
        self.authority = authority
        try MailLayout.sendmail.plan(issued, issuedBy: authority, crl: try #require(signed.first))
            .apply(under: FilePath(scratch.file("certs")))
    }

    /// One that nobody changes, made once a run.
    static func shared(_ layout: Layout) throws -> Material {
        try made.withLock { made in
            if made.isEmpty { cleanUpAtExit }
            let material = made[layout] ?? Result { try Material(layout) }
            made[layout] = material
            return try material.get()
        }
    }

    private static let made = Mutex<[Layout: Result<Material, any Error>]>([:])
    // Nothing global is ever released: the temporary directories are given up when the test process ends.
    private static let cleanUpAtExit: Void = { _ = atexit { Material.made.withLock { $0.removeAll() } } }()

    var root: Authority.Member { members[0] }
    /// The CA that signs servers and users.
    var signer: Authority.Member { members[members.count - 1] }

    /// A certificate that this CA signed and would never issue, with its key.
    func leaf(
        names: [GeneralName] = [.dnsName("mail.example.org")], usage: [ExtendedKeyUsage] = [.serverAuth],
        validity: Validity = Validity(notBefore: now, days: 365)
    ) throws -> (certificate: Certificate, key: PrivateKey) {
        try certificate(signedBy: signer, names: names, usage: usage, validity: validity)
    }
}

/// A certificate of any content: signed with a CA's key, or with its own.
func certificate(
    signedBy issuer: Authority.Member?, names: [GeneralName] = [.dnsName("mail.example.org")],
    usage: [ExtendedKeyUsage] = [.serverAuth], validity: Validity = Validity(notBefore: now, days: 365)
) throws -> (certificate: Certificate, key: PrivateKey) {
    let key = try PrivateKey.generate(.ecP256)
    let subject = try DistinguishedName([.commonName("mail.example.org")])
    var extensions = CertificateExtensions()
    extensions.basicConstraints = .init(isCA: false)
    extensions.keyUsage = .digitalSignature
    extensions.extendedKeyUsage = usage
    extensions.subjectKeyIdentifier = key.publicKey.keyIdentifier
    extensions.authorityKeyIdentifier = (issuer?.key ?? key).publicKey.keyIdentifier
    extensions.subjectAlternativeNames = names
    let builder = try CertificateBuilder(
        serialNumber: .random(milliseconds: Int64(now.timeIntervalSince1970 * 1_000)),
        issuer: issuer?.certificate.subject() ?? subject, subject: subject, validity: validity,
        publicKey: key.publicKey, extensions: extensions)
    return (try builder.sign(with: issuer?.key ?? key), key)
}

extension Certificate {
    /// The same with an extension (the last byte of its identifier, 2.5.29.x) that cannot be decoded.
    func spoiled(extension last: UInt8) throws -> Certificate {
        var bytes = der
        let start = try #require(bytes.indices.dropLast(8).first { bytes[$0..<$0 + 3] == [0x55, 0x1D, last] })
        // Past the identifier and, where it is there, the critical flag, to the content of the octet string.
        let content = start + 3 + (bytes[start + 3] == 0x01 ? 3 : 0) + 2
        #expect(bytes[content] == 0x30)
        bytes[content] = 0x31
        return try Certificate(der: bytes)
    }

    var hash: String {
        get throws { try subject().linkHash() }
    }
}

extension PrivateKey {
    func text() throws -> String { try pem().withBytes { String(decoding: $0, as: UTF8.self) } }

    /// In PEM, with another private number than its public half has (RFC 5915 §3).
    func damaged() throws -> String {
        let block = try #require(try PEMBlock.blocks(in: Array(text().utf8)).first)
        var tree = try #require(DERNode(block.bytes))
        tree[[2, 0, 1]].inner[10] ^= 1
        return PEMBlock(label: block.label, bytes: tree.encoded).text
    }
}

/// A directory in which something can be made wrong: a copy of one that is right.
struct Fixture {
    let scratch: TemporaryDirectory
    let material: Material

    var parent: FilePath { FilePath(scratch.path).lexicallyNormalized().appending("mail") }
    var certs: FilePath { parent.appending("certs") }

    init(_ material: Material) throws {
        scratch = try TemporaryDirectory()
        self.material = material
        // Servers with a user of their own go through it.
        chmod(scratch.path, 0o755)
        for directory in [parent, certs] {
            mkdir(directory.string, 0o755)
            chmod(directory.string, 0o755)
        }
        let source = FilePath(material.scratch.file("certs"))
        for name in try FileContent.names(in: source) {
            let path = source.appending(name)
            if let target = FileContent.linkTarget(path) {
                link(name, to: target)
            } else {
                let status = try #require(FileStatus(path))
                try write(FileContent.read(path), to: name, mode: status.permissions)
            }
        }
    }

    func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o644) throws {
        let path = certs.appending(name).string
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(chmod(path, mode) == 0)
    }

    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws {
        try write(Array(text.utf8), to: name, mode: mode)
    }

    func read(_ name: String) throws -> String {
        String(decoding: try FileContent.read(certs.appending(name)), as: UTF8.self)
    }

    func remove(_ names: String...) {
        for name in names { #expect(unlink(certs.appending(name).string) == 0, "\(name)") }
    }

    func link(_ name: String, to target: String) {
        #expect(symlink(target, certs.appending(name).string) == 0, "\(name)")
    }

    func setMode(_ mode: mode_t, of name: String) { #expect(chmod(certs.appending(name).string, mode) == 0) }

    /// Gives a file to a group that is neither root's nor of its owner's alone: where a mail server with a user of its own
    /// is installed, one of that user's.
    func share(_ name: String = "privkey.pem", mode: mode_t = 0o640) {
        let groups = ["Debian-exim", "cyrus"].compactMap(SystemUser.init(named:)).map(\.groups)
        let group = groups.reduce(groups.first ?? []) { $0.intersection($1) }.max()
        if geteuid() == 0 { #expect(chown(certs.appending(name).string, 0, group ?? 65_534) == 0) }
        setMode(mode, of: name)
    }

    /// Puts another pair in place of the server's, with the chain that belongs to it.
    func replacePair(_ certificate: Certificate, _ key: PrivateKey) throws {
        try write(([certificate] + material.issued.intermediates).map(\.pem).joined(), to: "cert.pem")
        try write(key.text(), to: "privkey.pem", mode: 0o600)
    }

    /// Puts other lists, in the order of the CA's certificates, into every file that holds them.
    func replaceLists(_ lists: [RevocationList]) throws {
        for (index, list) in lists.enumerated() { try write(list.pem, to: "crl-\(index + 1).pem") }
        try replaceListFile(lists)
    }

    /// Puts other lists into `crl.pem`, in this order, and into the file with everything.
    func replaceListFile(_ lists: [RevocationList]) throws {
        try write(lists.map(\.pem).joined(), to: "crl.pem")
        try write(read("cacert.pem") + read("crl.pem"), to: "ca-crl.pem")
    }

    /// What is found, without what does not come from the test: directories above its own, and owners where the one
    /// who runs it is not root.
    /// - Parameter path: by which the directory is reached; nil for its own.
    func findings(
        at path: FilePath? = nil, knowsCA: Bool = false, for servers: [MailServer]? = nil, now: Date = now
    ) throws -> [Finding] {
        let verifier = Verifier(
            layout: .sendmail, servers: servers, authority: knowsCA ? material.authority : nil, now: now)
        let own = FilePath(scratch.path).lexicallyNormalized().string
        return try verifier.verify(directory: path ?? certs).findings.filter { finding in
            finding.subject.hasPrefix(own) && (geteuid() == 0 || !finding.id.hasSuffix(".owner"))
        }
    }
}
