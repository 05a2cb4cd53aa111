import FoundationEssentials
import MailCA
import MailVerify
import OpenSSLKit

/// How a CA stands as metrics, in Prometheus' text format: for the textfile collector of its node exporter.
struct PrometheusMetrics {
    private(set) var text = ""

    init(_ status: Status) {
        gauge("status", "0 fine, 1 warning, 2 critical", [([], Double(status.level.rawValue))])
        gauge(
            "ca_end_timestamp_seconds", "When the CA's certificate ends",
            status.authorities.map { ([("subject", $0.subject.description)], $0.validity.notAfter.seconds) })
        let lists = status.lists.map { (labels: [("issuer", $0.issuer.description)], list: $0) }
        gauge("crl_number", "The number of the newest revocation list", lists.map { ($0, Double($1.number)) })
        gauge("crl_revoked", "How many certificates it lists", lists.map { ($0, Double($1.count)) })
        gauge("crl_start_timestamp_seconds", "When it began to count", lists.map { ($0, $1.thisUpdate.seconds) })
        gauge("crl_end_timestamp_seconds", "When it ends", lists.map { ($0, $1.nextUpdate.seconds) })
        gauge("crl_planned", "How many lists were made for later", lists.map { ($0, Double($1.planned)) })
        gauge(
            "crl_covered_until_timestamp_seconds", "When the last of them ends",
            lists.map { ($0, $1.coveredUntil.seconds) })
        gauge(
            "crl_complete", "1 if everything that was revoked is on a list", [([], status.hasUnlisted ? 0 : 1)])
        gauge(
            "ending_certificates", "Certificates that end within 30 days",
            [
                ([("profile", "server")], Double(status.servers.count)),
                ([("profile", "client")], Double(status.users.count)),
            ])
        gauge("pending_certificates", "Certificates that are being made", [([], Double(status.pending))])
        gauge(
            "maintained_timestamp_seconds", "When mailca maintain ran last",
            status.lastMaintained.map { [([], $0.seconds)] } ?? [])
        let deployments = status.deployments.map { (labels: [("directory", $0.deployment.directory)], status: $0) }
        gauge(
            "deployment_different_files", "Files that are not as they were laid out",
            deployments.map { ($0, Double($1.differences.count)) })
        gauge(
            "deployment_certificate_end_timestamp_seconds", "When the server's certificate there ends",
            deployments.compactMap { labels, deployment in
                deployment.certificate.map { (labels, $0.validity.notAfter.seconds) }
            })
    }

    /// One without samples is left out.
    private mutating func gauge(
        _ name: String, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP mailca_\(name) \(help)\n# TYPE mailca_\(name) gauge\n"
        for (labels, value) in samples {
            let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            text += "mailca_\(name)\(list.isEmpty ? "" : "{\(list)}") \(Int64(value))\n"
        }
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

extension Date {
    fileprivate var seconds: Double { timeIntervalSince1970 }
}
