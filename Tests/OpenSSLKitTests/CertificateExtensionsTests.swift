import OpenSSLKit
import Testing

@Suite("CertificateExtensions")
struct CertificateExtensionsTests {
    /// What is read from a certificate that holds just these, and what OpenSSL prints of it.
    private func written(
        _ extensions: CertificateExtensions, subject: [DistinguishedName.Attribute] = [.commonName("x")]
    ) throws -> (read: CertificateExtensions, text: String) {
        let certificate = try Draft(bare: extensions, subject: subject).signedAsIs()
        let text = try openssl(["x509", "-noout", "-text", "-certopt", "ext_parse"], input: certificate.pem)
        return (try certificate.fields().extensions, words(text))
    }

    @Test("Without extensions nothing is read, and nothing is written")
    func none() throws {
        let certificate = try Draft(bare: CertificateExtensions()).signedAsIs()
        #expect(try certificate.fields().extensions == CertificateExtensions())
    }

    @Test(
        "Basic constraints are critical, and keep the path length",
        arguments: [
            (true, 0, "CA:TRUE, pathlen:0"), (true, 3, "CA:TRUE, pathlen:3"), (true, nil, "CA:TRUE"),
            (false, nil, "CA:FALSE"),
        ] as [(Bool, Int?, String)])
    func basicConstraints(isCA: Bool, pathLength: Int?, text: String) throws {
        var extensions = CertificateExtensions()
        extensions.basicConstraints = .init(isCA: isCA, pathLength: pathLength)
        let written = try written(extensions)
        #expect(written.read.basicConstraints == extensions.basicConstraints)
        #expect(written.read.present == [ExtensionIdentifier.basicConstraints])
        #expect(written.read.critical == [ExtensionIdentifier.basicConstraints])
        #expect(written.text.contains("X509v3 Basic Constraints: critical \(text)"))
        #expect(written.text.contains("pathlen") == (pathLength != nil))
    }

    @Test("Key usage is critical")
    func keyUsage() throws {
        var extensions = CertificateExtensions()
        extensions.keyUsage = [.keyCertSign, .cRLSign]
        let written = try written(extensions)
        #expect(written.read.keyUsage == [.keyCertSign, .cRLSign])
        #expect(written.read.present == [ExtensionIdentifier.keyUsage])
        #expect(written.read.critical == [ExtensionIdentifier.keyUsage])
        #expect(written.text.contains("X509v3 Key Usage: critical Certificate Sign, CRL Sign"))
    }

    @Test("Extended key usage is not critical, and keeps its order")
    func extendedKeyUsage() throws {
        var extensions = CertificateExtensions()
        extensions.extendedKeyUsage = [
            .clientAuth, .serverAuth, .emailProtection, .ocspSigning, .init(identifier: "1.3.6.1.4.1.99999.1"),
        ]
        let written = try written(extensions)
        #expect(written.read.extendedKeyUsage == extensions.extendedKeyUsage)
        #expect(written.read.present == [ExtensionIdentifier.extendedKeyUsage])
        #expect(written.read.critical.isEmpty)
        #expect(
            written.text.contains(
                "TLS Web Client Authentication, TLS Web Server Authentication, E-mail Protection, OCSP Signing, 1.3.6.1.4.1.99999.1"
            ))
    }

    @Test("The alternative name is critical where the subject is empty, and only there")
    func alternativeName() throws {
        var extensions = CertificateExtensions()
        extensions.subjectAlternativeNames = [.dnsName("mail.example.org"), .rfc822Name("taro@example.org")]
        let named = try written(extensions)
        #expect(named.read.subjectAlternativeNames == extensions.subjectAlternativeNames)
        #expect(named.read.present == [ExtensionIdentifier.subjectAlternativeName])
        #expect(named.read.critical.isEmpty)
        #expect(
            named.text.contains("X509v3 Subject Alternative Name: DNS:mail.example.org, email:taro@example.org"))
        let nameless = try written(extensions, subject: [])
        #expect(nameless.read.subjectAlternativeNames == extensions.subjectAlternativeNames)
        #expect(nameless.read.critical == [ExtensionIdentifier.subjectAlternativeName])
        #expect(nameless.text.contains("X509v3 Subject Alternative Name: critical DNS:mail.example.org"))
    }

    @Test("Name constraints are critical, and keep what is permitted and what is excluded apart")
    func nameConstraints() throws {
        var extensions = CertificateExtensions()
        extensions.nameConstraints = .init(
            permitted: [
                .dnsName("example.org"), .rfc822Name(".example.org"), .ipAddress([192, 0, 2, 0, 255, 255, 255, 0]),
            ],
            excluded: [.ipAddress([UInt8](repeating: 0, count: 32))])
        let written = try written(extensions)
        #expect(written.read.nameConstraints == extensions.nameConstraints)
        #expect(written.read.present == [ExtensionIdentifier.nameConstraints])
        #expect(written.read.critical == [ExtensionIdentifier.nameConstraints])
        #expect(written.text.contains("Permitted: DNS:example.org email:.example.org IP:192.0.2.0/255.255.255.0"))
        #expect(written.text.contains("Excluded: IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0"))
    }

    @Test("The subject key identifier is not critical")
    func subjectKeyIdentifier() throws {
        var extensions = CertificateExtensions()
        extensions.subjectKeyIdentifier = [0xde, 0xad, 0xbe, 0xef]
        let written = try written(extensions)
        #expect(written.read.subjectKeyIdentifier == [0xde, 0xad, 0xbe, 0xef])
        #expect(written.read.authorityKeyIdentifier == nil)
        #expect(written.read.present == [ExtensionIdentifier.subjectKeyIdentifier])
        #expect(written.read.critical.isEmpty)
        #expect(written.text.contains("X509v3 Subject Key Identifier: DE:AD:BE:EF"))
    }

    @Test("The authority key identifier is the key's alone, and not critical")
    func authorityKeyIdentifier() throws {
        var extensions = CertificateExtensions()
        extensions.authorityKeyIdentifier = [0xca, 0xfe]
        let written = try written(extensions)
        #expect(written.read.authorityKeyIdentifier == [0xca, 0xfe])
        #expect(written.read.subjectKeyIdentifier == nil)
        #expect(written.read.present == [ExtensionIdentifier.authorityKeyIdentifier])
        #expect(written.read.critical.isEmpty)
        #expect(written.text.contains("X509v3 Authority Key Identifier: CA:FE"))
        #expect(!written.text.contains("DirName"))
        #expect(!written.text.contains("serial:"))
    }

    @Test("An authority key identifier without a key identifier is read as none")
    func issuerAndSerialOnly() throws {
        let pem = try openssl(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                "/dev/null",
                "-subj", "/CN=x", "-addext", "subjectKeyIdentifier=none", "-addext",
                "authorityKeyIdentifier=issuer:always",
            ])
        let extensions = try Certificate.all(pem: Array(pem.utf8))[0].fields().extensions
        #expect(extensions.authorityKeyIdentifier == nil)
        #expect(extensions.present.contains(ExtensionIdentifier.authorityKeyIdentifier))
    }

    @Test("A responder's certificate says that it is not to be checked")
    func ocspNoCheck() throws {
        var extensions = CertificateExtensions()
        extensions.ocspNoCheck = true
        let written = try written(extensions)
        #expect(written.read.ocspNoCheck)
        #expect(written.read.present == ["1.3.6.1.5.5.7.48.1.5"])
        #expect(written.read.critical.isEmpty)
        #expect(written.text.contains("OCSP No Check"))
    }

    @Test("An extension that nobody here knows is listed, with its criticality")
    func unknown() throws {
        let pem = try openssl(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                "/dev/null",
                "-subj", "/CN=x", "-addext", "1.2.3.4=critical,ASN1:UTF8String:new",
            ])
        let extensions = try Certificate.all(pem: Array(pem.utf8))[0].fields().extensions
        #expect(extensions.present.contains("1.2.3.4"))
        #expect(extensions.critical.contains("1.2.3.4"))
    }
}
