import MailLayouts
import SystemPackage

/// Whether the servers that read as a user of their own, Exim and Cyrus, can get at each file.
struct ReaderCheck: Check {
    /// What each of them reads; what is not there is not its matter.
    private static let roles: [MailServer: [Fault.Role]] = [
        .exim: [.certificate, .key, .authorities, .lists, .eximClients],
        .cyrus: [.certificate, .key, .authoritiesAndLists],
    ]

    func findings(in snapshot: Snapshot) -> [Finding] {
        snapshot.servers.filter(\.readsKeyAsItself).flatMap { findings(for: $0, snapshot) }
    }

    private func findings(for server: MailServer, _ snapshot: Snapshot) -> [Finding] {
        let names = server.userNames
        let known = names.lazy.compactMap(SystemUser.init(named:)).first
        var closed: Set<FilePath> = []
        var findings: [Finding] = []
        for role in Self.roles[server] ?? [] {
            let path = snapshot.directory.appending(role.name)
            guard let status = FileStatus(path, following: true) else { continue }
            // Where the server is not installed: one that is in the file's group, unless that is root's.
            let user =
                known ?? SystemUser(name: names[0], id: .max, groups: status.group == 0 ? [] : [status.group])
            let shut = snapshot.directories(to: role.name).first { AccessList($0)?.lets(user, .enter) == false }
            if let shut {
                if closed.insert(shut).inserted { findings.append(directory(shut, role, server, user, snapshot)) }
            } else if AccessList(path)?.lets(user, .read) == false {
                findings.append(file(path, status, role, server, user, snapshot))
            }
        }
        return findings
    }

    private func directory(
        _ path: FilePath, _ role: Fault.Role, _ server: MailServer, _ user: SystemUser, _ snapshot: Snapshot
    ) -> Finding {
        let mode = FileStatus(path, following: true)?.octal ?? "unknown"
        return Finding(
            "\(server.rawValue).directory.closed", .error, path.string,
            "the mode is \(mode), and \(server.title) has to go through it as \(user.name)\(snapshot.outcome(of: .unreadable(role), for: [server]))",
            remedy: "chmod go+x \(path)")
    }

    private func file(
        _ path: FilePath, _ status: FileStatus, _ role: Fault.Role, _ server: MailServer, _ user: SystemUser,
        _ snapshot: Snapshot
    ) -> Finding {
        let what = role == .key ? "key" : "file"
        let group = SystemUser.name(ofGroup: status.group)
        // Debian's own group for keys of servers.
        let shared = group == "root" ? "ssl-cert" : group
        var remedy = "chmod 0644 \(path)"
        if role == .key {
            remedy = "chgrp \(shared) \(path) && chmod 0640 \(path) && adduser \(user.name) \(shared)"
        }
        return Finding(
            "\(server.rawValue).\(what).unreadable", .error, path.string,
            "the mode is \(status.octal), owner \(SystemUser.name(ofUser: status.owner)), group \(group), and \(server.title) reads it as \(user.name)\(snapshot.outcome(of: .unreadable(role), for: [server]))",
            remedy: remedy)
    }
}

extension MailServer {
    /// How the user is called as whom it reads the key, the most usual first; none where that is root.
    var userNames: [String] {
        switch self {
        case .exim: ["Debian-exim", "exim", "exim4"]
        case .cyrus: ["cyrus"]
        case .sendmail, .postfix, .dovecot, .opensmtpd: []
        }
    }
}
