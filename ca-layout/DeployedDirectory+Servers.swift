import Glibc
public import MailCA

extension DeployedDirectory {
    /// The mail servers that read it.
    public var servers: [MailServer] { deployment.servers.compactMap { MailServer(rawValue: $0.name) } }

    /// Whether something there changes with every certificate that is issued.
    public var listsCertificates: Bool {
        deployment.servers.contains { $0.isListed || $0.name == MailServer.exim.rawValue }
    }

    /// What single servers want beside the files that all of them read.
    /// - Throws: the errors of `Ledger`.
    public func serverItems(_ authority: Authority) throws(MailCAError) -> [LayoutPlan.Item] {
        typealias Name = MailLayout.FileName
        let lists = CertificateLists(authority: authority, users: Set(deployment.users))
        var items: [LayoutPlan.Item] = []
        for server in deployment.servers {
            switch MailServer(rawValue: server.name) {
            case .sendmail where server.isListed:
                let map = try SendmailAccess.map(of: authority, listing: try lists.subjects())
                items.append(.init(Name.sendmailAccess, .text(map)))
            case .postfix:
                items += Self.map(Name.postfixRevoked, lists.postfixRevoked(), mapType)
                if server.isListed { items += Self.map(Name.postfixClients, lists.postfixClients(), mapType) }
            case .exim:
                items.append(.init(Name.eximClients, .sequence([lists.eximClients(isListed: server.isListed)])))
            case .sendmail, .dovecot, .opensmtpd, .cyrus, nil: continue
            }
        }
        return items
    }

    /// Of Postfix's maps there.
    public var mapType: PostfixMapType {
        deployment.servers.first { $0.name == MailServer.postfix.rawValue }?.mapType
            .flatMap { PostfixMapType(rawValue: $0) } ?? .hash
    }

    /// Databases of another type than that of today: a Postfix that still reads one would go by old lists.
    var staleDatabases: Set<String> {
        guard servers.contains(.postfix) else { return [] }
        let others = PostfixMapType.allCases.filter { $0 != mapType }
        return Set(
            [MailLayout.FileName.postfixRevoked, MailLayout.FileName.postfixClients].flatMap { map in
                others.map { map + $0.suffix }
            })
    }

    /// A map of Postfix's, and its database.
    private static func map(_ name: String, _ piece: LayoutPlan.Piece, _ type: PostfixMapType) -> [LayoutPlan.Item] {
        [.init(name, .sequence([piece])), .init("\(name)\(type.suffix)", .database(of: name, type: type))]
    }

    /// The number of the group that may read the key; nil where only root may.
    /// - Throws: `MailCAError` with code `notFound` where there is no such group.
    public func keyGroup() throws(MailCAError) -> UInt32? {
        guard let name = deployment.keyGroup else { return nil }
        guard let group = getgrnam(name) else {
            throw MailCAError(
                .notFound, "there is no group \(name) here",
                hint: "Make it with groupadd --system \(name), or name another one with --key-group.")
        }
        return group.pointee.gr_gid
    }
}
