import COpenSSL

/// One name in a subject alternative name or a name constraint (RFC 5280 §4.2.1.6, §4.2.1.10).
public enum GeneralName: Sendable, Hashable {
    case dnsName(String)
    case rfc822Name(String)
    /// 4 or 16 bytes; twice as many (address and mask) in a name constraint.
    case ipAddress([UInt8])
    /// An address whose local part is not ASCII (RFC 9598).
    case smtpUTF8Mailbox(String)
    case uniformResourceIdentifier(String)
    case directoryName(DistinguishedName)
    /// A kind that mail does not use, by OpenSSL's number of it.
    case other(kind: Int)
    /// A string kind whose bytes are not what its type allows, such as a NUL in a DNS name.
    case malformed(kind: Int, bytes: [UInt8])

    init(_ name: UnsafePointer<GENERAL_NAME>) throws(OpenSSLError) {
        if let directory = cossl_name_get_directory(name) {
            self = .directoryName(try DistinguishedName(directory))
            return
        }
        var kind: Int32 = 0
        var count: Int32 = 0
        guard let start = cossl_name_bytes(name, &kind, &count) else {
            self = .other(kind: Int(kind))
            return
        }
        let bytes = [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
        if kind == GEN_IPADD {
            self = .ipAddress(bytes)
            return
        }
        let limit: UInt8 = kind == GEN_OTHERNAME ? 0xff : 0x7f
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f && $0 <= limit }) else {
            self = .malformed(kind: Int(kind), bytes: bytes)
            return
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            self = .malformed(kind: Int(kind), bytes: bytes)
            return
        }
        self =
            switch kind {
            case GEN_DNS: .dnsName(text)
            case GEN_EMAIL: .rfc822Name(text)
            case GEN_OTHERNAME: .smtpUTF8Mailbox(text)
            default: .uniformResourceIdentifier(text)
            }
    }

    /// A new GENERAL_NAME that the caller owns.
    func make() throws(OpenSSLError) -> UnsafeMutablePointer<GENERAL_NAME> {
        let operation = "write a name"
        func ia5(_ kind: Int32, _ text: String) throws(OpenSSLError) -> UnsafeMutablePointer<GENERAL_NAME> {
            let bytes = Array(text.utf8)
            guard bytes.allSatisfy({ $0 < 0x80 }) else { throw OpenSSLError(operation, detail: "it is not ASCII") }
            return try required(cossl_name_string(kind, bytes, Int32(bytes.count)), operation)
        }
        switch self {
        case .dnsName(let text): return try ia5(Int32(GEN_DNS), text)
        case .rfc822Name(let text): return try ia5(Int32(GEN_EMAIL), text)
        case .uniformResourceIdentifier(let text): return try ia5(Int32(GEN_URI), text)
        case .ipAddress(let bytes):
            return try required(cossl_name_string(Int32(GEN_IPADD), bytes, Int32(bytes.count)), operation)
        case .smtpUTF8Mailbox(let text):
            let bytes = Array(text.utf8)
            return try required(cossl_name_smtp_utf8(bytes, Int32(bytes.count)), operation)
        case .directoryName(let name):
            return try name.withX509Name { pointer throws(OpenSSLError) in
                try required(cossl_name_directory(pointer), operation)
            }
        case .other, .malformed:
            throw OpenSSLError(operation, detail: "names of this kind are read only")
        }
    }
}

extension GeneralName: CustomStringConvertible {
    /// `DNS:mail.example.org`, `email:taro@example.org`, `IP:192.0.2.7`, as tools print them.
    public var description: String {
        switch self {
        case .dnsName(let text): "DNS:\(text)"
        case .rfc822Name(let text), .smtpUTF8Mailbox(let text): "email:\(text.shown)"
        case .ipAddress(let bytes): "IP:\(Self.text(ofAddress: bytes))"
        case .uniformResourceIdentifier(let text): "URI:\(text)"
        case .directoryName(let name): "directory:\(name)"
        case .other(let kind): "a name of kind \(kind)"
        case .malformed(_, let bytes): "malformed:\(bytes.hexadecimal())"
        }
    }

    private static func text(ofAddress bytes: [UInt8]) -> String {
        switch bytes.count {
        case 4: bytes.map { String($0) }.joined(separator: ".")
        case 8, 32: "\(text(ofAddress: Array(bytes.prefix(bytes.count / 2))))/\(prefixLength(bytes))"
        case 16: ipv6(bytes)
        default: bytes.hexadecimal()
        }
    }

    private static func prefixLength(_ bytes: [UInt8]) -> Int {
        bytes.suffix(bytes.count / 2).reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// RFC 5952: the longest run of zero groups is left out.
    private static func ipv6(_ bytes: [UInt8]) -> String {
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(1, longest.count) { longest = start..<index }
            start = index + 1
        }
        func hex(_ part: some Sequence<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        return longest.isEmpty
            ? hex(groups) : "\(hex(groups[..<longest.lowerBound]))::\(hex(groups[longest.upperBound...]))"
    }
}
