extension FindingCatalogue {
    static let liveStaples = FindingArea(
        title: "Running servers: OCSP responses",
        summary: "What a mail server staples to its certificate. None is in order; a bad one is worse than none.",
        kinds: [
            .init(
                "live.staple-expired", .error,
                means: "The OCSP response that it staples is over: clients that look at it refuse the server.",
                mend: fresh),
            .init(
                "live.staple-malformed", .error,
                means: "The OCSP response that it staples cannot be read, or says that the responder has no answer.",
                mend: fresh),
            .init(
                "live.staple-missing", .note,
                means: "The certificate says that an OCSP response comes with it (RFC 7633), and none does.",
                mend: "Give the server a response of the CA's, or take a certificate that does not say so."),
            .init(
                "live.staple-not-yet-valid", .error, means: "The OCSP response that it staples is of the future.",
                mend: "Set the clocks right (`timedatectl set-ntp true`)."),
            .init(
                "live.staple-revoked", .error,
                means: "The OCSP response that it staples says that its certificate was revoked.",
                mend: "`mailca issue-server HOST --force`, then reload the server."),
            .init(
                "live.staple-unknown", .error,
                means: "The OCSP response that it staples says that the CA knows of no such certificate.", mend: fresh),
            .init(
                "live.staple-untrusted", .error,
                means: "Neither the CA nor anybody whom it entrusted with that has signed the OCSP response.",
                mend: fresh),
            .init(
                "live.staple-wrong", .error,
                means: "The OCSP response that it staples is of another certificate.", mend: fresh),
        ])

    private static let fresh =
        "Give the server a new response of the CA's (in Exim: `tls_ocsp_file`), or none at all."
}
