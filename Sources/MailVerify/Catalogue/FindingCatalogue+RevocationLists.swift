extension FindingCatalogue {
    static let revocationLists = FindingArea(
        title: "Revocation lists", summary: "`crl.pem`, `ca-crl.pem`, and any file with a list in it.",
        kinds: [
            .init(
                "authorities-and-lists.malformed", .error,
                means:
                    "There is no CA certificate in `ca-crl.pem`: Dovecot and Cyrus refuse every user, or do not start.",
                mend: "`mailca crl`."),
            .init(
                "authorities-and-lists.missing", .error,
                means: "`ca-crl.pem` is not there: Dovecot does not start, and Cyrus refuses every user.",
                mend: "`mailca crl`."),
            .init(
                "authorities-and-lists.stale", .error,
                means:
                    "`ca-crl.pem` does not have what is in `cacert.pem` and `crl.pem`: Dovecot and Cyrus go by something else.",
                mend: "`mailca crl`."),
            .init(
                "revocation-list.expired", .error,
                means: "The list ended. Servers that go by it refuse every user's certificate.",
                mend: "`mailca crl`; `mailca maintain` does it in time by itself."),
            .init(
                "revocation-list.expires-soon", .warning,
                means: "The list ends soon: in 30 days, or when a quarter of its life is left.",
                mend: "`mailca crl`; `mailca maintain` does it in time by itself."),
            .init(
                "revocation-list.foreign", .error,
                means: "It is not signed by the CA that it should be of, so it does not count.",
                mend: "`mailca crl`, or use the list that this CA made."),
            .init(
                "revocation-list.malformed", .error,
                means: "There is no list that can be read, or it does not say until when it counts.",
                mend: "`mailca crl`."),
            .init(
                "revocation-list.missing", .error,
                means:
                    "`crl.pem` is not there: users are refused, or revoked ones let in, by server and configuration.",
                mend: "`mailca crl`."),
            .init(
                "revocation-list.no-coverage", .error,
                means:
                    "Of one CA there is no list. A server that demands one of every CA in the chain refuses every user.",
                mend: "`mailca crl`."),
            .init(
                "revocation-list.no-number", .warning,
                means: "Without a number nobody can tell which of two lists is newer (RFC 5280 §5.2.3).",
                mend: "`mailca crl`, or have it made again by its CA."),
            .init(
                "revocation-list.not-yet-valid", .error,
                means: "The list's time has not begun, mostly because a clock is wrong.",
                mend: "Set the clock right (`timedatectl set-ntp true`)."),
            .init(
                "revocation-list.stale", .error,
                means: "Somebody was revoked since, and is not on it: the certificate still gets in.",
                mend: "`mailca crl`."),
        ])
}
