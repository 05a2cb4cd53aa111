/// A name server on loopback that answers as a test tells it (`Tests/live/scripted-name-server`).
public final class ScriptedNameServer: Sendable {
    /// See the script for what they mean.
    public struct Answer: Sendable {
        public var records: [String] = []
        public var owner: String?
        public var alias: String?
        public var authenticated = false
        public var truncated = false
        public var code = 0
        public var copies = 1
        public var raw: String?
        public var stalls = false
        public var isEndless = false

        public init(_ records: [String] = [], authenticated: Bool = true) {
            self.records = records
            self.authenticated = authenticated
        }

        /// One with something changed.
        public func with(_ change: (inout Answer) -> Void) -> Answer {
            var changed = self
            change(&changed)
            return changed
        }

        fileprivate var json: [String: Any] {
            var json: [String: Any] = [
                "records": records, "authenticated": authenticated, "truncated": truncated, "rcode": code,
                "copies": copies, "stall": stalls, "endless": isEndless,
            ]
            if let owner { json["owner"] = owner }
            if let alias { json["alias"] = alias }
            if let raw { json["raw"] = raw }
            return json
        }
    }

    public let address: String
    public var port: UInt16 { process.port }
    private let process: ScriptedProcess

    /// - Parameter tcp: nil for the same as over UDP.
    public init(_ answer: Answer, tcp: Answer? = nil, address: String = "127.0.0.1") throws {
        self.address = address
        var script: [String: Any] = ["address": address, "udp": answer.json]
        if let tcp { script["tcp"] = tcp.json }
        process = try ScriptedProcess("scripted-name-server", script)
    }
}
