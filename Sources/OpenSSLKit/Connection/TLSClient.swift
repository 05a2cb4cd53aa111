import COpenSSL

/// OpenSSL's side of a connection: bytes of TLS go in and out through memory, so that the socket stays ours, with its
/// deadline and without signals.
final class TLSClient {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    /// They belong to `ssl`.
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let socket: StreamSocket
    /// Whether the server asked for a certificate; OpenSSL's callback sets it.
    private let wasAsked: UnsafeMutablePointer<Int32>

    private static let pieceSize = 16_384

    /// - Parameter received: what the server has said of TLS already.
    init(_ offer: TLSOffer, over socket: StreamSocket, received: ArraySlice<UInt8> = []) throws(OpenSSLError) {
        let operation = "prepare TLS"
        ERR_clear_error()
        let context = try required(SSL_CTX_new(TLS_client_method()), operation)
        do {
            (ssl, input, output) = try Self.connection(context, offer, operation)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        self.context = context
        self.socket = socket
        wasAsked = .allocate(capacity: 1)
        wasAsked.initialize(to: 0)
        // Called when the server's request has come, before the certificate is chosen.
        SSL_set_cert_cb(
            ssl,
            { _, flag in
                flag?.storeBytes(of: 1, as: Int32.self)
                return 1
            }, wasAsked)
        try put(Array(received), "prepare TLS")
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
        wasAsked.deallocate()
    }

    private static func connection(
        _ context: OpaquePointer, _ offer: TLSOffer, _ operation: String
    ) throws(OpenSSLError) -> (ssl: OpaquePointer, input: OpaquePointer, output: OpaquePointer) {
        // Whatever the system's own settings are: what is weak has to be seen to be reported.
        SSL_CTX_set_security_level(context, 0)
        try succeed(SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0"), operation)
        try succeed(
            cossl_client_configure(
                context, Int32(offer.versions.lowerBound.rawValue), Int32(offer.versions.upperBound.rawValue)),
            operation)
        // The chain is verified afterwards, so that a bad one can be looked at.
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        let ssl = try required(SSL_new(context), operation)
        do throws(OpenSSLError) {
            if let name = offer.serverName { try succeed(cossl_set_server_name(ssl, name), operation) }
            try succeed(cossl_ask_for_staple(ssl), operation)
            if let credentials = offer.credentials {
                let chain = try CertificateStack(credentials.chain)
                try succeed(
                    SSL_use_cert_and_key(
                        ssl, credentials.certificate.withKey, credentials.key.pointer, chain.pointer, 1),
                    "use the client's certificate")
            }
            let input = try required(cossl_memory_new(), operation)
            guard let output = cossl_memory_new() else {
                BIO_free(input)
                throw OpenSSLError(draining: operation)
            }
            SSL_set_bio(ssl, input, output)
            SSL_set_connect_state(ssl)
            return (ssl, input, output)
        } catch {
            SSL_free(ssl)
            throw error
        }
    }

    func handshake() throws(TLSConnection.Failure) -> TLSSession {
        try drive("agree on TLS") { SSL_do_handshake(ssl) }
        do { return try TLSSession(ssl, asksForCertificate: wasAsked.pointee != 0) } catch {
            throw .init(.tls, "read what the server showed", detail: error.description)
        }
    }

    /// - Returns: at most `limit` bytes; none at the end.
    func receive(atMost limit: Int, _ operation: String) throws(TLSConnection.Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = 0
        do throws(TLSConnection.Failure) {
            try drive(operation) {
                count = 0
                return SSL_read_ex(ssl, &bytes, limit, &count)
            }
        } catch {
            // The end, with and without TLS's own word for it.
            guard error.reason == .closed, error.alert == nil else { throw error }
            return []
        }
        return Array(bytes.prefix(count))
    }

    func send(_ bytes: [UInt8], _ operation: String) throws(TLSConnection.Failure) {
        guard !bytes.isEmpty else { return }
        var count = 0
        try drive(operation) { SSL_write_ex(ssl, bytes, bytes.count, &count) }
    }

    /// Says good-bye, without waiting for an answer.
    func close() {
        ERR_clear_error()
        SSL_shutdown(ssl)
        ERR_clear_error()
        try? flush("say good-bye")
    }

    /// Does `step` again and again, carrying bytes to and fro, until it is done.
    private func drive(_ operation: String, _ step: () -> Int32) throws(TLSConnection.Failure) {
        while true {
            ERR_clear_error()
            let status = step()
            // Nothing may come between: it looks at the error queue.
            let verdict = SSL_get_error(ssl, status)
            let failure: TLSConnection.Failure? =
                switch verdict {
                case SSL_ERROR_NONE, SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: nil
                case SSL_ERROR_ZERO_RETURN: .init(.closed, operation)
                default: .init(drainingTLS: operation)
                }
            // Also an alert of our own.
            try flush(operation)
            if let failure { throw failure }
            if verdict == SSL_ERROR_NONE { return }
            if verdict == SSL_ERROR_WANT_READ { try feed(operation) }
        }
    }

    private func feed(_ operation: String) throws(TLSConnection.Failure) {
        let bytes = try socket.receive(atMost: Self.pieceSize, operation)
        guard !bytes.isEmpty else { throw .init(.closed, operation) }
        do { try put(bytes, operation) } catch { throw .init(error) }
    }

    /// Gives OpenSSL what the server said.
    private func put(_ bytes: [UInt8], _ operation: String) throws(OpenSSLError) {
        guard !bytes.isEmpty else { return }
        guard BIO_write(input, bytes, Int32(bytes.count)) == bytes.count else {
            throw OpenSSLError(draining: operation)
        }
    }

    private func flush(_ operation: String) throws(TLSConnection.Failure) {
        while case let count = cossl_memory_count(output), count > 0 {
            var bytes = [UInt8](repeating: 0, count: Int(count))
            guard BIO_read(output, &bytes, count) == count else { throw .init(OpenSSLError(draining: operation)) }
            try socket.send(bytes, operation)
        }
    }
}
