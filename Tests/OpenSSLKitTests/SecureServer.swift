import Foundation
import Glibc
import OpenSSLKit
import TestSupport
import Testing

/// OpenSSL's own TLS server on loopback. It gives every line back to front, and ends with this object, or after a
/// minute.
final class SecureServer {
    let port: UInt16
    private let scratch = try? Scratch()
    private let pid: pid_t

    /// - Parameters:
    ///   - identity: what it shows.
    ///   - options: of `openssl s_server`, in which `@` and a name stands for a file of `files`.
    init(_ identity: Issuer, chain: [Certificate] = [], _ options: [String] = [], files: [String: [UInt8]] = [:]) throws
    {
        let scratch = try #require(scratch)
        let all = files.merging([
            "cert.pem": Array(identity.certificate.pem.utf8), "key.pem": Array(try identity.key.plainText().utf8),
            "chain.pem": Array(chain.map(\.pem).joined().utf8),
        ]) { $1 }
        for (name, bytes) in all { try scratch.write(bytes, name) }
        var line = ["timeout", "60", "openssl", "s_server", "-accept", "127.0.0.1:0", "-rev"]
        line += ["-cert", scratch.path("cert.pem"), "-key", scratch.path("key.pem")]
        if !chain.isEmpty { line += ["-cert_chain", scratch.path("chain.pem")] }
        line += options.map { $0.hasPrefix("@") ? scratch.path(String($0.dropFirst())) : $0 }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let output = scratch.path("output")
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var argv = line.map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        var child: pid_t = 0
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals as a shell would leave them, whatever this thread blocks.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        try #require(posix_spawnp(&child, line[0], &actions, &attributes, &argv, environ) == 0)
        pid = child
        var found: UInt16?
        for _ in 0..<2_000 where found == nil {
            let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            found = text.firstMatch(of: #/ACCEPT [0-9.]+:([0-9]+)\n/#).flatMap { UInt16($0.1) }
            if found == nil { usleep(5_000) }
        }
        port = try #require(found, "\((try? String(contentsOfFile: output, encoding: .utf8)) ?? "")")
    }

    deinit {
        kill(pid, SIGTERM)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    func connect(_ offer: TLSOffer = TLSOffer(serverName: "mail.example.org")) throws -> TLSConnection {
        let connection = try TLSConnection(host: "127.0.0.1", port: port, deadline: Deadline(in: .seconds(5)))
        try connection.startTLS(offer)
        return connection
    }
}

extension TLSConnection {
    /// Sends a line and reads one.
    func ask(_ text: String) throws -> String {
        try write(Array("\(text)\n".utf8))
        return String(decoding: try readLine(), as: UTF8.self)
    }
}
