import Foundation
import SystemPackage
import TestSupport
import Testing

/// The directory of a running server, in which mistakes are made one after the other, and taken back.
///
/// What mistakes are made of lies in ``material``: lists that ended (`old`), a CA of the same names (`foreign`), keys, a
/// CA of a long name (`long`). The directory as it was lies there too (`right`).
final class MistakenDirectory: Sendable {
    static let material = "\(Room.sharedPath)/material"

    let room: Room
    let certs: String

    /// - Parameters:
    ///   - server: as it runs; what lies in its directory now is right.
    ///   - old: a folder with lists of the CA's that ended.
    ///   - foreign: the directory of another CA of the same names.
    init(_ room: Room, _ authority: Authority, old: TemporaryDirectory, foreign: Authority) throws {
        self.room = room
        // As servers and findings write it, without two slashes in a row.
        certs = FilePath(authority.certs).string
        let material = room.shared.file("material")
        let good = try authority.issueClient("hanako@example.org")
        let revoked = try authority.issueClient("taro@example.org")
        try Self.shell(
            """
            mkdir -m 0755 \(material)
            cp -r \(old.path) \(material)/old
            cp -r \(foreign.certs) \(material)/foreign
            cp \(good.certificate) \(material)/hanako.pem
            cp \(good.key) \(material)/hanako.key
            cp \(revoked.certificate) \(material)/taro.pem
            cp \(revoked.key) \(material)/taro.key
            cp \(certs)/ca-2.pem \(material)/root.pem
            """)
        try room.shared.write(Self.accessList, to: "material/access-list")
        try room.must("sh", ["-ec", Self.makeKeys.replacing("@", with: Self.material), certs])
        try room.must("sh", ["-ec", Self.makeLongCA, Self.material])
    }

    /// Notes what lies there now as what is right.
    func keep() throws { try room.must("cp", ["-a", certs, "\(Self.material)/right"]) }

    func make(_ mistake: DirectoryMistake) throws {
        let change = mistake.change.replacing("@", with: Self.material)
        try room.must("sh", ["-ec", "cd \(certs)\n\(change)"])
    }

    /// Puts all back as it was.
    func mend() throws {
        try room.must(
            "sh",
            [
                "-ec",
                """
                find \(certs) -mindepth 1 -delete
                cp -a \(Self.material)/right/. \(certs)
                chown root:root \(certs)
                chmod 0755 \(certs) \(certs)/..
                """,
            ])
    }

    private struct Report: Decodable {
        struct Finding: Decodable {
            let id: String
            let message: String
        }

        let findings: [Finding]
    }

    /// What `mailca verify --for` finds there, in the room, where the server's users and directories are.
    /// - Returns: the message of each finding, and its id.
    func verify(for server: String) throws -> [(id: String, message: String)] {
        let outcome = try room.run(
            Command.mailcaPath, ["verify", certs, "--for", server, "--json"])
        try #require(outcome.status < 2, "\(outcome.everything)")
        return try JSONDecoder().decode(Report.self, from: Data(outcome.stdout.utf8)).findings.map {
            ($0.id, $0.message)
        }
    }

    private static func shell(_ command: String) throws {
        let outcome = try Command.run("sh", ["-ec", command])
        try #require(outcome.status == 0, "\(command): \(outcome.everything)")
    }

    private static let makeKeys = """
        cd "$0"
        openssl pkcs8 -topk8 -in privkey.pem -passout pass:secret -out @/encrypted.key
        openssl pkey -in privkey.pem -outform DER -out @/der.key
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out @/other.key
        """

    /// A CA whose name has more than 244 characters in the access map, with a server's and a user's certificate and an
    /// empty list: mailca makes none.
    private static let makeLongCA = #"""
        mkdir "$0/long" "$0/long.ca"
        cd "$0/long.ca"
        long=$(printf '%064d' 0)
        printf 'subjectAltName=DNS:mail.example.org\nextendedKeyUsage=serverAuth\n' >server
        printf 'extendedKeyUsage=clientAuth\n' >client
        printf '[ca]\ndefault_ca=own\n[own]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=300\n' >ca
        : >index
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 400 \
            -subj "/L=$long/O=$long/OU=$long/CN=$long" -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
        for who in server client; do
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $who.key -subj /CN=$who 2>/dev/null |
                openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -extfile $who -out $who.pem 2>/dev/null
        done
        openssl ca -config ca -gencrl -keyfile ca.key -cert ca.pem -out crl.pem 2>/dev/null
        cp client.pem ../long.pem
        cp client.key ../long.key
        cp server.pem ../long/cert.pem
        install -m 0600 server.key ../long/privkey.pem
        cp ca.pem ../long/cacert.pem
        cp ca.pem ../long/ca-1.pem
        cp crl.pem ../long/crl.pem
        cp crl.pem ../long/crl-1.pem
        hash=$(openssl x509 -in ca.pem -noout -hash)
        ln -s ca-1.pem ../long/$hash.0
        ln -s crl-1.pem ../long/$hash.r0
        """#

    /// Lets the user 1000 read a file: what `setfacl -m u:1000:r` does.
    private static let accessList = """
        import os, struct, sys
        none = 0xffffffff
        entries = [(1, 6, none), (2, 4, 1000), (4, 0, none), (16, 4, none), (32, 0, none)]
        value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
        os.setxattr(sys.argv[1], "system.posix_acl_access", value)

        """
}
