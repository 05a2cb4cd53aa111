import Foundation
import TestSupport

/// What a second implementation, or a look at the bytes, says of the files that commands leave.
enum CertificateFile {
    struct Failed: Error, CustomStringConvertible { let description: String }

    /// The DER of every PEM block, by its label.
    /// - Throws: where a block is cut off, or is not one whole DER value.
    static func blocks(_ text: String) throws -> [(label: String, der: [UInt8])] {
        var blocks: [(String, [UInt8])] = []
        var label: String?
        var body = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("-----BEGIN ") {
                guard label == nil else { throw Failed(description: "a block begins in a block") }
                label = String(line.dropFirst(11).dropLast(5))
                body = ""
            } else if let open = label, line == "-----END \(open)-----" {
                guard let data = Data(base64Encoded: body), isWhole(Array(data)) else {
                    throw Failed(description: "a block \(open) is not whole")
                }
                blocks.append((open, Array(data)))
                label = nil
            } else if label != nil {
                body += line
            }
        }
        guard label == nil, !blocks.isEmpty else {
            throw Failed(description: "no PEM, or half of it: \(text.prefix(60))")
        }
        return blocks
    }

    /// Whether the bytes are one DER value and nothing else.
    static func isWhole(_ der: [UInt8]) -> Bool {
        guard let (content, end) = value(der, at: 0) else { return false }
        return end == der.count && !content.isEmpty
    }

    /// The content of the DER value at an offset, and where it ends.
    private static func value(_ der: [UInt8], at offset: Int) -> (content: Range<Int>, end: Int)? {
        guard offset + 2 <= der.count else { return nil }
        var start = offset + 2
        var length = Int(der[offset + 1])
        if length >= 0x80 {
            let count = length & 0x7f
            guard count <= 4, start + count <= der.count else { return nil }
            length = der[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
            start += count
        }
        guard start + length <= der.count else { return nil }
        return (start..<start + length, start + length)
    }

    /// The serial number of a certificate, in lowercase hexadecimal: Certificate, TBSCertificate, [0] version, INTEGER.
    static func serial(_ der: [UInt8]) throws -> String {
        guard let certificate = value(der, at: 0), let body = value(der, at: certificate.content.lowerBound),
            let version = value(der, at: body.content.lowerBound), let serial = value(der, at: version.end)
        else { throw Failed(description: "no certificate") }
        return hexadecimal(der[serial.content])
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The serial numbers of all certificates in a PEM or PKCS #12 file; none in other files.
    static func serials(_ path: String) throws -> [String] {
        if path.hasSuffix(".p12") {
            let pem = try openssl(["pkcs12", "-in", path, "-nokeys", "-passin", "pass:\(Place.password)"])
            return try serials(pem: pem)
        }
        guard path.hasSuffix(".pem") else { return [] }
        return try serials(pem: String(contentsOfFile: path, encoding: .utf8))
    }

    static func serials(pem: String) throws -> [String] {
        try blocks(pem).filter { $0.label == "CERTIFICATE" }.map { try serial($0.der) }
    }

    /// Whether the key in one file belongs to the first certificate in another.
    static func belongTogether(key: String, certificate: String) throws -> Bool {
        try openssl(["pkey", "-in", key, "-pubout"]) == openssl(["x509", "-in", certificate, "-noout", "-pubkey"])
    }

    /// Whether the public key that stands in an EC key's file is in the first certificate of another: without a program,
    /// for very many.
    static func looksLikePair(key: String, certificate: String) throws -> Bool {
        guard let key = try blocks(String(contentsOfFile: key, encoding: .utf8)).first?.der,
            let certificate = try blocks(String(contentsOfFile: certificate, encoding: .utf8)).first?.der
        else { return false }
        return Data(certificate).firstRange(of: Data(key.suffix(64))) != nil
    }

    /// The serial numbers on the first revocation list of a file, as OpenSSL reads it, in order.
    static func listed(_ path: String) throws -> [String] {
        try openssl(["crl", "-in", path, "-noout", "-text"]).split(separator: "\n").compactMap { line in
            let text = line.trimmingCharacters(in: .whitespaces)
            return text.hasPrefix("Serial Number: ") ? text.dropFirst(15).lowercased() : nil
        }.sorted()
    }

    /// The value of the private key, without what is around it: 32 bytes of EC P-256.
    static func privateValue(ofKey path: String) throws -> [UInt8] {
        let text = try openssl(["pkey", "-in", path, "-noout", "-text"])
        guard let start = text.range(of: "priv:\n"), let end = text.range(of: "pub:") else {
            throw Failed(description: "no EC key in \(path)")
        }
        let digits = text[start.upperBound..<end.lowerBound].filter(\.isHexDigit)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { offset in
            UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
        }
        return bytes.count == 33 ? Array(bytes.dropFirst()) : bytes
    }

    @discardableResult
    static func openssl(_ arguments: [String]) throws -> String {
        let outcome = try Command.run("openssl", arguments)
        guard outcome.status == 0 else {
            throw Failed(description: "openssl \(arguments.joined(separator: " ")): \(outcome.everything)")
        }
        return outcome.stdout
    }
}
