import COpenSSL

/// The X.501 name of a subject or an issuer (RFC 5280 §4.1.2.4).
public struct DistinguishedName: Sendable, Hashable, CustomStringConvertible {
    /// One attribute of it.
    public struct Attribute: Sendable, Hashable {
        /// The short name, such as `CN` or `O`, or the dotted object identifier where there is none.
        public let type: String
        public let value: String

        public init(_ type: String, _ value: String) {
            self.type = type
            self.value = value
        }

        public static func commonName(_ value: String) -> Attribute { .init("CN", value) }
        public static func organization(_ value: String) -> Attribute { .init("O", value) }
    }

    /// The attributes in their order. Several in one RDN are listed one after the other.
    public let attributes: [Attribute]
    /// The name as certificates carry it.
    public let der: [UInt8]

    public var commonName: String? { attributes.last { $0.type == "CN" }?.value }
    public var isEmpty: Bool { attributes.isEmpty }

    /// Builds a name: UTF8String values, country a PrintableString.
    /// - Throws: ``OpenSSLError`` for an unknown type, or a value over RFC 5280's bounds (a CN has 64 characters).
    public init(_ attributes: [Attribute]) throws(OpenSSLError) {
        let name = try required(X509_NAME_new(), "build a name")
        defer { X509_NAME_free(name) }
        for attribute in attributes {
            let value = Array(attribute.value.utf8)
            try succeed(
                X509_NAME_add_entry_by_txt(
                    name, attribute.type, MBSTRING_FLAG | 0, value, Int32(value.count), -1, 0),
                "put \(attribute.type) into a name")
        }
        self.attributes = attributes
        der = try encodeDER("build a name") { i2d_X509_NAME(name, $0) }
    }

    /// A copy of `name` (borrowed).
    init(_ name: OpaquePointer?) throws(OpenSSLError) {
        let name = try required(name, "read a name")
        der = try encodeDER("read a name") { i2d_X509_NAME(name, $0) }
        var attributes: [Attribute] = []
        for index in 0..<X509_NAME_entry_count(name) {
            let entry = X509_NAME_get_entry(name, index)
            let object = X509_NAME_ENTRY_get_object(entry)
            var text: UnsafeMutablePointer<UInt8>?
            let count = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry))
            defer { cossl_free(text) }
            guard count >= 0 else { throw OpenSSLError(draining: "read a name") }
            attributes.append(
                Attribute(
                    Self.shortName(object),
                    String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)))
        }
        self.attributes = attributes
    }

    private static func shortName(_ object: OpaquePointer?) -> String {
        if case let nid = OBJ_obj2nid(object), nid != NID_undef, let name = OBJ_nid2sn(nid) {
            return String(cString: name)
        }
        return objectIdentifier(object)
    }

    /// Lends the name in OpenSSL's form.
    func withX509Name<Result>(
        _ body: (OpaquePointer) throws(OpenSSLError) -> Result
    ) throws(OpenSSLError) -> Result {
        let name = try decodeDER(der, "read a name", { d2i_X509_NAME(nil, $0, $1) }, free: { X509_NAME_free($0) })
        defer { X509_NAME_free(name) }
        return try body(name)
    }

    /// `/O=…/CN=…`, with `\xHH` for what is not printable ASCII: the form that Sendmail looks names up by.
    public func oneLine() throws(OpenSSLError) -> String {
        try withX509Name { name throws(OpenSSLError) in
            let text = try required(X509_NAME_oneline(name, nil, 0), "print a name")
            defer { cossl_free(text) }
            return String(cString: text)
        }
    }

    /// OpenSSL's hash of the name in its canonical form, as eight hexadecimal digits: the stem of a link in a
    /// certificate directory (`openssl-rehash(1)`).
    public func linkHash() throws(OpenSSLError) -> String {
        try withX509Name { name throws(OpenSSLError) in
            var ok: Int32 = 0
            let hash = X509_NAME_hash_ex(name, nil, nil, &ok)
            try succeed(ok, "hash a name")
            let digits = String(hash, radix: 16)
            return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        }
    }

    /// `CN=…, O=…`, with control characters escaped so that a terminal shows them.
    public var description: String {
        attributes.map { "\($0.type)=\($0.value.shown)" }.joined(separator: ", ")
    }
}

extension String {
    /// With control and format characters escaped, so that a terminal shows them instead of obeying.
    public var shown: String {
        if utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return self }
        return unicodeScalars.map { scalar in
            let category = scalar.properties.generalCategory
            return category == .control || category == .format ? scalar.escaped(asASCII: true) : String(scalar)
        }.joined()
    }
}

/// The dotted form of an object identifier (borrowed).
func objectIdentifier(_ object: OpaquePointer?) -> String {
    var text = [CChar](repeating: 0, count: 128)
    let count = OBJ_obj2txt(&text, Int32(text.count), object, 1)
    return String(decoding: text.prefix(max(0, min(Int(count), 127))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
