/// A certificate of the plainest kind, read from its bytes: version 3, an EC, Ed25519 or RSA key, and of extensions
/// those that a certificate for mail needs.
///
/// OpenSSL decodes the key of every certificate, which takes longer than all the rest. What is of any other kind, or
/// not in every detail as DER and RFC 5280 want it, is none: then OpenSSL has to look at it. So whatever is taken for
/// one here has nothing in it that OpenSSL would refuse; its signature and its place are ``PlainLink``'s business.
public struct PlainCertificate: Sendable {
    public let der: [UInt8]
    public let serialNumber: SerialNumber
    /// Hosts, mailboxes and addresses, in ASCII: of each the characters are not looked at.
    public let names: [GeneralName]
    /// Seconds since 1970, both included.
    let validity: ClosedRange<Int>
    /// What is signed, with which algorithm, and the signature.
    let signed: Range<Int>
    let algorithm: Range<Int>
    let signature: Range<Int>
    let number: Range<Int>
    let issuer: Range<Int>
    let holder: Range<Int>
    let key: Range<Int>
    let subject: PlainSubject
    let extensions: PlainExtensions

    /// - Returns: nil where OpenSSL has to look at it.
    public init?(der: [UInt8]) {
        var reader = DERReader(der)
        guard let whole = reader.next(DERReader.sequence), reader.isAtEnd else { return nil }
        var parts = reader.inside(whole)
        guard let body = parts.next(DERReader.sequence), let algorithm = parts.next(DERReader.sequence),
            let bits = parts.next(DERReader.bitString), parts.isAtEnd, bits.content.count > 1,
            der[bits.content.lowerBound] == 0
        else { return nil }
        var fields = reader.inside(body)
        guard let version = fields.next(0xa0), der[version.content].elementsEqual([0x02, 0x01, 0x02]),
            let number = fields.next(DERReader.integer), let inner = fields.next(DERReader.sequence),
            der[inner.whole].elementsEqual(der[algorithm.whole]), let issuer = fields.next(DERReader.sequence),
            let times = fields.next(DERReader.sequence), let holder = fields.next(DERReader.sequence),
            let key = fields.next(DERReader.sequence), let list = fields.next(0xa3), fields.isAtEnd
        else { return nil }
        guard Self.isPlainNumber(der[number.content]), let validity = Self.validity(reader.inside(times)),
            let subject = PlainSubject(reader.inside(holder)), PlainKey.isSound(der[key.whole]),
            let extensions = PlainExtensions(reader.inside(list))
        else { return nil }
        self.der = der
        serialNumber = SerialNumber(der[number.content])
        names = extensions.names
        self.validity = validity
        signed = body.whole
        self.algorithm = algorithm.whole
        signature = bits.content.dropFirst()
        self.number = number.whole
        self.issuer = issuer.whole
        self.holder = holder.whole
        self.key = key.whole
        self.subject = subject
        self.extensions = extensions
    }

    /// Positive, of 20 octets at most, and none of them too many.
    private static func isPlainNumber(_ content: ArraySlice<UInt8>) -> Bool {
        guard (1...20).contains(content.count), let first = content.first, first < 0x80 else { return false }
        return first != 0 || content.count > 1 && content[content.startIndex + 1] >= 0x80
    }

    private static func validity(_ times: DERReader) -> ClosedRange<Int>? {
        var times = times
        guard let start = times.next().flatMap({ seconds(times, $0) }),
            let end = times.next().flatMap({ seconds(times, $0) }), times.isAtEnd, start <= end
        else { return nil }
        return start...end
    }

    /// UTCTime or GeneralizedTime in the one form that RFC 5280 §4.1.2.5 has.
    private static func seconds(_ reader: DERReader, _ time: DERReader.Element) -> Int? {
        let text = reader.bytes[time.content]
        let isShort = time.tag == 0x17
        guard isShort || time.tag == 0x18, text.count == (isShort ? 13 : 15), text.last == UInt8(ascii: "Z") else {
            return nil
        }
        var pairs: [Int] = []
        for start in stride(from: text.startIndex, to: text.endIndex - 1, by: 2) {
            let (tens, ones) = (Int(text[start]) - 48, Int(text[start + 1]) - 48)
            guard (0...9).contains(tens), (0...9).contains(ones) else { return nil }
            pairs.append(tens * 10 + ones)
        }
        let year = isShort ? (pairs[0] < 50 ? 2_000 : 1_900) + pairs[0] : pairs[0] * 100 + pairs[1]
        let rest = pairs.suffix(5)
        let (month, day, hour) = (rest[rest.startIndex], rest[rest.startIndex + 1], rest[rest.startIndex + 2])
        let (minute, second) = (rest[rest.startIndex + 3], rest[rest.startIndex + 4])
        guard (1...12).contains(month), (1...28).contains(day) || day <= days(in: month, of: year) && day > 0,
            hour < 24,
            minute < 60, second < 60
        else { return nil }
        return daysSince1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// In years that begin with March, so that leap days come last.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// A subject of text alone: country, organization, common name and the like.
struct PlainSubject {
    /// Whether one of its common names could be that of a host, which OpenSSL then holds against name constraints.
    private(set) var namesHost = false

    /// - Returns: nil where there is nothing in it, or something that is not plain.
    init?(_ name: DERReader) {
        var name = name
        guard !name.isAtEnd else { return nil }
        while !name.isAtEnd {
            guard let set = name.next(DERReader.set) else { return nil }
            var values = name.inside(set)
            guard let pair = values.next(DERReader.sequence), values.isAtEnd else { return nil }
            var parts = values.inside(pair)
            guard let type = parts.next(DERReader.objectIdentifier), let value = parts.next(), parts.isAtEnd,
                type.content.count == 3, name.bytes[type.content].starts(with: [0x55, 0x04]),
                [3, 6, 7, 8, 10, 11].contains(name.bytes[type.content.upperBound - 1]),
                Self.isText(name.bytes[value.content], tag: value.tag)
            else { return nil }
            if name.bytes[type.content.upperBound - 1] == 3, Self.mayBeHost(name.bytes[value.content]) {
                namesHost = true
            }
        }
    }

    /// UTF8String or PrintableString, without control characters.
    private static func isText(_ bytes: ArraySlice<UInt8>, tag: UInt8) -> Bool {
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return false }
        if bytes.allSatisfy({ $0 < 0x80 }) { return tag == 0x0c || tag == 0x13 }
        return tag == 0x0c && String(validating: bytes, as: UTF8.self) != nil
    }

    /// Letters, digits, hyphens and underscores in two labels or more.
    private static func mayBeHost(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.contains(UInt8(ascii: "."))
            && bytes.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}
