import Foundation
import TestSupport
import Testing

/// Many commands at once for a while; with MAILCA_SOAK=1 in the environment for a longer one.
@Suite("A crowd of commands", .onThreads)
struct CrowdTests {
    private static let lanes = 8
    private static let total = ProcessInfo.processInfo.environment["MAILCA_SOAK"] == "1" ? 2_000 : 200

    /// One after the other: a certificate, every fifth is revoked, every third time all are listed.
    private static let script = """
        mailca=$1 lane=$2 count=$3 out=$4; shift 4
        number=0
        while [ $number -lt $count ]; do
            user=user-$lane-$number@example.org
            "$mailca" issue-client "$user" --format pem --out "$out" "$@" >/dev/null
            echo "$? issue-client $user"
            if [ $((number % 5)) = 1 ]; then
                "$mailca" revoke "$user" "$@" >/dev/null
                echo "$? revoke $user"
            fi
            if [ $((number % 3)) = 2 ]; then
                "$mailca" list --json "$@" >/dev/null
                echo "$? list"
            fi
            number=$((number + 1))
        done
        """

    @Test("Eight that issue, revoke and list at once all end well, and files, ledger and list say the same")
    func crowd() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        let output = try TemporaryDirectory()
        let each = Self.total / Self.lanes
        let children = try (0..<Self.lanes).map { lane in
            try Child(
                ["sh", "-c", Self.script, "sh", Command.mailcaPath, "\(lane)", "\(each)", place.out] + place.places,
                directory: place.path,
                streams: .files(input: nil, output: output.file("\(lane).out"), errors: output.file("\(lane).err")))
        }
        for (lane, child) in children.enumerated() {
            #expect(try child.wait(timeout: 1_200).status == 0)
            let lines = try output.read("\(lane).out").split(separator: "\n")
            #expect(lines.count == each + (0..<each).count { $0 % 5 == 1 } + each / 3)
            let failed = lines.filter { !$0.hasPrefix("0 ") }
            let errors = try output.read("\(lane).err")
            #expect(failed == [], "\(errors)")
        }

        let users = (0..<Self.lanes).flatMap { lane in (0..<each).map { "user-\(lane)-\($0)" } }
        var serials: Set<String> = []
        for user in users {
            let path = "\(place.out)/\(user)@example.org"
            serials.insert(try #require(try CertificateFile.serials("\(path).pem").first))
            #expect(try CertificateFile.looksLikePair(key: "\(path).key", certificate: "\(path).pem"), "\(user)")
        }
        #expect(serials.count == users.count, "two certificates have one number")
        #expect(Tree(place.out).names.count == 2 * users.count)
        let states = try Ledger(home: place.home).states()
        #expect(states.count == users.count + 2)
        #expect(serials.allSatisfy { states[$0] == "issued" })
        #expect(try Ledger(home: place.home).revoked().count == Self.lanes * (0..<each).count { $0 % 5 == 1 })
        #expect(place.tree.names.filter { $0.lowercased().contains("lock") } == [])
        try Aftermath(place).expectAgreement("after the crowd")
        #expect(try place.verify().status == 0)
    }
}
