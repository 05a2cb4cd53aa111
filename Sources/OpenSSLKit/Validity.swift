import COpenSSL
public import FoundationEssentials

/// From when to when a certificate is valid, both ends included (RFC 5280 §4.1.2.5). Whole seconds.
public struct Validity: Sendable, Hashable {
    public let notBefore: Date
    public let notAfter: Date

    public init(notBefore: Date, notAfter: Date) {
        self.notBefore = Date(timeIntervalSince1970: notBefore.timeIntervalSince1970.rounded(.down))
        self.notAfter = Date(timeIntervalSince1970: notAfter.timeIntervalSince1970.rounded(.down))
    }

    /// `days` of 86,400 seconds, the last second included since both ends count.
    public init(notBefore: Date, days: Int) {
        self.init(notBefore: notBefore, notAfter: notBefore.addingTimeInterval(Double(days) * 86_400 - 1))
    }

    public func contains(_ date: Date) -> Bool { notBefore <= date && date < notAfter.addingTimeInterval(1) }
}

extension Date {
    /// Of an ASN.1 time (borrowed).
    init(asn1 time: UnsafePointer<ASN1_TIME>?) throws(OpenSSLError) {
        var parts = tm()
        try succeed(ASN1_TIME_to_tm(try required(time, "read a time"), &parts), "read a time")
        self.init(timeIntervalSince1970: Double(timegm(&parts)))
    }

    /// A new ASN.1 time, UTCTime until 2049 and GeneralizedTime from then on; the caller owns it.
    func makeASN1() throws(OpenSSLError) -> UnsafeMutablePointer<ASN1_TIME> {
        try required(ASN1_TIME_set(nil, time_t(timeIntervalSince1970.rounded(.down))), "write a time")
    }
}
