import MailCA
import MailLayouts
import SystemPackage

/// What a deployment is to be, as the command says and as it was.
extension DeployCommand {
    /// What changes in the servers' configuration, where that was asked for.
    func configurations(
        _ deployment: Deployment, _ workplace: Workplace
    ) throws(MailCAError) -> [ConfigurationSwitch] {
        guard applyConfig else { return [] }
        return try servers.map { (server) throws(MailCAError) in
            try ConfigurationSwitch.configuring(
                server, request(of: deployment, server), directory: deployment.directory, in: ConfigurationPlaces(),
                workplace.ledger, now: workplace.authority.now, isDry: common.dryRun)
        }
    }

    /// What is to be remembered: what was, with what the command says.
    func wanted(_ workplace: Workplace) throws(MailCAError) -> Deployment {
        let path = prefix.map { FilePath($0).pushing(FilePath(root: nil, common.certsDirectory.components)) }
        let directory = FileContent.absolute(path ?? common.certsDirectory).string
        var deployment =
            try workplace.ledger.deployments().first { $0.directory == directory }
            ?? Deployment(directory: directory)
        for server in servers {
            let known = deployment.servers.first { $0.name == server.rawValue }
            let isListed = relay.map { $0 == .listed } ?? known?.isListed ?? false
            deployment.servers.removeAll { $0.name == server.rawValue }
            let mapType = server == .postfix ? try mapTypeChosen(before: known?.mapType) : .hash
            deployment.servers.append(
                .init(
                    name: server.rawValue, isListed: isListed, mapType: mapType == .hash ? nil : mapType.rawValue))
        }
        deployment.servers.sort { $0.name < $1.name }
        if relay != nil {
            deployment.users = try user.map { (text) throws(MailCAError) in try EmailAddress(text).lookupKey }.sorted()
        }
        if let keyGroup { deployment.keyGroup = keyGroup }
        if reload { deployment.reload = true }
        return deployment
    }

    func lines(
        _ request: (MailServer) throws(MailCAError) -> ConfigurationRequest
    ) throws(MailCAError) -> [DeploymentResult.Lines] {
        try servers.map { (server) throws(MailCAError) in .init(server, try request(server), places) }
    }

    /// Where the servers have their configuration.
    var places: ConfigurationPlaces { ConfigurationPlaces(root: FileContent.absolute(FilePath(prefix ?? "/"))) }

    /// The kind of Postfix's maps.
    /// - Parameter before: what it was in an earlier command.
    func mapTypeChosen(before: String?) throws(MailCAError) -> PostfixMapType {
        try PostfixMapType.chosen(mapType ?? before.flatMap { PostfixMapType(rawValue: $0) }, in: places)
    }

    func request(
        _ relay: RelayRule, sharesKey: Bool, _ mapType: PostfixMapType = .hash
    ) -> ConfigurationRequest {
        ConfigurationRequest(
            certs: common.certsDirectory, policy: purpose, relay: relay, sharesKey: sharesKey, mapType: mapType)
    }

    /// As the deployment has it, also from an earlier command.
    func request(of deployment: Deployment, _ server: MailServer) -> ConfigurationRequest {
        let isListed = deployment.servers.first { $0.name == server.rawValue }?.isListed == true
        return request(
            isListed ? .listed : .all, sharesKey: deployment.keyGroup != nil, DeployedDirectory(deployment).mapType)
    }
}
