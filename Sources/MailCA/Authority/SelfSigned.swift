public import FoundationEssentials
public import OpenSSLKit

/// Server certificates that need no CA.
public enum SelfSigned {
    /// Checks what is wished for without making anything.
    /// - Returns: the names, read.
    /// - Throws: ``MailCAError`` with the codes `invalidName`, `invalidParameters`.
    @discardableResult
    public static func check(
        _ names: [String], days: Int?, key algorithm: KeyAlgorithm
    ) throws(MailCAError) -> [ServerName] {
        let servers = try parse(names, ServerName.init)
        guard !servers.isEmpty else {
            throw MailCAError(
                .invalidName, "no host name was given", hint: "Give the name by which others reach the server.")
        }
        if let days { try Profile.selfSigned.check(days: days) }
        try Profile.selfSigned.check(algorithm)
        return servers
    }

    /// Makes a key and a certificate signed with itself.
    ///
    /// It is no CA certificate, and it has an authority key identifier, its own: NSS refuses the first, and other
    /// verifiers refuse the want of the second.
    /// - Parameters:
    ///   - names: host names and IP addresses as people type them; the first becomes the common name.
    ///   - days: the life; nil for a year.
    ///   - algorithm: which kind of key.
    ///   - now: the time it is made at.
    /// - Throws: ``MailCAError`` with the codes `invalidName`, `invalidParameters`, `internalFault`.
    public static func server(
        _ names: [String], days: Int? = nil, key algorithm: KeyAlgorithm = .ecP256, now: Date = Date()
    ) throws(MailCAError) -> IssuedCertificate {
        let profile = Profile.selfSigned
        let servers = try check(names, days: days, key: algorithm)
        let key = try crypto { () throws(OpenSSLError) in try PrivateKey.generate(algorithm) }
        let template = try CertificateTemplate.server(
            servers, profile: profile, validity: .beginning(now, days: days ?? profile.defaultDays),
            publicKey: key.publicKey)
        let serial = try newSerialNumber(now)
        let certificate = try sign(template, serialNumber: serial, issuer: nil, permitted: nil, key: key, time: now)
        return IssuedCertificate(
            profile: profile, certificate: certificate.certificate, fields: certificate.fields, intermediates: [],
            root: certificate.certificate, privateKey: key, names: servers.map(\.description), device: nil,
            fullName: nil)
    }
}

extension Validity {
    /// How far another machine's clock may be behind this one's: certificates and lists begin an hour ago.
    public static let tolerance = 3_600.0

    /// `days` from now, less the tolerance.
    static func beginning(_ now: Date, days: Int) -> Validity {
        Validity(notBefore: now.addingTimeInterval(-tolerance), days: days)
    }
}

/// A serial number for a certificate made now.
func newSerialNumber(_ now: Date) throws(MailCAError) -> SerialNumber {
    try crypto { () throws(OpenSSLError) in
        try SerialNumber.random(milliseconds: Int64(now.timeIntervalSince1970 * 1_000))
    }
}
