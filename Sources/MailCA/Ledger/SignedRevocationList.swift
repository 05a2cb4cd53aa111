public import FoundationEssentials
public import OpenSSLKit

/// A revocation list that the CA signed: what it says, and its bytes piece by piece, since one of a million entries
/// should never be in memory whole.
public struct SignedRevocationList: Sendable {
    /// Hands over the bytes in order, in pieces of any size.
    public typealias Reader = @Sendable (_ take: ([UInt8]) throws(MailCAError) -> Void) throws(MailCAError) -> Void

    /// The serial number of the CA certificate that signed it.
    public let issuer: SerialNumber
    /// The CRL number (RFC 5280 §5.2.3).
    public let number: Int64
    public let thisUpdate: Date
    public let nextUpdate: Date
    /// How many certificates it lists.
    public let count: Int
    private let reader: Reader

    public init(
        issuer: SerialNumber, number: Int64, thisUpdate: Date, nextUpdate: Date, count: Int, reader: @escaping Reader
    ) {
        self.issuer = issuer
        self.number = number
        self.thisUpdate = thisUpdate
        self.nextUpdate = nextUpdate
        self.count = count
        self.reader = reader
    }

    /// Tells it from every other list.
    public var key: String { "\(issuer) \(number)" }

    /// Hands over its DER.
    /// - Throws: the errors of ``Ledger``, `busy` where a newer list took its place meanwhile, and what `take` throws.
    public func withDER(_ take: ([UInt8]) throws(MailCAError) -> Void) throws(MailCAError) { try reader(take) }

    /// The whole list, decoded: ten times its size in memory.
    public func decoded() throws(MailCAError) -> RevocationList {
        var der: [UInt8] = []
        try reader { der += $0 }
        do { return try RevocationList(der: der) } catch {
            throw MailCAError(
                .damaged, "the ledger's revocation list number \(number) cannot be read",
                hint: "Make a new one with mailca crl.", cause: error)
        }
    }
}

/// A revocation list on its way: the ledger gives the number, the time and the entries, the CA signs.
public struct RevocationListDraft {
    public let number: Int64
    public let thisUpdate: Date
    /// How many certificates it lists.
    public let count: Int
    /// The length of all entries, encoded.
    public let byteCount: Int
    private let reader: (_ take: ([UInt8]) throws(MailCAError) -> Void) throws(MailCAError) -> Void

    public init(
        number: Int64, thisUpdate: Date, count: Int, byteCount: Int,
        reader: @escaping (_ take: ([UInt8]) throws(MailCAError) -> Void) throws(MailCAError) -> Void
    ) {
        self.number = number
        self.thisUpdate = thisUpdate
        self.count = count
        self.byteCount = byteCount
        self.reader = reader
    }

    /// Hands over the encoded entries in order.
    public func withEntries(_ take: ([UInt8]) throws(MailCAError) -> Void) throws(MailCAError) { try reader(take) }
}

/// How a CA signs what its ledger prepared.
public struct RevocationListSigner {
    /// Signs a list: its end, and what stands around the entries.
    public let list: (RevocationListDraft) throws(MailCAError) -> (nextUpdate: Date, frame: RevocationListBuilder.Frame)
    /// Signs the head of the audit log.
    public let head: (Act) throws(MailCAError) -> [UInt8]

    public init(
        list:
            @escaping (RevocationListDraft) throws(MailCAError) -> (
                nextUpdate: Date, frame: RevocationListBuilder.Frame
            ),
        head: @escaping (Act) throws(MailCAError) -> [UInt8]
    ) {
        self.list = list
        self.head = head
    }
}
