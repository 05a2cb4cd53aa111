import TestSupport

/// Java's `keytool`.
enum Java {
    static func keytool(_ arguments: [String]) throws -> Command.Outcome {
        // English, whatever the locale: its words are looked at.
        try Command.run(
            "keytool", ["-J-Duser.language=en", "-J-Xshare:auto"] + arguments, package: "openjdk-17-jre-headless")
    }
}
