extension FindingCatalogue {
    static let paths = FindingArea(
        title: "Certification paths",
        summary: "Whether certificates lead to the CAs that were named, for the name and purpose that were named.",
        kinds: pathFailures + pathForms)

    private static let reissue = "Have it issued again, as with `mailca issue-server` or `mailca issue-client`."
    private static let otherCertificate =
        "Ask whoever runs the CA for another certificate, or leave it out where another path leads to a root."

    /// What OpenSSL's strict validation refuses (RFC 5280 §6).
    private static let pathFailures: [FindingKind] = [
        .init(
            "path.expired", .error,
            means: "It, or a CA certificate above it, has ended at the time that was asked for.",
            mend: reissue),
        .init(
            "path.extensions", .error,
            means: "An extension is missing, not allowed there, or critical and unknown, by OpenSSL's strict rules.",
            mend: reissue),
        .init(
            "path.invalid", .error, means: "OpenSSL refuses it for a rare reason, which the message has.", mend: reissue
        ),
        .init(
            "path.list-expired", .error,
            means:
                "A revocation list has ended: nobody knows what was revoked since, and strict programs refuse everybody.",
            mend: "Get the newest; `mailca crl` makes that of the CA of this machine."),
        .init(
            "path.list-invalid", .error,
            means: "A revocation list was not signed by its CA, or holds what has to be understood and is not known.",
            mend: "Get it again from whoever runs that CA."),
        .init(
            "path.list-not-yet-valid", .error, means: "A revocation list is of a later time than the one asked for.",
            mend: "`timedatectl set-ntp true`, or another `--at`."),
        .init(
            "path.names-incomparable", .error,
            means: "A name or a constraint on names is written so that the two cannot be compared.", mend: reissue),
        .init(
            "path.names-not-permitted", .error, means: "It holds a name that a CA above it may not give.",
            mend: "Have it issued by a CA for that domain: `mailca init-ca --domain` makes one."),
        .init(
            "path.no-issuer", .error, means: "Nothing leads on to a root: the certificate of a CA between is missing.",
            mend: "Give it with `--chain FILE`, and the root with `--ca FILE`."),
        .init(
            "path.no-list", .error,
            means: "Revocation lists were given, and that of one CA in the path is not among them.",
            mend: "Give it too, with `--crl FILE`."),
        .init(
            "path.not-a-ca", .error, means: "A certificate signed another one, and is not that of a CA which may.",
            mend: otherCertificate),
        .init(
            "path.not-yet-valid", .error, means: "It, or one above it, is of a later time than the one asked for.",
            mend: "`timedatectl set-ntp true`, or another `--at`."),
        .init("path.purpose", .error, means: "It is for another use than the one that was named.", mend: reissue),
        .init(
            "path.revoked", .error, means: "It, or a CA certificate above it, is on a revocation list.", mend: reissue),
        .init(
            "path.signature", .error,
            means: "It was changed after it was signed, or another CA of the same name signed it.",
            mend: reissue),
        .init(
            "path.too-long", .error,
            means: "More CA certificates stand between than one of them, or `--depth`, allows.",
            mend: "Allow more with `--depth`, or have it issued nearer to the root."),
        .init(
            "path.untrusted-root", .error, means: "It leads to a root that is not among those that are trusted.",
            mend: "Name that root with `--ca FILE`, if you trust it."),
        .init(
            "path.weak", .error,
            means: "A key or a digest has less than 112 bits of strength, which OpenSSL refuses in TLS by default.",
            mend: reissue),
    ]

    /// What OpenSSL does not look at, and other programs may.
    private static let pathForms: [FindingKind] = [
        .init(
            "path.any-usage", .error,
            means:
                "Its extended key usage is any: whoever has the key can use it as a server, a user and a signer of mail.",
            mend: reissue),
        .init(
            "path.constraints-empty", .error,
            means:
                "A CA has name constraints that constrain nothing, which programs take for everything or for nothing.",
            mend: otherCertificate),
        .init(
            "path.constraints-in-leaf", .error, means: "A certificate that is no CA's has name constraints.",
            mend: reissue),
        .init(
            "path.constraints-malformed", .error,
            means: "A name constraint, such as one with a leading dot, is read by programs in different ways.",
            mend: otherCertificate),
        .init(
            "path.constraints-not-critical", .error,
            means:
                "A CA's name constraints are not critical: a program that does not know them trusts the CA with any name.",
            mend: otherCertificate),
        .init(
            "path.key", .error,
            means:
                "A key is DSA, RSA below 2048 bits or not of whole octets, of an odd exponent, or of an unnamed curve.",
            mend: "Make another key: `mailca rekey`."),
        .init(
            "path.leaf-is-ca", .error,
            means: "A CA's certificate stands where a server's or a user's should: its key could sign others.",
            mend: reissue),
        .init(
            "path.list-without-number", .error,
            means: "A revocation list has no number, so that an old one can be taken for the newest.",
            mend: "Ask whoever runs that CA for another list."),
        .init(
            "path.malformed", .error,
            means: "An extension does not hold what its kind has. Programs that read it refuse the certificate.",
            mend: reissue),
        .init(
            "path.malformed-name", .error,
            means: "A name is not of its kind: an underscore or a part of a wildcard in a host, two @ in an address.",
            mend: reissue),
        .init(
            "path.name", .error,
            means: "It is for somebody else than the host, address or mailbox named. Common names do not count.",
            mend: "`mailca issue-server HOST` or `mailca issue-client ADDRESS`, if it is the right file."),
        .init(
            "path.no-names", .error, means: "It has no subject alternative name, and common names do not count.",
            mend: reissue),
        .init(
            "path.no-usage", .error,
            means: "It has no extended key usage: some programs take it for all uses, some for none.",
            mend: reissue),
        .init(
            "path.policy-not-critical", .error, means: "A CA's constraints on policies are not critical.",
            mend: otherCertificate),
        .init(
            "path.serial-number", .error,
            means: "A serial number is zero, negative or of over 20 octets: it may not be found on a revocation list.",
            mend: reissue),
        .init(
            "path.version", .error, means: "It is not of version 3 of X.509, the one that has extensions.",
            mend: reissue),
        .init(
            "path.wildcard-excluded", .error,
            means: "A wildcard stands for a host, too, which a CA above it may not name.", mend: reissue),
    ]
}
