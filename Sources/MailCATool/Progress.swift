import Glibc

/// A line on the terminal that says how far it is.
struct Progress {
    let total: Int
    let isShown: Bool
    private let start = ContinuousClock.now

    init(total: Int, isShown: Bool) {
        self.total = total
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    func show(_ done: Int) {
        guard isShown else { return }
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let rate = elapsed > 0 ? Double(done) / elapsed : 0
        let left = rate > 0 ? Int((Double(total - done) / rate).rounded(.up)) : 0
        Output.write(
            "\r\u{1b}[K\(done) of \(total), \(Int(rate)) a second, \(left / 60) min \(left % 60) s left",
            to: STDERR_FILENO)
    }

    func end() { if isShown { Output.write("\r\u{1b}[K", to: STDERR_FILENO) } }
}
