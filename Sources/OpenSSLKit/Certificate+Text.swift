import COpenSSL

extension Certificate {
    /// All that it says, in the words of `openssl x509 -noout -text`. Control characters, which only somebody else's
    /// certificate has, are escaped, so that a terminal shows them.
    public var text: String {
        get throws(OpenSSLError) {
            let operation = "print the certificate"
            ERR_clear_error()
            let memory = try required(BIO_new(BIO_s_mem()), operation)
            defer { BIO_free(memory) }
            try succeed(X509_print_ex(memory, withKey, cossl_name_flags(), 0), operation)
            var start: UnsafeMutablePointer<UInt8>?
            let count = BIO_ctrl(memory, BIO_CTRL_INFO, 0, &start)
            let printed = String(decoding: UnsafeBufferPointer(start: start, count: max(0, count)), as: UTF8.self)
            return printed.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).shown }
                .joined(separator: "\n")
        }
    }
}
