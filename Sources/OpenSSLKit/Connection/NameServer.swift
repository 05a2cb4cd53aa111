import CResolver
import Glibc

/// Asks the DNS for the DANE records of a service (RFC 6698 §3), by the system's resolver.
public struct NameServer: Sendable {
    /// Whom to ask; nil for the servers in /etc/resolv.conf.
    public var address: SocketAddress?

    public init(address: SocketAddress? = nil) { self.address = address }

    public struct Answer: Sendable, Hashable {
        public let records: [TLSAData]
        /// Whether whoever was asked says that the answer is signed and true (RFC 4035 §3.2.3). That is worth as much as
        /// the way to him.
        public let isAuthenticated: Bool

        public init(records: [TLSAData], isAuthenticated: Bool) {
            self.records = records
            self.isAuthenticated = isAuthenticated
        }
    }

    /// The TLSA records of a name such as `_25._tcp.mail.example.org`; none where there is no such name.
    /// - Throws: ``TLSConnection/Failure``: `unresolved` where there is no answer of any use, `timedOut`.
    public func records(of owner: String, _ deadline: Deadline) throws(TLSConnection.Failure) -> Answer {
        let operation = "find the TLSA records of \(owner.shown)"
        guard !owner.isEmpty, !owner.utf8.contains(0) else {
            throw .init(.unresolved, operation, detail: "it is not a name")
        }
        let address = address
        // Of two attempts.
        let patience = Int32(max(1, min(5, deadline.remaining.components.seconds / 2)))
        let (failure, answer) = try DetachedWork.run(operation, deadline) { Self.ask(owner, address, patience) }
        switch failure {
        case 0: break
        case Int32(resolver_not_found), Int32(resolver_no_data):
            return Answer(records: [], isAuthenticated: Self.isAuthenticated(answer))
        default: throw .init(.unresolved, operation, detail: "no name server has an answer")
        }
        guard let records = Self.records(in: answer, of: owner) else {
            throw .init(.unresolved, operation, detail: "the name server's answer is malformed")
        }
        return Answer(records: records, isAuthenticated: Self.isAuthenticated(answer))
    }

    /// The type's number (RFC 6698 §7.1).
    private static let tlsa: Int32 = 52
    private static let alias: Int32 = 5
    /// More than any service has.
    private static let most = 100

    /// - Returns: 0, or netdb.h's number of a failure; and what came.
    private static func ask(_ owner: String, _ address: SocketAddress?, _ patience: Int32) -> (Int32, [UInt8]) {
        var answer = [UInt8](repeating: 0, count: 65_536)
        var failure: Int32 = 0
        func ask(_ server: UnsafePointer<sockaddr>?) -> Int32 {
            resolver_ask(owner, tlsa, server, patience, &answer, Int32(answer.count), &failure)
        }
        let count = address.map { address in address.withSystemAddress { server, _ in ask(server) } } ?? ask(nil)
        guard count >= 0 else { return (failure, answer) }
        return (0, Array(answer.prefix(Int(count))))
    }

    private static func isAuthenticated(_ answer: [UInt8]) -> Bool { answer.count > 3 && answer[3] & 0x20 != 0 }

    /// The data of all that belong to the name, or to the one that it is an alias of. Nil for a malformed answer.
    private static func records(in answer: [UInt8], of owner: String) -> [TLSAData]? {
        var records: [TLSAData] = []
        var name = owner.canonical
        for index in 0..<Self.most {
            var (type, count): (Int32, Int32) = (0, 0)
            var data: UnsafePointer<UInt8>?
            var buffer = [CChar](repeating: 0, count: resolver_name_size)
            let isThere = answer.withUnsafeBufferPointer { bytes -> Int32 in
                let isThere = resolver_record(
                    bytes.baseAddress, Int32(bytes.count), Int32(index), &buffer, &type, &data, &count)
                guard isThere == 1, String(buffer).canonical == name else { return isThere }
                switch type {
                case tlsa:
                    guard let record = TLSAData(wire: [UInt8](UnsafeBufferPointer(start: data, count: Int(count))))
                    else { return -1 }
                    records.append(record)
                case alias:
                    guard resolver_name(bytes.baseAddress, Int32(bytes.count), data, &buffer) == 1 else { return -1 }
                    name = String(buffer).canonical
                default: break
                }
                return isThere
            }
            if isThere < 0 { return nil }
            if isThere == 0 { break }
        }
        return records
    }
}

extension String {
    /// Of a buffer with a string of C's in it.
    fileprivate init(_ buffer: [CChar]) {
        self.init(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The same for all ways to write a name of the DNS.
    fileprivate var canonical: String { (hasSuffix(".") ? String(dropLast()) : self).lowercased() }
}
