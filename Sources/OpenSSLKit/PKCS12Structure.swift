/// How a PKCS #12 file (RFC 7292) is protected, and what of it can be seen without the password.
public struct PKCS12Structure: Sendable, Hashable {
    /// What proves that the password is right and nothing was changed.
    public struct MAC: Sendable, Hashable {
        /// Such as `SHA-256`; `PBMAC1` for the newer kind (RFC 9579); else the dotted identifier.
        public let digest: String
        public let iterations: Int
        /// In bytes.
        public let saltLength: Int
    }

    /// One for each key, in order; nil where it is not encrypted.
    public let keys: [PKCS12Encryption?]
    /// One for each part that has certificates in it, as far as one can see; nil where it is not encrypted.
    public let certificates: [PKCS12Encryption?]
    /// Nil where there is none.
    public let mac: MAC?
    /// The name under which a program shows the key; nil where it has none, or one cannot see it.
    public let friendlyName: String?
    /// Whether the key has the identifier by which it is told which certificate is its own.
    public let keyHasIdentifier: Bool

    /// How often keys are derived anew to read all of it: what reading costs. The MAC is verified twice.
    public var totalIterations: Int {
        let all =
            (keys + certificates).compactMap { $0?.iterations } + [mac?.iterations, mac?.iterations].compactMap(\.self)
        return all.reduce(0) { $0.addingReportingOverflow(max(0, $1)).overflow ? Int.max : $0 + max(0, $1) }
    }

    /// More than that takes many seconds, and nobody means it so.
    public static let mostIterations = Int(KeyDerivationBudget.most)

    /// - Throws: ``OpenSSLError`` where it is no such file.
    public init(der: [UInt8]) throws(OpenSSLError) {
        do throws(BERElement.Malformed) { self = try Self(file: try BERElement(der).children()) } catch {
            throw OpenSSLError("read the PKCS #12 file", detail: "it is not made as RFC 7292 has it")
        }
    }

    private init(file: [BERElement]) throws(BERElement.Malformed) {
        guard (2...3).contains(file.count), try file[0].integer() == 3 else { throw BERElement.Malformed() }
        let parts = try BERElement(Self.data(try file[1].children())).children()
        var bags: [Bag] = []
        var encrypted: [PKCS12Encryption?] = []
        for part in parts {
            let fields = try part.children()
            guard let kind = try fields.first?.identifier() else { throw BERElement.Malformed() }
            if kind == "1.2.840.113549.1.7.6" {
                encrypted.append(try Self.encryptedData(fields))
            } else {
                bags += try Self.bags(in: BERElement(Self.data(fields)))
            }
        }
        let ofKeys = bags.filter { $0.kind == .key }
        keys = ofKeys.map(\.encryption)
        certificates = encrypted + bags.filter { $0.kind == .certificate }.map { _ in nil }
        mac = file.count == 3 ? try Self.mac(file[2].children()) : nil
        friendlyName = ofKeys.lazy.compactMap(\.friendlyName).first
        keyHasIdentifier = ofKeys.contains(where: \.hasIdentifier)
    }

    /// All that lies in a SafeContents, what lies in another one within it too.
    private static func bags(in contents: BERElement) throws(BERElement.Malformed) -> [Bag] {
        var bags: [Bag] = []
        for element in try contents.children() {
            let fields = try element.children()
            guard fields.count >= 2, let value = try fields[1].children().first else { throw BERElement.Malformed() }
            if try fields[0].identifier() == "1.2.840.113549.1.12.10.1.6" {
                bags += try Self.bags(in: value)
            } else {
                bags.append(try Bag(fields, value))
            }
        }
        return bags
    }

    /// The content of a ContentInfo that is plain data (RFC 5652 §4). One that is signed or encrypted with a public key
    /// is no such file as people exchange.
    private static func data(_ fields: [BERElement]) throws(BERElement.Malformed) -> [UInt8] {
        guard fields.count == 2, try fields[0].identifier() == "1.2.840.113549.1.7.1", fields[1].tag == 0xa0,
            let octets = try fields[1].children().first
        else { throw BERElement.Malformed() }
        return try octets.octets()
    }

    private static func encryptedData(_ fields: [BERElement]) throws(BERElement.Malformed) -> PKCS12Encryption {
        guard fields.count == 2, let data = try fields[1].children().first, try data.children().count >= 2 else {
            throw BERElement.Malformed()
        }
        let info = try data.children()[1].children()
        guard info.count >= 2 else { throw BERElement.Malformed() }
        return try PKCS12Encryption(info[1])
    }

    private static func mac(_ fields: [BERElement]) throws(BERElement.Malformed) -> MAC {
        guard fields.count >= 2, let algorithm = try fields[0].children().first,
            let digest = try algorithm.children().first?.identifier()
        else { throw BERElement.Malformed() }
        let iterations = fields.count > 2 ? try fields[2].integer() : 1
        return MAC(
            digest: PKCS12Encryption.digests[digest] ?? digest, iterations: iterations,
            saltLength: try fields[1].octets().count)
    }

    /// What lies in the file: a key or a certificate, with attributes (RFC 7292 §4.2).
    private struct Bag {
        enum Kind {
            case key, certificate, other
        }

        let kind: Kind
        var encryption: PKCS12Encryption?
        var friendlyName: String?
        var hasIdentifier = false

        init(_ fields: [BERElement], _ value: BERElement) throws(BERElement.Malformed) {
            switch try fields[0].identifier() {
            case "1.2.840.113549.1.12.10.1.1": kind = .key
            case "1.2.840.113549.1.12.10.1.2":
                kind = .key
                guard let algorithm = try value.children().first else { throw BERElement.Malformed() }
                encryption = try PKCS12Encryption(algorithm)
            case "1.2.840.113549.1.12.10.1.3": kind = .certificate
            default: kind = .other
            }
            guard fields.count > 2 else { return }
            for attribute in try fields[2].children() {
                let attribute = try attribute.children()
                guard attribute.count == 2, let value = try attribute[1].children().first else { continue }
                switch try attribute[0].identifier() {
                case "1.2.840.113549.1.9.20": friendlyName = Self.text(of: value)
                case "1.2.840.113549.1.9.21": hasIdentifier = true
                default: continue
                }
            }
        }

        /// A BMPString: two bytes a character.
        private static func text(of value: BERElement) -> String {
            let bytes = Array(value.content)
            let units = stride(from: 0, to: bytes.count - 1, by: 2).map {
                UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
            }
            return String(decoding: units, as: UTF16.self)
        }
    }
}
