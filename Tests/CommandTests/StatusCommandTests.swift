import Foundation
import TestSupport
import Testing

@Suite("mailca status", .onThreads)
struct StatusCommandTests {
    private func place() throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        try place.run(["issue-client", "taro@example.org", "--days", "10", "--out", place.out])
        return place
    }

    @Test("A CA that is fine is shown, with its lists, what ends, and where it is deployed")
    func fine() throws {
        let place = try place()
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["status"])
            #expect(outcome.status == 0 && outcome.stderr == "", "\(outcome.everything)")
            let text = outcome.stdout
            #expect(text.hasPrefix("Status: ok\n\n  CA          CN=Example Mail CA, until 20"))
            #expect(text.contains("\n  List        number 2 of CN=Example Mail CA, 0 revoked, until 20"))
            #expect(text.contains("\n  Ending      0 of servers and 1 of users within 30 days\n"))
            #expect(text.contains(/\n +valid +\S+  client   [0-9a-f]{32}  taro@example\.org\n/))
            #expect(text.contains("\n  Maintained  never"))
            #expect(text.contains("\n  Deployed    \(place.certs): mail.example.org until 20"))
        }
        #expect(try place.run(["status", "--quiet"]).stdout == "")
    }

    @Test("The keys of its JSON are these, with either option")
    func json() throws {
        let place = try place()
        let row = ["names", "notAfter", "notBefore", "profile", "serialNumber", "sha256", "state"]
        let expected = Set(
            [
                "authorities[].notAfter", "authorities[].serialNumber", "authorities[].subject",
                "deployments[].differences", "deployments[].directory", "deployments[].isThere", "deployments[].reload",
                "level",
                "lists[].coveredUntil", "lists[].issuer", "lists[].nextUpdate", "lists[].number", "lists[].planned",
                "lists[].revoked", "lists[].thisUpdate", "listsAreComplete", "pending", "reasons", "servers.count",
                "servers.first", "users.count",
            ] + row.map { "users.first[].\($0)" } + row.map { "deployments[].certificate.\($0)" })
        let json = try place.json(["status"])
        #expect(json.keys == expected)
        #expect(json["level"].string == "ok")
        #expect(try JSON(place.run(["status", "--format", "json"]).stdout).keys == expected)

        unlink("\(place.certs)/cacert.pem")
        let damaged = try place.mailca(["status", "--json"])
        #expect(damaged.status == 1)
        let other = try JSON(damaged.stdout)
        #expect(
            other.keys
                == expected.subtracting(["reasons"]).union([
                    "reasons[].level", "reasons[].message", "reasons[].remedy",
                ]))
        #expect(other["deployments"][0]["differences"].strings == ["cacert.pem"])
    }

    @Test("A warning ends with 1 and something critical with 2, said with what mends it, which mends it")
    func levels() throws {
        let place = try place()
        unlink("\(place.certs)/cacert.pem")
        let warning = try place.mailca(["status"])
        #expect(warning.status == 1)
        #expect(
            warning.stdout.hasPrefix(
                "Status: warning\nwarning: cacert.pem in \(place.certs) is not as the CA laid it out\n  mend: mailca crl --home "
            ), "\(warning.stdout)")
        unlink("\(place.certs)/crl.pem")
        let critical = try place.mailca(["status"])
        #expect(critical.status == 2)
        #expect(critical.stdout.hasPrefix("Status: critical\ncritical: \(place.certs)/crl.pem is not there"))
        #expect(try place.mailca(["status", "--quiet"]).stdout.contains("\nwarning: cacert.pem in "))
        try place.run(["crl"])
        #expect(try place.mailca(["status"]).status == 0)
    }

    @Test("What became of the server's key is said, as bad as it is")
    func keys() throws {
        let place = try place()
        try place.run(["issue-server", "mail.example.org", "--force"])
        let key = "\(place.certs)/privkey.pem"
        func expect(_ status: Int32, _ words: String) throws {
            let outcome = try place.mailca(["status"])
            #expect(outcome.status == status && outcome.stdout.contains(words), "\(outcome.everything)")
        }
        chmod(key, 0o644)
        try expect(2, "can be read by everybody")
        chmod(key, 0o600)
        try expect(0, "Status: ok")
        let whole = try place.read("etc/certs/privkey.pem")
        try place.write("garbage", to: "etc/certs/privkey.pem")
        chmod(key, 0o600)
        try expect(2, "holds no key")
        unlink(key)
        try expect(1, "there is no key")
        try place.write(whole, to: "etc/certs/privkey.pem")
        chmod(key, 0o600)
        try expect(0, "Status: ok")
        try FileManager.default.removeItem(atPath: place.certs)
        try expect(2, ": not there")
    }

    @Test("A revocation that is on no list is critical")
    func unlisted() throws {
        let place = try place()
        let before = Tree(place.certs)
        try place.run(["revoke", "taro@example.org"])
        #expect(try place.mailca(["status"]).status == 0)
        // As a kill between the list and its files leaves it.
        try FileManager.default.removeItem(atPath: place.certs)
        try before.write(to: place.certs)
        let outcome = try place.mailca(["status"])
        #expect(outcome.status == 2 && outcome.stdout.contains("still gets in"), "\(outcome.everything)")
    }

    @Test("For Nagios it is one line with figures, and the same status")
    func nagios() throws {
        let place = try place()
        let fine = try place.run(["status", "--format", "nagios"]).stdout
        #expect(
            fine.contains(
                /^MAILCA OK - CN=Example Mail CA until [-0-9]{10}, list number 2 until [-0-9]{10}, 1 certificates end within 30 days, 1 deployed\|ca_days=36\d\d;90:;30: list_days=36\d server_days=36\d;14:;0: ending_servers=0 ending_users=1 pending=0 different_files=0;0\n$/
            ), "\(fine)")
        unlink("\(place.certs)/crl.pem")
        let critical = try place.mailca(["status", "--format", "nagios"])
        #expect(critical.status == 2)
        #expect(critical.stdout.contains(/^MAILCA CRITICAL - [^|\n]+ is not there[^|\n]+\|[^|\n]+\n$/))
        try FileManager.default.removeItem(atPath: place.home)
        let unknown = try place.mailca(["status", "--format", "nagios"])
        #expect(unknown.status == 3)
        #expect(unknown.stdout == "MAILCA UNKNOWN - there is no CA in \(place.home)\n")
    }

    @Test("For Prometheus every metric has its help and its type, and a value for every sample")
    func prometheus() throws {
        let place = try place()
        let outcome = try place.run(["status", "--format", "prometheus"])
        var metric = ""
        var samples: [String: Int] = [:]
        for line in outcome.stdout.split(separator: "\n") {
            if let match = line.firstMatch(of: /^# HELP (mailca_[a-z_]+) \S.*$/) {
                metric = String(match.1)
            } else if let match = line.firstMatch(of: /^# TYPE (mailca_[a-z_]+) gauge$/) {
                #expect(match.1 == metric)
            } else if let match = line.firstMatch(of: /^(mailca_[a-z_]+)(?:\{[a-z]+="[^"\n]*"\})? (\d+)$/) {
                #expect(match.1 == metric)
                samples[String(line.prefix { $0 != " " || line.hasPrefix("#") })] = Int(match.2)
                samples[metric] = Int(match.2)
            } else {
                Issue.record("not a metric: \(line)")
            }
        }
        #expect(samples["mailca_status"] == 0 && samples["mailca_crl_number"] == 2)
        #expect(samples["mailca_ending_certificates"] == 1)
        let end = try #require(samples["mailca_ca_end_timestamp_seconds"])
        #expect(abs(Date(timeIntervalSince1970: Double(end)).timeIntervalSinceNow - 3_650 * 86_400) < 7_200)
        #expect(outcome.stdout.contains("mailca_deployment_different_files{directory=\"\(place.certs)\"} 0\n"))
        #expect(samples["mailca_maintained_timestamp_seconds"] == nil)
        try place.run(["maintain"])
        #expect(
            try place.run(["status", "--format", "prometheus"]).stdout.contains(
                "\nmailca_maintained_timestamp_seconds "))
    }

    @Test("Without a CA it says so, as JSON too; formats that exclude each other are refused")
    func refusals() throws {
        let place = try Place()
        expectRefusal(try place.mailca(["status"]), status: 66, saying: "there is no CA")
        for options in [["--json"], ["--format", "json"]] {
            let outcome = try place.mailca(["status"] + options)
            #expect(outcome.status == 66)
            #expect(try JSON(outcome.stdout)["error"]["code"].string == "notFound")
        }
        expectRefusal(try place.mailca(["status", "--format", "xml"]), status: 64, saying: "prometheus")
        let both = try place.mailca(["status", "--json", "--format", "nagios"])
        #expect(both.status == 64 && both.stderr.contains("exclude each other"))
    }
}
