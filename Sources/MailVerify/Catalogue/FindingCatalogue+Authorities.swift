extension FindingCatalogue {
    static let authorities = FindingArea(
        title: "CA certificates", summary: "`cacert.pem`, and the CA's own certificates in `<home>`.",
        kinds: [
            .init(
                "authorities.incomplete", .error,
                means:
                    "The issuing CA's certificate is not in `cacert.pem`, from which Sendmail completes what it sends.",
                mend: "`mailca crl`."),
            .init(
                "authorities.malformed", .error,
                means: "There is no certificate in `cacert.pem` that can be read, so no user's certificate counts.",
                mend: "`mailca crl`, which writes it anew from the ledger."),
            .init(
                "authorities.missing", .error,
                means: "`cacert.pem` is not there, so no user's certificate counts, and Sendmail offers no STARTTLS.",
                mend: "`mailca crl`, or copy the CA's certificate there."),
            .init(
                "authorities.unreadable", .error, means: "`cacert.pem` is there and cannot be read.",
                mend: "Look as root (`sudo mailca verify`), or put a plain file in its place."),
            .init(
                "authority.expired", .error, means: "The CA's time is over, and with it that of all it signed.",
                mend: "`mailca init-ca` in another directory, and move servers and users over."),
            .init(
                "authority.expires-soon", .warning,
                means: "The CA ends within 30 days. Nothing that it signed counts after that.",
                mend: "`mailca init-ca` in another directory, and move servers and users over."),
            .init(
                "authority.malformed", .error, means: "A CA certificate cannot be read.",
                mend: "`mailca crl`, or `mailca restore FILE` where it is the one in `<home>`."),
            .init(
                "authority.not-yet-valid", .error,
                means: "The CA's time has not begun, mostly because a clock is wrong.",
                mend: "Set the clock right (`timedatectl set-ntp true`)."),
        ])
}
