import OpenSSLKit

extension SelfSignedCommand {
    /// The commonest call, `self-signed HOST... [--certs DIR]`, read without the parser, which takes as long as making
    /// the key does.
    /// - Parameter arguments: those after the program's name.
    /// - Returns: nil for every other call, and for one that is not right: the parser says why.
    init?(plain arguments: ArraySlice<String>) {
        var rest = arguments
        guard rest.popFirst() == "self-signed" else { return nil }
        var hosts: [String] = []
        var certs: String?
        while let argument = rest.popFirst() {
            if argument == "--certs", certs == nil, let path = rest.popFirst(), !path.hasPrefix("-") {
                certs = path
            } else if !argument.hasPrefix("-") {
                hosts.append(argument)
            } else {
                return nil
            }
        }
        var common = CommonOptions()
        (common.home, common.certs) = (nil, certs)
        (common.json, common.dryRun, common.quiet) = (false, false, false)
        guard (try? common.validate()) != nil else { return nil }
        self.init()
        (self.hosts, self.days, self.key, self.force) = (hosts, nil, .ecP256, false)
        self.common = common
    }
}
