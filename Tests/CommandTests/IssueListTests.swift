import Foundation
import MailLayouts
import OpenSSLKit
import TestSupport
import Testing

@Suite("mailca issue-client --from", .onThreads)
struct IssueListTests {
    private func issue(_ place: Place, _ options: [String] = []) -> [String] {
        ["issue-client", "--from", place.file("users.csv"), "--out", place.out] + options
    }

    /// The files of users, without the list of passwords.
    private func files(_ place: Place) -> [String] { Tree(place.out).names.filter { $0 != "passwords.csv" } }

    @Test("A name that Sendmail cannot match is said at issuing, for one user and for a list")
    func longSubjects() throws {
        let place = try Place()
        try place.run(["init-ca", "Any", "--unconstrained", "--no-passphrase"])
        let (long, longer) = (
            "\(String(repeating: "日", count: 20))@例え.jp", "\(String(repeating: "本", count: 21))@例え.jp"
        )
        let one = try place.run(["issue-client", long, "--format", "pem", "--out", place.file("users/one")])
        #expect(one.stderr.contains("Sendmail cannot match the name CN=日日"), "\(one.stderr)")

        try place.write("\(longer)\ntaro@example.org\nhanako@example.org\n", to: "users.csv")
        let list = try place.run(issue(place, ["--format", "pem"]))
        #expect(list.stderr.contains("Sendmail cannot match the name CN=本本"), "\(list.stderr)")
        #expect(list.stderr.contains("it will not let this user relay"), "\(list.stderr)")
        try place.write("jiro@example.org\n", to: "users.csv")
        #expect(try !place.run(issue(place, ["--format", "pem"])).stderr.contains("Sendmail"))
    }

    @Test(
        "Everything that a table program saves is a list",
        arguments: [
            "taro@example.org,Taro Yamada,phone\nhanako@example.org,\"Suzuki, Hanako\",\n",
            "address,name,device\ntaro@example.org,Taro Yamada,phone\nhanako@example.org,\"Suzuki, Hanako\",\n",
            "Device,Name,Address\nphone,Taro Yamada,taro@example.org\n,\"Suzuki, Hanako\",hanako@example.org\n",
            "\u{feff}address,name,device\r\ntaro@example.org,Taro Yamada,phone\r\nhanako@example.org,\"Suzuki, Hanako\"\r\n",
            "address,name,device\rtaro@example.org,Taro Yamada,phone\rhanako@example.org,\"Suzuki, Hanako\",\r",
            "\u{feff}# 19\" rack\ntaro@example.org,Taro Yamada,phone\n# \"\nhanako@example.org\t,\"Suzuki, Hanako\"\n",
            "# our users\n\ntaro@example.org , Taro Yamada , phone\n\n# and\n\"hanako@example.org\",\"Suzuki, Hanako\"",
        ])
    func forms(_ list: String) throws {
        let place = try Place(.open)
        try place.write(list, to: "users.csv")
        let outcome = try place.run(issue(place, ["--format", "pem"]))
        #expect(
            Tree(place.out).listing == [
                "0600 hanako@example.org.key", "0644 hanako@example.org.pem", "0600 taro@example.org.phone.key",
                "0644 taro@example.org.phone.pem",
            ])
        #expect(Tree(place.out).mode("") == 0o700)
        #expect(outcome.stdout.contains("Made 2 certificates"))
        for stem in ["hanako@example.org", "taro@example.org.phone"] {
            #expect(
                try CertificateFile.belongTogether(
                    key: "\(place.out)/\(stem).key", certificate: "\(place.out)/\(stem).pem"))
        }
        let subject = try CertificateFile.openssl([
            "x509", "-in", "\(place.out)/hanako@example.org.pem", "-noout", "-subject",
        ])
        #expect(subject.contains("Suzuki, Hanako") || subject.contains("hanako@example.org"), "\(subject)")
    }

    @Test("The list may have addresses alone, and come on standard input")
    func standardInput() throws {
        let place = try Place(.open)
        let outcome = try place.mailca(
            ["issue-client", "--from", "-", "--out", place.out], input: "address\na@example.org\nb@example.org\n")
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(files(place) == ["a@example.org.p12", "b@example.org.p12"])
    }

    @Test("The list of passwords is its owner's alone, and each of them opens its file")
    func passwords() throws {
        let place = try Place(.open)
        try place.write("taro@example.org,\"Taro \"\"T\"\" Yamada\",my phone\nhanako@example.org\n", to: "users.csv")
        let outcome = try place.run(issue(place))
        #expect(Tree(place.out).mode("passwords.csv") == 0o600)
        #expect(outcome.stdout.contains("  0600  \(place.out)/passwords.csv\n"))
        let lines = try place.read("users/out/passwords.csv").split(separator: "\n")
        #expect(lines.count == 2)
        for line in lines {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            try #require(fields.count == 4, "address, device, file, password: \(line)")
            #expect(fields[1] == (fields[0] == "taro@example.org" ? "my phone" : ""))
            #expect(fields[2].hasPrefix(fields[0]))
            #expect(Tree(place.out).mode(fields[2]) == 0o600)
            #expect(fields[3].contains(/^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/))
            #expect(!outcome.everything.contains(fields[3]), "a password is printed")
            let text = try CertificateFile.openssl([
                "pkcs12", "-in", "\(place.out)/\(fields[2])", "-passin", "pass:\(fields[3])", "-nodes",
            ])
            #expect(text.contains("BEGIN PRIVATE KEY") && text.contains(fields[0]))
        }
    }

    @Test("All wrong lines are told at once with their numbers, and nothing is made")
    func wrongLines() throws {
        let place = try Place(.open)
        try place.write(
            """
            address,name,device
            good@example.org
            no address
            a@example.net
            good@example.org,Again
            b@example.org,name,device,more

            # a comment
            "c@exam
            ple.org"
            GOOD@EXAMPLE.ORG
            ,Nobody

            """, to: "users.csv")
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(issue(place))
            #expect(outcome.status == 65, "\(outcome.everything)")
            #expect(outcome.stdout == "")
            for line in ["3", "4", "5", "6", "9", "12"] {
                #expect(outcome.stderr.contains("\n  line \(line): "), "line \(line): \(outcome.stderr)")
            }
            #expect(!outcome.stderr.contains("line 2:"))
            #expect(outcome.stderr.contains("line 2\n"), "the earlier line is named: \(outcome.stderr)")
            #expect(outcome.stderr.contains("Nothing was made"))
        }
    }

    @Test(
        "What is wrong on the way through the list is told with the rest, and a heading with a strange column by its name"
    )
    func allFaults() throws {
        let place = try Place(.open)
        let list =
            Data("no address\n\u{e4}@".utf8.dropLast(2)) + Data("@example.org\na@example.net\nb@example.org,\"B".utf8)
        try list.write(to: URL(fileURLWithPath: place.file("users.csv")))
        let outcome = try place.mailca(issue(place))
        #expect(outcome.status == 65, "\(outcome.everything)")
        for words in ["line 1: ", "line 2: it is not UTF-8", "line 3: ", "line 4: a quotation mark is not closed"] {
            #expect(outcome.stderr.contains("\n  \(words)"), "\(outcome.stderr)")
        }
        for (heading, words) in [("address,mobile", "a column mobile"), ("name,device", "no column address")] {
            try place.write("# ours\n\(heading)\na@example.org,x\nb@example.net\n", to: "users.csv")
            let refused = try place.mailca(issue(place))
            #expect(refused.status == 65, "\(refused.everything)")
            #expect(refused.stderr.contains("line 2: the heading has \(words)"), "\(refused.stderr)")
            #expect(refused.stderr.contains("line 4: "), "\(refused.stderr)")
        }
    }

    @Test("Every certificate of a list, whatever its place in it, is one that OpenSSL accepts")
    func allAccepted() throws {
        let place = try Place(.open)
        let users = (1...40).map { $0 % 3 == 0 ? "tarō\($0)@example.org" : "user\($0)@mail.example.org" }
        try place.write(users.joined(separator: "\n") + "\n", to: "users.csv")
        try place.run(issue(place, ["--format", "pem"]))
        let certificates = files(place).filter { $0.hasSuffix(".pem") }.map { "\(place.out)/\($0)" }
        #expect(certificates.count == 40)
        let seen = try CertificateFile.openssl(
            ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "\(place.home)/ca/root.pem"]
                + certificates)
        #expect(seen.components(separatedBy: ": OK").count == 41, "\(seen)")
    }

    @Test("Of very many wrong lines the first twenty are told, and how many more there are")
    func manyWrongLines() throws {
        let place = try Place(.open)
        try place.write((1...50).map { "user\($0)@example.net\n" }.joined(), to: "users.csv")
        let outcome = try place.mailca(issue(place))
        #expect(outcome.status == 65)
        #expect(outcome.stderr.contains("50 lines") && outcome.stderr.contains("and 30 more"), "\(outcome.stderr)")
        #expect(outcome.stderr.contains("\n  line 20: ") && !outcome.stderr.contains("\n  line 21: "))
    }

    private static let noLists: [String] = [
        "a@example.org\nb@example.org;B;phone\n",
        "a@example.org\nb@example.org,\"B\rC\"\n",
        "a@example.org\nb@example.org,\"B\nc@example.org\n",
        "a@example.org\nb@example.org,K\u{1}se\n",
        "a@example.org\n\"" + String(repeating: "x", count: 70_000),
        "a@example.org\nb@example.org,B\u{0}\n",
        "a@example.org\nb@example.org,B,\u{1b}[31mphone\n",
        "a@example.org\nb@example.org,\u{fffd} not UTF-8\n",
    ]

    @Test(
        "What is no list is refused with the line where that is, and nothing is made",
        arguments: noLists)
    func noList(_ list: String) throws {
        let place = try Place(.open)
        // The sign for what cannot be read stands for a byte of ISO 8859-1.
        let parts = list.components(separatedBy: "\u{fffd}").map { Data($0.utf8) }
        try Data(parts.joined(separator: [0xe4])).write(to: URL(fileURLWithPath: place.file("users.csv")))
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(issue(place))
            #expect(outcome.status == 65, "\(outcome.everything)")
            #expect(outcome.stderr.contains("line 2"), "\(outcome.stderr)")
            #expect(!outcome.stderr.contains("\u{1b}"))
            #expect(outcome.stdout == "")
        }
    }

    @Test("A list that is not there is refused with status 66")
    func missing() throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(issue(place)), status: 66, saying: place.file("users.csv"))
        }
    }

    @Test("An empty list makes nothing, and is no error")
    func empty() throws {
        let place = try Place(.open)
        try place.write("address,name,device\n", to: "users.csv")
        let outcome = try place.run(issue(place))
        #expect(outcome.stdout.contains("Made 0 certificates"))
        #expect(outcome.stderr.contains("has no users in it"))
        #expect(files(place) == [])
    }

    @Test("The same list again makes none twice; with new users in it only theirs, with passwords added")
    func again() throws {
        let place = try Place(.open)
        try place.write("a@example.org\nb@example.org\n", to: "users.csv")
        try place.run(issue(place))
        let before = Tree(place.out)
        let entries = try Ledger(home: place.home).states().count
        let second = try place.json(issue(place))
        #expect(Tree(place.out).changes(since: before) == [])
        #expect(try Ledger(home: place.home).states().count == entries)
        #expect(second.keys == ["alreadyThere", "directory", "made"])
        try place.write("c@example.org\na@example.org\nb@example.org\na@example.org,,phone\n", to: "users.csv")
        let third = try place.json(issue(place))
        #expect(third.keys == ["alreadyThere", "directory", "made", "passwords"])
        #expect(third["passwords"].string == "\(place.out)/passwords.csv")
        #expect(
            Tree(place.out).changes(since: before) == [
                "new: a@example.org.phone.p12", "new: c@example.org.p12", "changed: passwords.csv",
            ])
        let lines = try place.read("users/out/passwords.csv").split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        #expect(
            before.content("passwords.csv").map { String(decoding: $0, as: UTF8.self) }
                == lines.prefix(2).map { "\($0)\n" }.joined(), "what was there stays")
        #expect(try Ledger(home: place.home).states().count == entries + 2)
    }

    @Test("Who was revoked gets a new one from the same list")
    func revoked() throws {
        let place = try Place(.open)
        try place.write("a@example.org\nb@example.org\n", to: "users.csv")
        try place.run(issue(place))
        try place.run(["revoke", "a@example.org", "--reason", "superseded"])
        expectRefusal(try place.mailca(issue(place)), status: 73, saying: "\(place.out)", "a@example.org.p12")
        let result = try place.json(["issue-client", "--from", place.file("users.csv"), "--out", place.file("users/2")])
        #expect(result["made"].number == 1 && result["alreadyThere"].number == 1)
        #expect(Tree(place.file("users/2")).names == ["a@example.org.p12", "passwords.csv"])
    }

    @Test("A file that is there is refused before any is made; with --force every user gets a new one")
    func existing() throws {
        let place = try Place(.open)
        try place.write("a@example.org\nb@example.org\n", to: "users.csv")
        try FileManager.default.createDirectory(atPath: place.out, withIntermediateDirectories: false)
        try place.write("somebody's", to: "users/out/b@example.org.p12")
        let entries = try Ledger(home: place.home).states().count
        expectRefusal(try place.mailca(issue(place)), status: 73, saying: "b@example.org.p12", "--force")
        #expect(Tree(place.out).names == ["b@example.org.p12"])
        #expect(Tree(place.out).content("b@example.org.p12") == Data("somebody's".utf8))
        #expect(try Ledger(home: place.home).states().count == entries)
        try place.run(issue(place, ["--force"]))
        try place.run(issue(place, ["--force"]))
        #expect(Tree(place.out).content("b@example.org.p12") != Data("somebody's".utf8))
        #expect(try Ledger(home: place.home).states().count == entries + 4)
    }

    @Test(
        "Where a file cannot be named when it is whole, it is named another way, and a kill leaves none half written",
        arguments: [
            // Not with an empty path, which older kernels let root alone do; not at all, as where there is no /proc.
            (refused: "linkat:error=ENOENT:when=1+2", renamed: 0), (refused: "linkat:error=EOPNOTSUPP", renamed: 4),
        ])
    func naming(refused: String, renamed: Int) throws {
        let options = ["-e", "trace=linkat,renameat", "-e", "inject=\(refused)"]
        func place() throws -> Place {
            let place = try Place(.open)
            try place.write("a@example.org\nb@example.org\n", to: "users.csv")
            return place
        }
        func expectAll(_ place: Place) throws {
            #expect(
                Tree(place.out).listing == [
                    "0600 a@example.org.key", "0644 a@example.org.pem", "0600 b@example.org.key",
                    "0644 b@example.org.pem",
                ])
            try Aftermath(place).expectWhole()
        }
        let whole = try place()
        let (outcome, lines) = try Trace.run(issue(whole, ["--format", "pem"]), options: options, in: whole)
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(lines.count { $0.contains(" renameat(") } == renamed, "\(lines)")
        try expectAll(whole)
        for number in 0..<renamed {
            let place = try place()
            let killed = try Trace.run(
                issue(place, ["--format", "pem"]),
                options: options + ["-e", "inject=renameat:signal=SIGKILL:when=\(number + 1)"], in: place
            ).outcome
            #expect(killed.status == 137, "\(killed.everything)")
            try Aftermath(place).expectWhole(settled: false)
            try place.run(issue(place, ["--format", "pem"]))
            try expectAll(place)
        }
    }

    @Test("The files of devices have different names, also where only odd signs tell them apart")
    func devices() throws {
        let place = try Place(.open)
        try place.write(
            "a@example.org,,phone\na@example.org,,my phone\na@example.org,,my/phone\na@example.org,,my_phone\na@example.org\n",
            to: "users.csv")
        try place.run(issue(place))
        #expect(files(place).count == 5, "\(files(place))")
        #expect(files(place).contains("a@example.org.phone.p12") && files(place).contains("a@example.org.p12"))
    }

    @Test("Files are never called longer than a name can be")
    func longNames() throws {
        let place = try Place()
        try place.run(["init-ca", "Any", "--unconstrained", "--no-passphrase"])
        let address = "\(String(repeating: "日", count: 20))@例え.jp"
        let devices = ["x", "y"].map { String(repeating: $0, count: 60) }
        try place.write(devices.map { "\(address),,\($0)\n" }.joined(), to: "users.csv")
        try place.run(issue(place))
        let names = files(place)
        #expect(names.count == 2 && names.allSatisfy { $0.utf8.count <= 255 && $0.hasSuffix(".p12") }, "\(names)")
    }

    @Test("A directory in the way of a file is refused before anything is made, with --force too")
    func directoryInTheWay() throws {
        let place = try Place(.open)
        try place.write("a@example.org\nb@example.org\n", to: "users.csv")
        try FileManager.default.createDirectory(
            atPath: "\(place.out)/b@example.org.p12", withIntermediateDirectories: true)
        try expectNothingChanges(in: place) {
            for options in [[], ["--force"]] {
                expectRefusal(try place.mailca(issue(place, options)), status: 73, saying: "b@example.org.p12")
            }
        }
    }

    @Test("Passwords go into a file that is the owner's alone, each line its own; another's file gets none")
    func passwordsFile() throws {
        let place = try Place(.open)
        try place.write("a@example.org\n", to: "users.csv")
        try FileManager.default.createDirectory(atPath: place.out, withIntermediateDirectories: false)
        let path = "\(place.out)/passwords.csv"
        try place.write("from before", to: "users/out/passwords.csv")
        chmod(path, 0o644)
        try place.run(issue(place))
        let lines = try place.read("users/out/passwords.csv").split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "from before" && lines[1].hasPrefix("a@example.org,,"), "\(lines)")
        #expect(Tree(place.out).mode("passwords.csv") == 0o600)

        try place.write("b@example.org\n", to: "users.csv")
        unlink(path)
        symlink(place.file("elsewhere"), path)
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(issue(place)), status: 77, saying: "passwords.csv")
        }
    }

    /// A batch of a list as a command leaves it that is killed after its certificates were issued.
    private func leaveBatch(in place: Place, of serial: String, as name: String) throws {
        let batches = try FileBatches(directory: .init(place.out), growing: "passwords.csv")
        let batch = try batches.begin(files: 1)
        try batch.settle(
            [BatchFile(name, mode: 0o600, SecretBytes(Array("the only copy".utf8)))],
            of: #require(SerialNumber(hexadecimal: serial)),
            lines: SecretBytes(Array("\(name),secret\n".utf8)))
    }

    @Test(
        "What a stopped list left is put in place by whatever writes there next",
        arguments: [
            ["issue-client", "b@example.org"], ["renew", "a@example.org"], ["issue-client", "--from", "users.csv"],
        ])
    func leftovers(_ command: [String]) throws {
        let place = try Place(.open)
        let json = try place.json(["issue-client", "a@example.org", "--out", place.file("users/a")])
        try place.write("c@example.org\n", to: "users.csv")
        let serial = try #require(json["users"][0]["certificate"]["serialNumber"].string)
        try leaveBatch(in: place, of: serial, as: "z@example.org.p12")
        try place.run(["backup", "\(place.out)/backup"])
        #expect(try place.mailca(["verify", place.out]).status != 70)
        #expect(Tree(place.out).names.contains { $0.hasPrefix(".mailca-batch-") })

        let outcome = try place.run(command + ["--out", place.out])
        #expect(outcome.stderr.contains("they are in place now"), "\(outcome.stderr)")
        #expect(try place.read("users/out/z@example.org.p12") == "the only copy")
        #expect(try place.read("users/out/passwords.csv").hasPrefix("z@example.org.p12,secret\n"))
        #expect(!Tree(place.out).names.contains { $0.hasPrefix(".mailca-batch-") })
    }

    @Test("What another CA's list left is not touched")
    func foreignLeftovers() throws {
        let place = try Place(.open)
        try place.write("c@example.org\n", to: "users.csv")
        try leaveBatch(in: place, of: "0123456789abcdef0123456789abcdef", as: "z@example.org.p12")
        let left = try #require(Tree(place.out).names.first)
        let before = Tree(place.out).content(left)
        let outcome = try place.run(issue(place))
        #expect(outcome.stderr.contains("\(left) is of a list of another CA"), "\(outcome.stderr)")
        #expect(Tree(place.out).content(left) == before)
        #expect(files(place).sorted() == [left, "c@example.org.p12"])
    }

    @Test(
        "The CA's own directory is no place for the files of users, and is said to be none at once",
        arguments: [
            ["issue-client", "a@example.org"], ["issue-client", "--from", "users.csv"], ["renew", "b@example.org"],
            ["rekey", "b@example.org"],
        ])
    func ownDirectory(_ command: [String]) throws {
        let place = try Place(.open)
        try place.write("c@example.org\n", to: "users.csv")
        try place.run(["issue-client", "b@example.org", "--out", place.out])
        try expectNothingChanges(in: place) {
            for directory in [place.home, "\(place.home)/ca"] {
                expectRefusal(try place.mailca(command + ["--out", directory]), status: 64, saying: directory, "--out")
            }
            let outcome = try Command.mailca(
                ["init-ca", "X", "--domain", "example.org", "--home", place.file("x"), "--certs", place.file("x")],
                environment: Place.plain)
            #expect(outcome.status == 64, "\(outcome.everything)")
        }
    }

    @Test("A dry run reads the whole list and makes nothing, without a passphrase")
    func dryRun() throws {
        let place = try Place(.locked)
        try place.write("a@example.org\nb@example.org\n", to: "users.csv")
        try expectNothingChanges(in: place) {
            let json = try place.json(issue(place, ["--dry-run"]))
            #expect(json.keys == ["directory", "dryRun", "users"])
            #expect(json["dryRun"].bool == true)
        }
        try place.write("a@example.org\nb@example.net\n", to: "users.csv")
        #expect(try place.mailca(issue(place, ["--dry-run"])).status == 65)
    }

    @Test(
        "What stands in the list cannot be given beside it",
        arguments: [
            ["--name", "Taro"], ["--device", "phone"], ["--csr", "a.csr"], ["--password-file", "password"],
            ["a@example.org"], ["--format", "pem", "--compat"],
        ])
    func combinations(_ options: [String]) throws {
        let place = try Place(.open)
        try place.write("a@example.org\n", to: "users.csv")
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(issue(place, options)), status: 64)
        }
    }

    @Test("While one command writes into a directory, another is told so")
    func busy() throws {
        let place = try Place(.open)
        try place.write("a@example.org\n", to: "users.csv")
        try FileManager.default.createDirectory(atPath: place.out, withIntermediateDirectories: false)
        let outcome = try place.mailca(issue(place), under: ["flock", place.out])
        #expect(outcome.status == 75, "\(outcome.everything)")
        #expect(Tree(place.out).names == [])
    }
}
