import TestSupport
import Testing

@Suite("The CRLs of a CA", .onThreads)
struct RevocationListTests {
    @Test("are one for each of its CAs, the issuing one's first", arguments: Authority.allCases)
    func python(authority: Authority) throws {
        let files = try authority.files
        let verdict = try PythonTools.check(["crl", "--file", files.crl] + files.authorities.named("authority"))
        #expect(verdict.accepted, "\(verdict)")
        let other = authority == .namesake ? Authority.rootP256 : .namesake
        let foreign = try PythonTools.check(
            ["crl", "--file", files.crl, "--authority", other.files.root]
                + files.authorities.dropFirst().named("authority"))
        #expect(!foreign.accepted, "\(foreign)")
    }

    @Test("are verified one by one by OpenSSL, GnuTLS and NSS", arguments: Authority.kinds)
    func signatures(authority: Authority) throws {
        let files = try authority.files
        let lists = try PEM.blocks("X509 CRL", of: files.crl)
        #expect(lists.count == files.authorities.count)
        let folder = try TemporaryDirectory()
        for (list, issuer) in zip(lists, files.authorities) {
            let file = try folder.write(PEM.encode(list, as: "X509 CRL"), to: "crl.pem")
            for (trusted, expected) in [(issuer, true), (try Authority.namesake.files.root, false)] {
                let openSSL = try OpenSSL.run([
                    "crl", "-in", file, "-noout", "-CAfile", trusted, "-no-CApath", "-no-CAstore",
                ])
                #expect(openSSL.stderr.contains("verify OK") == expected, "\(openSSL.everything)")
                let gnuTLS = try GnuTLS.certtool(["--verify-crl", "--load-ca-certificate", trusted, "--infile", file])
                #expect((gnuTLS.status == 0) == expected, "\(gnuTLS.everything)")
                let nss = try NSS()
                try nss.add(trusted, as: "ca", trust: .authority)
                if expected {
                    try nss.addCRLs(file)
                } else {
                    #expect(throws: AuthorityFiles.Failed.self) { try nss.addCRLs(file) }
                }
            }
        }
    }

    @Test("are verified by Java", arguments: [Authority.rootP384, .rootRSA, .issuingP256])
    func java(authority: Authority) throws {
        let files = try authority.files
        let folder = try TemporaryDirectory()
        let password = try folder.write("changeit\n", to: "password")
        for (number, trusted) in ([try Authority.namesake.files.root] + files.authorities).enumerated() {
            let store = ["-keystore", folder.file("trust-\(number).p12"), "-storepass:file", password]
            let added = try Java.keytool(["-importcert", "-noprompt", "-alias", "ca", "-file", trusted] + store)
            #expect(added.status == 0, "\(added.everything)")
            // Of several CRLs, those of other CAs are reported as not verified.
            let printed = try Java.keytool(["-printcrl", "-file", files.crl] + store)
            #expect(printed.status == 0, "\(printed.everything)")
            let isOwn = number > 0
            #expect(printed.stdout.contains("Verified by ca in keystore") == isOwn, "\(printed.everything)")
        }
    }

    @Test("are wanted for every CA in the path", arguments: [Authority.rootP256, .issuingP256])
    func missing(authority: Authority) throws {
        let files = try authority.files
        let foreign = try OpenSSL.verify(
            try files.client(),
            trusting: ["-CAfile", files.cacert, "-CRLfile", try Authority.namesake.files.crl, "-crl_check_all"])
        #expect(!foreign.accepted, "\(foreign)")
    }

    @Test("follow the CA certificates in ca-crl.pem", arguments: [Authority.rootP256, .issuingP256])
    func together(authority: Authority) throws {
        let files = try authority.files
        let together = "\(files.certs)/ca-crl.pem"
        for kind in ["CERTIFICATE", "X509 CRL"] {
            let apart = try PEM.blocks(kind, of: kind == "CERTIFICATE" ? files.cacert : files.crl)
            let inside = try PEM.blocks(kind, of: together)
            #expect(inside == apart && inside.count == files.authorities.count)
        }
    }

    @Test("end the life of a revoked certificate, and of no other", arguments: [Authority.rootP256, .issuingP256])
    func revoked(authority: Authority) throws {
        // A CA of its own: the other tests' CRLs stay empty.
        let files = try AuthorityFiles(authority)
        let (gone, staying) = (try files.client(address: "gone@example.org"), try files.client())
        try files.run(["revoke", "gone@example.org", "--certs", files.certs])
        for (claim, accepted) in [(gone, false), (staying, true)] {
            let openSSL = try OpenSSL.verify(
                claim, trusting: ["-CAfile", files.cacert, "-CRLfile", files.crl, "-crl_check_all"])
            #expect(openSSL.accepted == accepted, "\(openSSL)")
            let links = try OpenSSL.judge(claim, byLinksIn: files.certs)
            #expect(links.accepted == accepted, "\(links)")
            let gnuTLS = try GnuTLS.verify(claim, files: files)
            #expect(gnuTLS.accepted == accepted, "\(gnuTLS)")
            let nss = try NSS.verify(claim, files: files)
            #expect(nss.accepted == accepted, "\(nss)")
        }
        let python = try PythonTools.check(
            ["crl", "--file", files.crl, "--revoked", gone.chain] + files.authorities.named("authority"))
        #expect(python.accepted, "\(python)")
        let lint = try PythonTools.check(["lint", "--crl", files.crl])
        #expect(lint.accepted, "\(lint)")
    }
}

extension Sequence<String> {
    /// Each as the value of a long option.
    func named(_ option: String) -> [String] { flatMap { ["--\(option)", $0] } }
}
