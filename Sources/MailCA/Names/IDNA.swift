import CIDN2

/// Internationalized domain labels by libidn2: IDNA 2008 (RFC 5890, RFC 5891) after the mapping of UTS #46,
/// non-transitional (so that `faß` keeps its ß).
enum IDNA {
    /// Why libidn2 refused a label.
    struct Failure: Error, Sendable, CustomStringConvertible {
        let code: Int32
        var description: String { cidn2_strerror(code).map { String(cString: $0) } ?? "error \(code)" }

        var isTooLong: Bool {
            [IDN2_TOO_BIG_LABEL, IDN2_TOO_BIG_DOMAIN, IDN2_PUNYCODE_BIG_OUTPUT].contains { $0.rawValue == code }
        }
        var isDisallowed: Bool { code == IDN2_DISALLOWED.rawValue || code == IDN2_UNASSIGNED.rawValue }

        /// What is wrong with the label, to be put after its name.
        var reason: String {
            switch code {
            case IDN2_BIDI.rawValue: "mixes writing directions as domain names must not (RFC 5893 §2)"
            case IDN2_CONTEXTJ.rawValue, IDN2_CONTEXTJ_NO_RULE.rawValue, IDN2_CONTEXTO.rawValue,
                IDN2_CONTEXTO_NO_RULE.rawValue:
                "holds a joiner, dot or mark where its script has none (RFC 5892 appendix A)"
            case IDN2_LEADING_COMBINING.rawValue: "begins with a combining mark (RFC 5891 §4.2.3.2)"
            case IDN2_2HYPHEN.rawValue: "has hyphens as third and fourth character (RFC 5891 §4.2.3.1)"
            case IDN2_HYPHEN_STARTEND.rawValue: "begins or ends with a hyphen (RFC 5891 §4.2.3.1)"
            default: "has no ASCII form by IDNA 2008: \(self)"
            }
        }
    }

    /// The ASCII form of one label as it was typed.
    ///
    /// Compatibility characters are mapped, and may become what no label may hold (`＿` becomes `_`): check the result.
    static func ascii(_ label: String) throws(Failure) -> String {
        let flags = Int32(bitPattern: IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue)
        var output: UnsafeMutablePointer<UInt8>?
        let status = cidn2_lookup_u8(terminated(label), &output, flags)
        return try take(output, status)
    }

    /// The Unicode form of one A-label (`xn--…`), which must be the A-label that this form has: RFC 5891 §5.4.
    static func unicode(_ aLabel: String) throws(Failure) -> String {
        var decoded: UnsafeMutablePointer<CChar>?
        let status = cidn2_to_unicode_8z8z(aLabel, &decoded, 0)
        let label = try take(decoded.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt8.self) }, status)
        // Registration is the strict half of IDNA 2008 (RFC 5891 §4): no mapping, and every contextual rule.
        var output: UnsafeMutablePointer<UInt8>?
        let registered = cidn2_register_u8(terminated(label), terminated(aLabel), &output, 0)
        _ = try take(output, registered)
        return label
    }

    private static func terminated(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    /// Copies a string that libidn2 made, and gives it back to libidn2.
    private static func take(_ output: UnsafeMutablePointer<UInt8>?, _ status: Int32) throws(Failure) -> String {
        defer { cidn2_free(output) }
        guard status == IDN2_OK.rawValue, let output else { throw Failure(code: status) }
        return String(cString: output)
    }
}
