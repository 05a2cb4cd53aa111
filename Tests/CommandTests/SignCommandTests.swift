import Foundation
import TestSupport
import Testing

@Suite("mailca sign", .onThreads)
struct SignCommandTests {
    /// A request by openssl.
    /// - Parameter genpkey: how its key is made.
    private func request(
        _ place: Place, subject: String = "/CN=mail.example.org", alternatives: String? = nil,
        genpkey: [String] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], extensions: [String] = []
    ) throws -> String {
        let (path, key) = (place.file("users/a.csr"), place.file("users/a.key"))
        try CertificateFile.openssl(["genpkey", "-out", key] + genpkey)
        let extensions = (alternatives.map { ["subjectAltName=\($0)"] } ?? []) + extensions
        try CertificateFile.openssl(
            ["req", "-new", "-key", key, "-subj", subject, "-out", path] + extensions.flatMap { ["-addext", $0] })
        return path
    }

    private func sign(_ place: Place, _ path: String, _ profile: String, _ options: [String] = []) -> [String] {
        ["sign", path, "--profile", profile, "--out", place.out] + options
    }

    private func text(_ place: Place, _ name: String) throws -> String {
        try CertificateFile.openssl(["x509", "-in", "\(place.out)/\(name)", "-noout", "-text"])
    }

    @Test("The names are those of the request's alternative names, and not of its subject")
    func alternativeNames() throws {
        let place = try Place(.offlineRoot)
        let path = try request(
            place, subject: "/CN=other.example.org", alternatives: "DNS:mx2.example.org,DNS:smtp.example.org")
        let outcome = try place.run(sign(place, path, "server"))
        #expect(Tree(place.out).listing == ["0644 mx2.example.org.pem"])
        let text = try text(place, "mx2.example.org.pem")
        #expect(text.contains("DNS:mx2.example.org, DNS:smtp.example.org\n"), "\(text)")
        #expect(!text.contains("other.example.org"))
        let file = "\(place.out)/mx2.example.org.pem"
        #expect(try CertificateFile.belongTogether(key: place.file("users/a.key"), certificate: file))
        #expect(try CertificateFile.serials(file).count == 2)
        #expect(outcome.stdout.contains("  0644  \(file)\n"))
        #expect(try place.mailca(["verify", file]).status == 0)
    }

    @Test("Without alternative names it is the subject's common name")
    func commonName() throws {
        let place = try Place(.open)
        try place.run(sign(place, try request(place, subject: "/O=Else/CN=mx3.example.org"), "server"))
        let text = try text(place, "mx3.example.org.pem")
        #expect(text.contains("DNS:mx3.example.org\n") && !text.contains("Else"))
    }

    @Test("A user's address comes from the request, or from --as, whatever the request says")
    func user() throws {
        let place = try Place(.open)
        let path = try request(place, subject: "/CN=Taro", alternatives: "email:taro@example.org,DNS:mail.example.org")
        try place.run(sign(place, path, "client"))
        #expect(try text(place, "taro@example.org.pem").contains("email:taro@example.org\n"))
        let second = try request(place, subject: "/CN=Taro", alternatives: "email:taro@example.org")
        try place.run(sign(place, second, "client", ["--as", "hanako@example.org"]))
        let other = try text(place, "hanako@example.org.pem")
        #expect(other.contains("email:hanako@example.org\n") && !other.contains("taro"), "\(other)")
    }

    @Test("A request that names nobody is refused, and --as helps")
    func nobody() throws {
        let place = try Place(.open)
        let path = try request(place, subject: "/O=Example")
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(sign(place, path, "server")), status: 65, saying: "--as")
            expectRefusal(try place.mailca(sign(place, path, "client")), status: 65, saying: "--as")
        }
        try place.run(sign(place, path, "server", ["--as", "mx.example.org", "mx2.example.org"]))
        #expect(try text(place, "mx.example.org.pem").contains("DNS:mx.example.org, DNS:mx2.example.org\n"))
    }

    @Test(
        "Names outside the CA's domains are refused, in the request as in --as",
        arguments: [
            "DNS:mail.example.net", "DNS:mail.example.org,DNS:mail.example.net",
            "DNS:mail.example.org --as mail.example.net",
        ])
    func outside(_ asked: String) throws {
        let words = asked.split(separator: " ").map(String.init)
        let options = Array(words.dropFirst())
        let place = try Place(.open)
        let path = try request(place, alternatives: words[0])
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(sign(place, path, "server", options)), status: 77, saying: "mail.example.net")
        }
    }

    @Test("Nothing else of a request is believed: no CA, no other use, no other life")
    func notBelieved() throws {
        let place = try Place(.open)
        let path = try request(
            place, subject: "/C=XX/O=Evil/CN=Evil CA", alternatives: "DNS:mail.example.org",
            extensions: [
                "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
                "extendedKeyUsage=codeSigning,clientAuth", "certificatePolicies=1.2.3.4",
                "1.3.6.1.4.1.99999.1=ASN1:UTF8String:marker",
            ])
        try place.run(sign(place, path, "server"))
        let text = try text(place, "mail.example.org.pem")
        #expect(!text.contains("CA:TRUE") && !text.contains("Certificate Sign") && !text.contains("Code Signing"))
        #expect(!text.contains("Evil") && !text.contains("1.2.3.4") && !text.contains("99999"))
        #expect(text.contains("TLS Web Server Authentication"))
    }

    @Test(
        "Weak and odd keys are refused with the reason",
        arguments: [
            ("RSA rsa_keygen_bits:1024", "RSA of 1024 bits"),
            ("RSA rsa_keygen_bits:2048 rsa_keygen_pubexp:3", "exponent"),
            ("EC ec_paramgen_curve:secp256k1", "curve 1.3.132.0.10"),
            ("EC ec_paramgen_curve:P-192", "curve 1.2.840.10045.3.1.1"),
            ("EC ec_paramgen_curve:P-256 ec_param_enc:explicit", "written out"), ("ED448", "Edwards"),
        ])
    func weakKeys(_ kind: String, _ reason: String) throws {
        let words = kind.split(separator: " ").map(String.init)
        let genpkey = ["-algorithm", words[0]] + words.dropFirst().flatMap { ["-pkeyopt", $0] }
        let place = try Place(.open)
        let path = try request(place, genpkey: genpkey)
        try expectNothingChanges(in: place) {
            for profile in ["server", "client"] {
                let outcome = try place.mailca(
                    sign(place, path, profile, ["--as", profile == "server" ? "mx.example.org" : "a@example.org"]))
                expectRefusal(outcome, status: 65, saying: reason)
            }
        }
    }

    @Test("A key that is written as a compressed point is refused")
    func compressedPoint() throws {
        let place = try Place(.open)
        let (key, compressed, path) = (
            place.file("users/a.key"), place.file("users/b.key"), place.file("users/a.csr")
        )
        try CertificateFile.openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key])
        try CertificateFile.openssl(["ec", "-in", key, "-conv_form", "compressed", "-out", compressed])
        try CertificateFile.openssl(["req", "-new", "-key", compressed, "-subj", "/CN=mx.example.org", "-out", path])
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(sign(place, path, "server")), status: 65, saying: "compressed")
        }
    }

    @Test("A request that its own key did not sign is refused")
    func badSignature() throws {
        let place = try Place(.open)
        let path = try request(place)
        var (_, der) = try CertificateFile.blocks(String(contentsOfFile: path, encoding: .utf8))[0]
        der[der.count - 3] ^= 1
        try Data(der).write(to: URL(fileURLWithPath: path))
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(sign(place, path, "server")), status: 65, saying: "signed")
        }
    }

    @Test("A request in DER is as good as one in PEM")
    func der() throws {
        let place = try Place(.open)
        let path = try request(place)
        try CertificateFile.openssl(["req", "-in", path, "-outform", "DER", "-out", place.file("users/a.der")])
        try place.run(sign(place, place.file("users/a.der"), "server"))
        #expect(Tree(place.out).names == ["mail.example.org.pem"])
    }

    @Test("The CA's own key is not certified for anybody")
    func keyOfAuthority() throws {
        let place = try Place(.open)
        let key = try #require(place.homeTree.names.first { $0.hasSuffix(".key") || $0.hasSuffix("key.pem") })
        let path = place.file("users/a.csr")
        try CertificateFile.openssl([
            "req", "-new", "-key", "\(place.home)/\(key)", "-subj", "/CN=mx.example.org", "-out", path,
        ])
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(sign(place, path, "server")), status: 65, saying: "CA's own")
        }
    }

    @Test("A key that is known as somebody else's is refused; its holder may have it again")
    func keyOfAnother() throws {
        let place = try Place(.open)
        let path = try request(place)
        try place.run(sign(place, path, "client", ["--as", "taro@example.org"]))
        try expectNothingChanges(in: place) {
            for options in [["client", "--as", "hanako@example.org"], ["server", "--as", "mx.example.org"]] {
                expectRefusal(
                    try place.mailca(sign(place, path, options[0], Array(options.dropFirst()))), status: 65,
                    saying: "taro@example.org")
            }
        }
        try place.run(sign(place, path, "client", ["--as", "taro@example.org", "--force"]))
        try place.run(["revoke", "taro@example.org", "--all", "--reason", "keyCompromise"])
        expectRefusal(
            try place.mailca(sign(place, path, "client", ["--as", "taro@example.org", "--force"])), status: 65,
            saying: "compromised")
    }

    @Test("A file that is there is refused, a dry run changes nothing and refuses the same")
    func existingAndDry() throws {
        let place = try Place(.open)
        let path = try request(place)
        try expectNothingChanges(in: place) {
            let json = try place.json(sign(place, path, "server", ["--dry-run"]))
            #expect(json["dryRun"].bool == true)
            #expect(json["files"][0]["path"].string == "\(place.out)/mail.example.org.pem")
        }
        let json = try place.json(sign(place, path, "server"))
        #expect(json["certificate"]["names"].strings == ["mail.example.org"])
        try expectNothingChanges(in: place) {
            for options in [[], ["--dry-run"]] {
                expectRefusal(try place.mailca(sign(place, path, "server", options)), status: 73, saying: "--force")
            }
        }
    }

    @Test(
        "What is no request is refused",
        arguments: [("", 65), ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", 65)])
    func noRequest(_ text: String, _ status: Int32) throws {
        let place = try Place(.open)
        try place.write(text, to: "users/a.csr")
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(sign(place, place.file("users/a.csr"), "server")), status: status)
        }
        expectRefusal(try place.mailca(["sign", place.file("users/none.csr"), "--profile", "server"]), status: 66)
        expectRefusal(try place.mailca(["sign", place.file("users/a.csr")]), status: 64)
    }
}
