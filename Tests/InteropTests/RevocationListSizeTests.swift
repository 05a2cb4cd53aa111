import Foundation
import TestSupport
import Testing

/// Lists of no entry and of very many, and those of a root that is kept offline.
@Suite("The CRLs of a CA, by their size and by who signs them", .onThreads)
struct RevocationListSizeTests {
    private static let many = ProcessInfo.processInfo.environment["MAILCA_SOAK"] == "1" ? 100_000 : 10_000

    /// In seconds: GnuTLS takes some minutes for the larger list.
    private static let patience = 1_800.0

    /// Copies one user's certificate in the ledger under new numbers, all revoked.
    private static let fill = """
        import os, sqlite3, sys, time
        database = sqlite3.connect(sys.argv[1])
        columns = [row[1] for row in database.execute("PRAGMA table_info(certificate)")]
        first = dict(zip(columns, database.execute("SELECT * FROM certificate WHERE profile = 'client'").fetchone()))
        last = database.execute("SELECT max(id) FROM certificate").fetchone()[0]
        now = int(time.time())
        prefix = int(time.time() * 1000).to_bytes(6, "big")
        insert = f"INSERT INTO certificate ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        for number in range(last + 1, last + 1 + int(sys.argv[2])):
            row = dict(first, id=number, serial=prefix + os.urandom(10), key_fingerprint=os.urandom(32),
                       revoked_at=now - number % 1000, reason=number % 3 and 4)
            database.execute(insert, [row[column] for column in columns])
        database.commit()
        """

    /// Writes each list of an issuer that the ledger keeps to a file NUMBER.der, and prints the numbers.
    private static let extract = """
        import sqlite3, sys
        database = sqlite3.connect(sys.argv[1])
        parts = {}
        for number, content in database.execute(
                "SELECT number, bytes FROM revocation_list_part WHERE issuer = "
                "(SELECT serial FROM certificate WHERE profile = 'root') ORDER BY number, position"):
            parts[number] = parts.get(number, b"") + content
        for number, content in parts.items():
            open(f"{sys.argv[2]}/{number}.der", "wb").write(content)
            print(number)
        """

    private func python(_ program: String, _ arguments: [String]) throws -> String {
        let outcome = try Command.run("python3", ["-c", program] + arguments, package: "python3")
        guard outcome.status == 0 else { throw AuthorityFiles.Failed(arguments: arguments, outcome: outcome) }
        return outcome.stdout
    }

    /// Has the lists in a CA's crl.pem read and verified.
    private func expectVerified(_ files: AuthorityFiles, counts: [Int]) throws {
        let lists = try PEM.blocks("X509 CRL", of: files.crl)
        try #require(lists.count == files.authorities.count)
        let folder = try TemporaryDirectory()
        for ((list, issuer), count) in zip(zip(lists, files.authorities), counts) {
            let file = try folder.write(PEM.encode(list, as: "X509 CRL"), to: "crl.pem")
            let openSSL = try OpenSSL.run([
                "crl", "-in", file, "-noout", "-text", "-verify", "-CAfile", issuer, "-no-CApath", "-no-CAstore",
            ])
            #expect(openSSL.status == 0 && openSSL.stderr.contains("verify OK"), "\(openSSL.stderr)")
            #expect(openSSL.stdout.split(separator: "\n").count { $0.contains("Serial Number: ") } == count)
            #expect(openSSL.stdout.contains("No Revoked Certificates.") == (count == 0))
            let gnuTLS = try GnuTLS.certtool(
                ["--verify-crl", "--load-ca-certificate", issuer, "--infile", file], timeout: Self.patience)
            #expect(gnuTLS.status == 0, "\(gnuTLS.everything.suffix(500))")
            let info = try GnuTLS.certtool(["--crl-info", "--infile", file], timeout: Self.patience)
            let heading = count == 0 ? "No revoked certificates" : "Revoked certificates (\(count)):"
            #expect(info.status == 0 && info.stdout.contains(heading), "\(info.everything.prefix(2_000))")
        }
        let python = try PythonTools.check(
            ["crl", "--file", files.crl, "--count", "\(counts.reduce(0, +))"] + files.authorities.named("authority"))
        #expect(python.accepted, "\(python)")
    }

    /// Whether a user's certificate is accepted where every CA's list is asked.
    private func expectAccepted(_ claim: Claim, _ accepted: Bool, _ files: AuthorityFiles) throws {
        let openSSL = try OpenSSL.verify(
            claim, trusting: ["-CAfile", files.cacert, "-CRLfile", files.crl, "-crl_check_all"])
        #expect(openSSL.accepted == accepted, "\(openSSL)")
        let gnuTLS = try GnuTLS.verify(claim, files: files, timeout: Self.patience)
        #expect(gnuTLS.accepted == accepted, "\(gnuTLS)")
    }

    @Test("An empty one is read and verified, and lets everybody in", arguments: [Authority.rootP256, .issuingP256])
    func empty(authority: Authority) throws {
        let files = try AuthorityFiles(authority)
        let staying = try files.client()
        try files.run(["crl", "--certs", files.certs])
        try expectVerified(files, counts: files.authorities.map { _ in 0 })
        try expectAccepted(staying, true, files)
    }

    @Test("One of very many entries is read and verified, and keeps out whom it names and nobody else")
    func large() throws {
        let files = try AuthorityFiles(.rootP256)
        let gone = try files.client(address: "gone@example.org")
        _ = try python(Self.fill, ["\(files.home)/ledger.sqlite", "\(Self.many)"])
        let staying = try files.client()
        try files.run(["revoke", "gone@example.org", "--all", "--certs", files.certs])
        try expectVerified(files, counts: [Self.many + 1])
        try expectAccepted(gone, false, files)
        try expectAccepted(staying, true, files)
    }

    @Test("A root that is kept offline signs those of several periods ahead, and the issuing CA goes on with its own")
    func offlineRoot() throws {
        let files = try AuthorityFiles(.issuingP256)
        let (gone, staying) = (try files.client(address: "gone@example.org"), try files.client())
        try files.run([
            "crl", "--root", "--periods", "3", "--root-key", files.folder.file("offline-root.key"), "--certs",
            files.certs,
        ])
        try expectVerified(files, counts: [0, 0])
        try expectAccepted(gone, true, files)
        try files.run(["revoke", "gone@example.org", "--certs", files.certs])
        try files.run(["crl", "--certs", files.certs])
        try expectVerified(files, counts: [1, 0])
        try expectAccepted(gone, false, files)
        try expectAccepted(staying, true, files)

        // Those for times to come lie in the ledger: each is the root's, and counts when its time has come.
        let folder = try TemporaryDirectory()
        let numbers = try python(Self.extract, ["\(files.home)/ledger.sqlite", folder.path])
            .split(separator: "\n").map(String.init)
        try #require(numbers.count >= 3, "\(numbers)")
        let issuing = try PEM.encode(PEM.blocks("X509 CRL", of: files.crl)[0], as: "X509 CRL")
        for (period, number) in numbers.suffix(3).enumerated() {
            let printed = try OpenSSL.run([
                "crl", "-inform", "DER", "-in", folder.file("\(number).der"), "-CAfile", files.root, "-verify",
                "-no-CApath", "-no-CAstore",
            ])
            #expect(printed.status == 0 && printed.stderr.contains("verify OK"), "\(printed.everything)")
            let both = try folder.write(issuing + printed.stdout, to: "both.pem")
            // In the middle of its time, which begins a period after that of the one before.
            let moment = Int(Date().timeIntervalSince1970) + (period * 30 + 15) * 86_400
            let verdict = try OpenSSL.verify(
                staying,
                trusting: [
                    "-CAfile", files.cacert, "-CRLfile", both, "-crl_check_all", "-attime", "\(moment)",
                ])
            #expect(verdict.accepted, "list \(number), period \(period): \(verdict)")
        }
    }
}
