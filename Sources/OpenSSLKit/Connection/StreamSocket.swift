import Glibc

/// A TCP socket that never blocks and never outlives its deadline.
final class StreamSocket {
    private let descriptor: Int32
    private let deadline: Deadline

    /// Connects.
    /// - Parameters:
    ///   - source: the address to come from, with port 0; nil for the system's choice.
    ///   - deadline: for everything, from the first packet on.
    ///   - patience: for connecting, where there are other addresses to be tried.
    init(
        to address: SocketAddress, from source: SocketAddress?, _ deadline: Deadline, patience: Deadline? = nil
    ) throws(TLSConnection.Failure) {
        let operation = "connect to \(address)"
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(address.family, flags, 0)
        self.deadline = deadline
        guard descriptor >= 0 else { throw .init(system: errno, operation) }
        if let source, source.withSystemAddress({ bind(descriptor, $0, $1) }) != 0 {
            throw .init(system: errno, "come from \(source.host)")
        }
        while address.withSystemAddress({ Glibc.connect(descriptor, $0, $1) }) != 0 {
            if errno == EINTR { continue }
            if errno == EISCONN { break }
            guard errno == EINPROGRESS || errno == EALREADY else { throw .init(system: errno, operation) }
            try wait(for: POLLOUT, operation, until: patience ?? deadline)
            var status: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &size) == 0 else {
                throw .init(system: errno, operation)
            }
            guard status == 0 else { throw .init(system: status, operation) }
            break
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Waits for something to read.
    /// - Returns: at most `limit` bytes; none at the end.
    func receive(atMost limit: Int, _ operation: String) throws(TLSConnection.Failure) -> [UInt8] {
        var status = 0
        var code: Int32 = 0
        while true {
            // Also before the first attempt: one that always has something to say must not outlive the deadline.
            try wait(for: POLLIN, operation, until: deadline)
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                status = recv(descriptor, buffer.baseAddress, limit, 0)
                code = errno
                count = max(0, status)
            }
            if status >= 0 { return bytes }
            if code == ECONNRESET { return [] }
            guard code == EAGAIN || code == EINTR else { throw .init(system: code, operation) }
        }
    }

    /// Sends all of it, without a signal when the other side is gone. That is no error here: what it said before it
    /// went is still to be read.
    func send(_ bytes: [UInt8], _ operation: String) throws(TLSConnection.Failure) {
        var sent = 0
        while sent < bytes.count {
            let status = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if status > 0 {
                sent += status
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: try wait(for: POLLOUT, operation, until: deadline)
            case EPIPE, ECONNRESET: return
            case let code: throw .init(system: code, operation)
            }
        }
    }

    /// The first byte of what has come and nobody has read yet; nil where nothing has.
    var nextByte: UInt8? {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0 ? byte : nil
    }

    private func wait(for event: Int32, _ operation: String, until deadline: Deadline) throws(TLSConnection.Failure) {
        var descriptor = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            guard !deadline.hasPassed else { throw .init(.timedOut, operation) }
            let status = poll(&descriptor, 1, deadline.milliseconds)
            if status > 0 { return }
            guard status == 0 || errno == EINTR else { throw .init(system: errno, operation) }
        }
    }
}
