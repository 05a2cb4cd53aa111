import Foundation
import TestSupport
import Testing

/// What has to hold of a place whatever happened to the commands there.
struct Aftermath {
    let place: Place

    init(_ place: Place) { self.place = place }

    /// The names of files that a command was still writing.
    var unfinished: [String] {
        place.tree.names.filter { $0.split(separator: "/").last?.hasPrefix(".mailca-") == true }
    }

    private func isOurs(_ name: String) -> Bool {
        name.contains("/") && !name.contains("/.mailca-") && !name.hasSuffix("request.key")
            && !name.hasSuffix("request.csr")
    }

    /// No file is half written, keys are their owner's alone, and every certificate is known to the ledger.
    /// - Parameter settled: whether a command ran to its end since: then the ledger calls each one issued.
    func expectWhole(settled: Bool = true, at location: SourceLocation = #_sourceLocation) throws {
        let tree = place.tree
        let states = try Ledger(home: place.home).states()
        for name in tree.names where isOurs(name) {
            guard let content = tree.content(name) else { continue }
            let path = place.file(name)
            let isKey = name.contains("privkey.") || name.hasSuffix(".key") || name.hasSuffix(".p12")
            if isKey || name.hasPrefix("var/home/ledger") {
                #expect(tree.mode(name) == 0o600, "\(name)", sourceLocation: location)
            }
            switch name {
            case _ where name.hasSuffix(".p12"):
                #expect(CertificateFile.isWhole(Array(content)), "half of \(name)", sourceLocation: location)
            case _ where name.contains(".pem") || name.hasSuffix(".key"):
                #expect(throws: Never.self, "\(name)", sourceLocation: location) {
                    try CertificateFile.blocks(String(decoding: content, as: UTF8.self))
                }
            default: continue
            }
            // A self-signed certificate is in no ledger.
            guard !states.isEmpty || name.hasPrefix("var/") else { continue }
            // Each file of a list of users has its own password.
            if name.hasSuffix(".p12") && tree.names.contains("users/out/passwords.csv") { continue }
            for serial in try CertificateFile.serials(path) {
                let state = states[serial]
                #expect(
                    settled
                        ? state == "issued" : state == "issued" || (state == "pending" && !name.hasPrefix("users/")),
                    "\(name) has the certificate \(serial), which is \(state ?? "unknown") to the ledger",
                    sourceLocation: location)
            }
        }
    }

    /// Nothing is left of what was begun, and key and certificate fit together.
    func expectTidy(at location: SourceLocation = #_sourceLocation) throws {
        #expect(unfinished == [], sourceLocation: location)
        for directory in [place.certs, place.out] {
            for (key, certificate) in [("privkey.pem", "cert.pem"), ("taro@example.org.key", "taro@example.org.pem")] {
                let (key, certificate) = ("\(directory)/\(key)", "\(directory)/\(certificate)")
                let files = [key, certificate].filter { FileManager.default.fileExists(atPath: $0) }
                guard !files.isEmpty else { continue }
                #expect(files.count == 2, "one without the other: \(files)", sourceLocation: location)
                guard files.count == 2 else { continue }
                #expect(
                    try CertificateFile.belongTogether(key: key, certificate: certificate), "\(key) and \(certificate)",
                    sourceLocation: location)
            }
        }
    }
}

extension Aftermath {
    /// The audit log is whole, nothing is under way, the list that lies outside has exactly those whom the ledger has as
    /// revoked, and each certificate outside is known to the ledger as issued.
    func expectAgreement(_ story: String, at location: SourceLocation = #_sourceLocation) throws {
        // First: a look at the ledger by another program is none of what brings it in order.
        let audit = try place.mailca(["audit", "--verify"])
        #expect(audit.status == 0, "\(story): \(audit.everything)", sourceLocation: location)
        let ledger = Ledger(home: place.home)
        let pending = try ledger.states().filter { $0.value == "pending" }
        #expect(pending.isEmpty, "\(story): pending are \(pending.keys)", sourceLocation: location)
        let revoked = try ledger.revoked()
        let listed = try CertificateFile.listed("\(place.certs)/crl.pem")
        #expect(
            listed == revoked.sorted(), "\(story): the list has \(listed), the ledger \(revoked.sorted())",
            sourceLocation: location)
        #expect(unfinished == [], "\(story)", sourceLocation: location)
        try expectWhole(at: location)
    }
}
