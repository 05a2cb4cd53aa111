/// Something in a ledger that is not as the acts in its audit log left it.
public struct AuditFault: Sendable, Hashable {
    /// The act that tells of it; nil where there is none.
    public let act: Int64?
    /// A sentence without a full stop: what differs, and where.
    public let message: String

    public init(act: Int64?, _ message: String) {
        self.act = act
        self.message = message
    }
}
