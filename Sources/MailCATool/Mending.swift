import Glibc
import MailCA
import MailLayouts
import MailVerify
import SystemPackage

/// `mailca verify --fix`: shows what would be mended, asks, and mends it.
struct Mending {
    private let choice: FindingOptions
    private let common: CommonOptions
    private let workplace: Workplace?

    init(_ choice: FindingOptions, _ common: CommonOptions, _ workplace: Workplace?) {
        self.choice = choice
        self.common = common
        self.workplace = workplace
    }

    /// - Parameters:
    ///   - targets: of which directories are mended; without any, the usual ones.
    ///   - ignored: what is as it is on purpose.
    /// - Returns: what was mended; in a dry run what would be; nothing where the answer was no.
    /// - Throws: `MailCAError` where something could not be, and where there is nobody to ask.
    func mend(
        _ targets: [String], _ verifier: Verifier, leaving ignored: [Finding]
    ) throws(MailCAError) -> [RepairPlan.Step] {
        let untouched = Set(ignored.map(\.subject))
        var plans: [RepairPlan] = []
        for target in targets.isEmpty ? [common.certsDirectory.string] : targets where !MailService.isURL(target) {
            let directory = FileContent.absolute(FilePath(target))
            guard FileStatus(directory, following: true)?.isDirectory == true else { continue }
            plans.append(try verifier.repair(of: directory, leaving: untouched))
        }
        if targets.isEmpty, let home = workplace?.home {
            plans += try verifier.repair(of: home, leaving: untouched)
        }
        plans.removeAll(where: \.steps.isEmpty)
        let steps = plans.flatMap(\.steps)
        guard !steps.isEmpty else {
            Messages.note("there is nothing that --fix could mend")
            return []
        }
        show(steps)
        guard !common.dryRun else { return steps }
        guard try isWanted(steps.count) else {
            Messages.note("nothing was mended")
            return []
        }
        for plan in plans {
            let changed = try plan.apply()
            try tellServers(of: plan.directory, changed)
        }
        return steps
    }

    private func show(_ steps: [RepairPlan.Step]) {
        guard !common.json && !common.quiet else { return }
        let lines = steps.map { "  \($0.path.string.shown): \($0.before.shown) becomes \($0.after.shown)\n" }
        Output.write("\(common.dryRun ? "Would be mended" : "To be mended"):\n\(lines.joined())\n")
    }

    private func isWanted(_ count: Int) throws(MailCAError) -> Bool {
        if choice.yes { return true }
        guard !common.json && !common.quiet, let terminal = Terminal() else {
            throw MailCAError(
                .invalidParameters, "--fix changes nothing before somebody has seen the plan and said yes",
                hint: "Look at it with --dry-run, then give --yes.")
        }
        return terminal.confirms("Mend \(count == 1 ? "it" : "these \(count)")?")
    }

    /// Servers that are told of their files are told of these.
    private func tellServers(of directory: FilePath, _ changed: Set<String>) throws(MailCAError) {
        guard let deployment = try workplace?.ledger.deployments().first(where: { $0.directory == directory.string }),
            deployment.reload
        else { return }
        try DeployedDirectory(deployment).tellServers(changed: changed)
    }
}
