extension FindingCatalogue {
    static let live = FindingArea(
        title: "Running servers", summary: "What a mail server shows to whoever connects.",
        kinds: [
            .init(
                "live.asks-for-any", .note,
                means: "It asks for certificates and names no CA, so that programs with several have to guess.",
                mend:
                    "Nothing, where it cannot (OpenSMTPD); else `mailca deploy SERVER --print` has the lines that name the CA."
            ),
            .init(
                "live.asks-for-none", .note,
                means: "It asks for no certificate, so that users cannot relay or log in by theirs.",
                mend: "Nothing, where only TLS was wanted; else `mailca deploy SERVER --print`."),
            .init(
                "live.asks-for-others", .note,
                means: "It asks for certificates of other CAs, and many programs then show none of this CA's.",
                mend: "`mailca deploy SERVER --print` has the lines that name the CA."),
            .init(
                "live.chain-incomplete", .error,
                means:
                    "The issuing CA's certificate is not sent. A client that has the root alone cannot verify the server.",
                mend: "`mailca renew HOST`, which writes the chain, then reload the server."),
            .init(
                "live.demands-certificate", .note, means: "It lets nobody in without a certificate.",
                mend: "Nothing, where that was wanted; `--client` tells whether one is let in."),
            .init(
                "live.expired", .error, means: "The certificate that it serves is over: every client refuses it.",
                mend: "`mailca renew HOST`, then reload the server."),
            .init(
                "live.expires-soon", .warning, means: "The certificate that it serves ends within 30 days.",
                mend: "`mailca renew HOST`, then reload the server."),
            .init(
                "live.handshake", .error, means: "TLS does not come about after the server said that it may begin.",
                mend: "Look at the server's log, and at its files: `mailca verify`."),
            .init(
                "live.injection", .error,
                means:
                    "It says something in plain text after the word that TLS may begin: whoever sits between could put words into its mouth.",
                mend: "Update the server, or whatever stands between it and its clients."),
            .init(
                "live.malformed", .error, means: "The certificate that it serves cannot be read.",
                mend: "`mailca issue-server HOST --force`, then reload the server."),
            .init(
                "live.name", .error,
                means: "The certificate is not for the host of the URL. A common name does not count.",
                mend: "`mailca issue-server HOST --force` with all the names."),
            .init(
                "live.no-answer", .error, means: "It takes connections, and stalls, closes, says no, or never ends.",
                mend: "Look at the server's log."),
            .init(
                "live.no-certificate", .error, means: "It shows no certificate.",
                mend: "Name its certificate and key in its configuration."),
            .init(
                "live.no-tls", .error, means: "It offers no TLS, so that everything goes in plain text.",
                mend: "Look at the server's log, and at its files: `mailca verify`."),
            .init(
                "live.not-yet-valid", .error,
                means: "The time of the certificate that it serves has not begun, mostly because a clock is wrong.",
                mend: "Set the clock right (`timedatectl set-ntp true`)."),
            .init(
                "live.other-certificate", .error,
                means:
                    "It serves another certificate than lies on the disk: a reload was forgotten, or it reads another file.",
                mend: "`mailca deploy --reload`."),
            .init(
                "live.tls-refused", .error, means: "It offers TLS, and refuses it when asked.",
                mend: "Look at the server's log, and at its files: `mailca verify`."),
            .init(
                "live.unreachable", .error, means: "Nobody answers there, or there is no such host.",
                mend: "Start the server, and open its port; or name another address with `--connect`."),
            .init(
                "live.untrusted", .error,
                means: "What it serves does not lead to the CA: another one's, another purpose, a broken chain.",
                mend: "`mailca deploy`, or name the right CA with `--ca`."),
        ])
}
