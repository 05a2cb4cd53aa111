public import ArgumentParser
public import OpenSSLKit

extension KeyAlgorithm: ExpressibleByArgument {}

extension KeyAlgorithm {
    /// What is worth knowing about a choice.
    var advice: String? {
        self == .ed25519
            ? "Debian's NSS (Thunderbird) cannot import an Ed25519 key, and many verifiers refuse its certificates"
            : nil
    }
}
