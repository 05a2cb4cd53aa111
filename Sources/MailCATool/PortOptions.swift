public import ArgumentParser
public import MailCA

extension TLSARecord.Usage: ExpressibleByArgument {}

/// For which ports records are wanted.
struct PortOptions: ParsableArguments {
    @Option(name: .customLong("port"), help: ArgumentHelp("Default: 25.", valueName: "number"))
    var numbers: [Int] = []

    func validate() throws {
        if let wrong = numbers.first(where: { !(1...65_535).contains($0) }) {
            throw ValidationError("\(wrong) is no port: they go from 1 to 65535")
        }
    }

    /// One for each host and port.
    func records(
        for hosts: [String], _ usage: TLSARecord.Usage, _ digest: [UInt8], _ state: TLSAResult.Record.State
    ) -> [TLSAResult.Record] {
        var distinct: [Int] = []
        for port in numbers.isEmpty ? [25] : numbers where !distinct.contains(port) { distinct.append(port) }
        return hosts.flatMap { host in
            distinct.map { .init(TLSARecord(host: host, port: $0, usage: usage, digest: digest), state) }
        }
    }
}
