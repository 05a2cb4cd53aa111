import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SystemPackage

/// The DANE records that running servers have to be true to, by `--tlsa` or from the DNS.
struct DANEInspection {
    private let given: [PublishedRecord]
    private let server: NameServer
    private let timeout: Duration

    /// - Throws: `MailCAError` where an option does not fit, or a file cannot be read.
    init(_ options: LiveOptions, _ services: [MailService]) throws(MailCAError) {
        for service in services where service.tlsaOwner == nil {
            throw MailCAError(
                .invalidParameters, "\(service) has no DANE records: they belong to names",
                hint: "Name the host in the URL, and the address with --connect.")
        }
        var given: [PublishedRecord] = []
        for value in options.tlsa {
            if value.contains(where: \.isWhitespace) {
                given += try PublishedRecord.all(in: value, "--tlsa")
            } else {
                let bytes = try FileContent.read(FilePath(value))
                given += try PublishedRecord.all(in: String(decoding: bytes, as: UTF8.self), value)
            }
        }
        self.given = given
        server = NameServer(address: try options.resolver.map { (text) throws(MailCAError) in try Self.address(text) })
        timeout = .seconds(options.timeout)
    }

    /// - Throws: `MailCAError` with code `invalidParameters` where none of those that were given is of the service.
    func records(of service: MailService) throws(MailCAError) -> PublishedRecords {
        guard !given.isEmpty else { return PublishedRecords(of: service, at: server, within: timeout) }
        let own = given.filter { $0.belongs(to: service) }
        guard !own.isEmpty else {
            throw MailCAError(
                .invalidParameters, "none of the TLSA records is of \(service) (\(service.tlsaOwner ?? ""))",
                hint: "Print it with mailca tlsa \(service.name) --port \(service.port).")
        }
        return .given(own.map(\.data))
    }

    /// `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`.
    private static func address(_ text: String) throws(MailCAError) -> SocketAddress {
        // Read as the URL's host and port are.
        let isBare = text.contains("::") && !text.hasPrefix("[")
        let service = try? MailService(url: "smtp://\(isBare ? "[\(text)]" : text)")
        guard let service, case .address(let address) = service.name,
            let found = SocketAddress(
                bytes: address.bytes, port: service.port == 25 && !text.hasSuffix(":25") ? 53 : service.port)
        else {
            throw MailCAError(
                .invalidParameters, "\(text.shown) is no resolver's address",
                hint: "Give an IPv4 or IPv6 address, as 127.0.0.1, 127.0.0.1:5353 or [::1]:5353.")
        }
        return found
    }
}
