extension FindingCatalogue {
    static let pkcs12 = FindingArea(
        title: "PKCS #12 files",
        summary:
            "Users' files with key, certificate and chain (`.p12`, `.pfx`). What is said of Windows, macOS, iOS and Android comes from what others report; the rest was tried.",
        kinds: [
            .init(
                "pkcs12.chain-incomplete", .warning,
                means:
                    "The CA certificate that signed it is not in it, so a server may not be able to verify what is shown.",
                mend: "`mailca rekey ADDRESS`."),
            .init(
                "pkcs12.iterations", .error,
                means:
                    "The key derivation is told to go round so often that opening it would last for minutes: it is not opened.",
                mend: "`mailca rekey ADDRESS`; a file of a stranger is best thrown away."),
            .init(
                "pkcs12.key-not-encrypted", .error, means: "Whoever has the file has the key, without a password.",
                mend: "`mailca rekey ADDRESS`."),
            .init(
                "pkcs12.malformed", .error, means: "It is cut short, changed, or protected with a public key.",
                mend: "Have it made again: `mailca rekey ADDRESS`."),
            .init(
                "pkcs12.no-mac", .warning,
                means: "Nothing tells whether it was changed, and NSS (Thunderbird) and GnuTLS refuse it.",
                mend: "`mailca rekey ADDRESS`."),
            .init(
                "pkcs12.no-name", .note, means: "It has no friendly name, under which programs show it.",
                mend: "Nothing, where there is one certificate only."),
            .init(
                "pkcs12.not-importable", .warning, .note,
                means:
                    "Some programs cannot import it, mostly with the words that the password is wrong. A note where only old systems are among them.",
                mend: "`mailca rekey ADDRESS --compat` for old systems, `mailca rekey ADDRESS` for new ones."),
            .init(
                "pkcs12.unusable", .error,
                means: "It opens, and no key with its certificate comes out of it.", mend: "`mailca rekey ADDRESS`."),
            .init(
                "pkcs12.weak", .warning,
                means: "A cipher of 40 or 56 bits, which can be broken by trying all keys, whatever the password is.",
                mend: "`mailca rekey ADDRESS`; `--compat` takes triple DES."),
            .init(
                "pkcs12.wrong-password", .error, means: "The password does not open it.",
                mend: "Try again with the one of that file."),
        ])
}
