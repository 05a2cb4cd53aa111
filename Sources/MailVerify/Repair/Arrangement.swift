import MailLayouts
import OpenSSLKit

/// The files of a directory that no ledger knows, put in order by what is in them.
struct Arrangement {
    private typealias Name = Snapshot.Name

    let snapshot: Snapshot

    /// - Parameter reasons: gets what becomes of each file.
    func plan(_ reasons: inout [String: String]) -> LayoutPlan {
        var items: [LayoutPlan.Item] = []
        func put(_ name: String, _ text: String, _ reason: String) {
            items.append(.init(name, .text(text)))
            reasons[name] = reason
        }
        if let certificates = orderedCertificates {
            put(Name.certificate, certificates, "the server's own certificate first")
        }
        var lists = snapshot.listsFile?.bytes.map { String(decoding: $0, as: UTF8.self) }
        if let ordered = orderedLists {
            lists = ordered
            put(Name.revocationLists, ordered, "the list of the CA that signs users first")
        }
        let authorities = snapshot.authoritiesFile?.bytes.map { String(decoding: $0, as: UTF8.self) }
        if let authorities, let lists, !snapshot.authorities.isEmpty, !snapshot.lists.isEmpty {
            put(Name.authoritiesAndLists, authorities + lists, "cacert.pem followed by crl.pem")
        }
        return LayoutPlan(items: items + links)
    }

    /// `cert.pem` with the server's own certificate first and each followed by its issuer; nil where it is so, or where
    /// something else is in the file.
    private var orderedCertificates: String? {
        guard let first = snapshot.certificates.first, var last = snapshot.chain.first, first != last,
            holdsOnly("CERTIFICATE", snapshot.certificateFile)
        else { return nil }
        var ordered = [last]
        var rest = Array(snapshot.chain.dropFirst())
        while let next = rest.firstIndex(where: { last.isSigned(by: $0) }) {
            last = rest.remove(at: next)
            ordered.append(last)
        }
        return (ordered + rest).map(\.pem).joined()
    }

    /// `crl.pem` with the list of the CA that signs first; nil where it is so, or where something else is in the file.
    private var orderedLists: String? {
        guard let signing = snapshot.signingAuthority, let bytes = snapshot.listsFile?.bytes,
            let own = snapshot.lists.firstIndex(where: { $0.isSigned(by: signing) }), own > 0,
            holdsOnly("X509 CRL", snapshot.listsFile), var blocks = try? PEMBlock.blocks(in: bytes),
            blocks.count == snapshot.lists.count
        else { return nil }
        blocks.insert(blocks.remove(at: own), at: 0)
        return blocks.map(\.text).joined()
    }

    private func holdsOnly(_ label: String, _ file: SnapshotFile?) -> Bool {
        guard let bytes = file?.bytes, let blocks = try? PEMBlock.blocks(in: bytes) else { return false }
        return blocks.allSatisfy { $0.label == label }
    }

    /// The hash links to what is trusted, and to the lists: those that are right as they are, and the missing ones.
    private var links: [LayoutPlan.Item] {
        let trusted = snapshot.isSelfSigned ? Array(snapshot.chain.prefix(1)) : snapshot.authorities
        let file = snapshot.isSelfSigned ? Name.certificate : Name.authorities
        let ofCertificates = trusted.compactMap { certificate -> LayoutPlan.Item? in
            guard let hash = try? certificate.subject().linkHash() else { return nil }
            let target = HashLinkCheck.target(hash, suffix: "", snapshot) { bytes in
                (try? Certificate.all(pem: bytes))?.contains(certificate) == true
            }
            return LayoutPlan.Item("\(hash).0", .link(target ?? file), mode: 0o777)
        }
        let ofLists = snapshot.lists.compactMap { list -> LayoutPlan.Item? in
            guard let hash = try? list.issuer().linkHash() else { return nil }
            let target = HashLinkCheck.target(hash, suffix: "r", snapshot) { bytes in
                (try? RevocationList.all(pem: bytes))?.contains(list) == true
            }
            return LayoutPlan.Item("\(hash).r0", .link(target ?? Name.revocationLists), mode: 0o777)
        }
        return ofCertificates + ofLists
    }
}
