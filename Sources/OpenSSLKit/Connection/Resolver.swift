import Glibc
import Synchronization

/// Asks the system for the addresses of a host, for no longer than one would wait.
enum Resolver {
    /// - Throws: `unresolved`, `timedOut`.
    static func addresses(
        of host: String, port: UInt16, _ deadline: Deadline
    ) throws(TLSConnection.Failure) -> [SocketAddress] {
        let operation = "find the address of \(host.shown)"
        guard !host.isEmpty, !host.utf8.contains(0) else {
            throw .init(.unresolved, operation, detail: "it is not a name")
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .init(system: errno, operation) }
        defer { close(ends[0]) }
        let question = Question(host: host, port: port, done: ends[1])
        guard question.start() else {
            close(ends[1])
            throw .init(.system, operation, detail: "no thread could be started")
        }
        // The other end is closed when the answer is there.
        var event = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        while poll(&event, 1, deadline.milliseconds) <= 0 {
            if deadline.hasPassed { throw .init(.timedOut, operation) }
        }
        let answer = question.answer.withLock { $0 }
        guard answer.code == 0, !answer.addresses.isEmpty else {
            let words = gai_strerror(answer.code).map { String(cString: $0) }
            throw .init(.unresolved, operation, detail: answer.code == 0 ? "it has none" : words)
        }
        return answer.addresses
    }
}

/// getaddrinfo(3) knows no time limit: it is called in a thread of its own, which is left alone when time is up.
private final class Question: Sendable {
    struct Answer {
        var code: Int32 = 0
        var addresses: [SocketAddress] = []
    }

    let answer = Mutex(Answer())
    private let host: String
    private let port: UInt16
    /// Closed when the answer is there.
    private let done: Int32

    init(host: String, port: UInt16, done: Int32) {
        self.host = host
        self.port = port
        self.done = done
    }

    func start() -> Bool {
        var thread = pthread_t()
        // The thread keeps us alive until it is through.
        let reference = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread, nil,
            { reference in
                if let reference { Unmanaged<Question>.fromOpaque(reference).takeRetainedValue().ask() }
                return nil
            }, reference.toOpaque())
        guard status == 0 else {
            reference.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func ask() {
        defer { close(done) }
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        var addresses: [SocketAddress] = []
        var next = found
        while let entry = next {
            if let address = entry.pointee.ai_addr.flatMap({ SocketAddress($0, port: port) }),
                !addresses.contains(address)
            {
                addresses.append(address)
            }
            next = entry.pointee.ai_next
        }
        answer.withLock { $0 = Answer(code: code, addresses: addresses) }
    }
}
