extension FindingCatalogue {
    static let certificates = FindingArea(
        title: "Certificates", summary: "The server's `cert.pem`, and any file with a certificate in it.",
        kinds: [
            .init(
                "certificate.expired", .error, means: "Its time is over: every client refuses it.",
                mend: "`mailca renew HOST`, and a user's `mailca rekey ADDRESS`."),
            .init(
                "certificate.expires-soon", .warning,
                means: "It ends within 30 days, and clients refuse it from then on.",
                mend: "`mailca renew HOST`; `mailca maintain` does it in time by itself."),
            .init(
                "certificate.forged", .error,
                means:
                    "It names an issuer that is at hand, and is not signed by it: one of the two was changed, or another CA has the same name.",
                mend: "Get the file again from where it came, or have it made again."),
            .init(
                "certificate.malformed", .error,
                means: "There is no certificate in the file that can be read: cut short, changed, or of another kind.",
                mend: "Have it made again: `mailca issue-server HOST --force`."),
            .init(
                "certificate.missing", .error,
                means: "`cert.pem` is not there. Sendmail then offers no STARTTLS, and other servers do not start.",
                mend: "`mailca issue-server HOST`, or put the file back."),
            .init(
                "certificate.no-names", .error,
                means:
                    "It has no subject alternative name. Clients of today do not look at the common name, and refuse it.",
                mend: "`mailca issue-server HOST --force`."),
            .init(
                "certificate.not-yet-valid", .error,
                means: "Its time has not begun, mostly because a clock is wrong: here, or where it was signed.",
                mend: "Set the clock right (`timedatectl set-ntp true`)."),
            .init(
                "certificate.purpose", .error,
                means: "Its extended key usage does not have what it is used for: clients refuse it as a server's.",
                mend: "`mailca issue-server HOST --force`."),
            .init(
                "certificate.revoked", .error, means: "The CA took it back: whoever knows of that refuses it.",
                mend: "`mailca rekey HOST`, or `mailca rekey ADDRESS`."),
            .init(
                "certificate.trusted-form", .error,
                means:
                    "It is a `TRUSTED CERTIFICATE`, OpenSSL's own form with settings of trust behind the certificate. GnuTLS, NSS and Java do not read it, and OpenSSL goes by those settings.",
                mend: "Take the certificate alone: `openssl x509 -in FILE -out NEW-FILE`."),
            .init(
                "certificate.unreadable", .error, means: "The file is there and cannot be read.",
                mend: "Look as root (`sudo mailca verify`), or put a plain file in its place."),
            .init(
                "certificate.untrusted", .error,
                means: "It does not lead to the CA of this machine, by its signatures, names and purposes.",
                mend: "Ask whoever signed it, or issue one with this CA."),
        ])
}
