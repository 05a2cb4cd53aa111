import Foundation
import Glibc
import MailCA
import MailVerify
import OpenSSLKit

/// A server on loopback that says the bytes of an input, whatever it is told, and ends the conversation.
final class FuzzedServer {
    private let listener: Int32
    private let port: UInt16

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, pointer, &size) == 0
            }
        }
        guard status else { throw POSIXError(.EADDRINUSE) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Has a conversation in which this is all that the server says.
    func say(_ bytes: [UInt8], to kind: MailService.Kind) {
        let listener = listener
        let server = Thread {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            _ = bytes.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            shutdown(client, Int32(SHUT_WR))
            // What the client says is heard, so that the connection is not reset under what it has yet to read.
            var heard = [UInt8](repeating: 0, count: 4_096)
            while recv(client, &heard, heard.count, 0) > 0 {}
            close(client)
        }
        server.start()
        guard let service = try? MailService(url: "\(kind.rawValue)://127.0.0.1:\(port)") else { return }
        var probe = LiveProbe(service, timeout: .seconds(4))
        probe.attempt = nil
        let seen = probe.look()
        _ = "\(seen)"
        while !server.isFinished { usleep(50) }
    }
}

extension MailService.Kind {
    /// Those that talk before there is TLS.
    static let fuzzed: [MailService.Kind] = [.smtp, .lmtp, .imap, .pop3, .sieve]

    /// What a good server says up to TLS.
    var opening: String {
        switch self {
        case .imap: "* OK ready\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nm1 OK done\r\nm2 OK begin\r\n"
        case .pop3: "+OK ready\r\n+OK\r\nSTLS\r\n.\r\n+OK begin\r\n"
        case .sieve: "\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\nOK \"begin\"\r\n"
        default: "220 mail.example.org ESMTP\r\n250-mail.example.org\r\n250-STARTTLS\r\n250 HELP\r\n220 Ready\r\n"
        }
    }
}
