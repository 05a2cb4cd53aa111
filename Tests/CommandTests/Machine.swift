import Foundation
import Glibc
import TestSupport

/// Another machine's circumstances for one command: its host name, a small or a read-only disk, fewer rights.
/// They work for root and, in a user namespace, for everybody.
enum Machine {
    private static let namespaces =
        geteuid() == 0 ? ["unshare", "--mount"] : ["unshare", "--map-root-user", "--mount"]

    /// What runs a command on a machine of that name, whose resolver knows no other.
    static func named(_ name: String) -> [String] {
        let script = """
            hostname "$1" && mount -t tmpfs none /mnt && : >/mnt/hosts && printf 'hosts: files\\n' >/mnt/nsswitch &&
            mount --bind /mnt/hosts /etc/hosts && mount --bind /mnt/nsswitch /etc/nsswitch.conf && shift && exec "$@"
            """
        return namespaces + ["--uts", "sh", "-c", script, "sh", name]
    }

    /// What runs a command that may do only what the modes of files let their owner do, root or not.
    static let boundByModes =
        geteuid() == 0
        ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"] : []

    /// What runs a command that sees a directory as on a disk mounted read-only.
    static func readOnly(_ directory: String) -> [String] {
        let script = """
            mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"
            """
        return namespaces + ["sh", "-c", script, "sh", directory]
    }

    /// How a command did on a full disk, and once more when there was room again.
    struct FullDisk {
        let outcome: Command.Outcome
        /// What was in the place, on that disk and beside it, before the command and after it.
        let before: Tree
        let after: Tree
        /// What the second run said, and `exit` with its status.
        let again: String
    }

    /// Puts one of a place's directories on a disk of its own, fills that up and runs the command.
    /// - Parameters:
    ///   - directory: `var` with the home in it, `etc` with the certificates, or `users`.
    ///   - free: how much is left, in KiB.
    static func fullDisk(_ directory: String, free: Int, in place: Place, _ arguments: [String]) throws -> FullDisk {
        let results = try TemporaryDirectory()
        let script = """
            place=$1 disk=$1/$2 free=$3 results=$4; shift 4
            mkdir "$results/old" && cp -a "$disk/." "$results/old" || exit 125
            mount -t tmpfs -o size=2m,mode=0755 none "$disk" && cp -a "$results/old/." "$disk" || exit 125
            dd if=/dev/zero of="$disk/filler" bs=4k 2>/dev/null
            truncate -s "-${free}K" "$disk/filler" || exit 125
            keep() { mkdir "$results/$1" && tar -C "$place" --exclude filler -c . | tar -C "$results/$1" -x; }
            keep before
            "$@" </dev/null
            status=$?
            keep after
            rm "$disk/filler"
            "$@" >"$results/again" 2>&1 </dev/null
            echo "exit $?" >>"$results/again"
            exit $status
            """
        let outcome = try Command.run(
            namespaces[0],
            namespaces.dropFirst() + ["sh", "-c", script, "sh", place.path, directory, "\(free)", results.path]
                + ["setsid", "--wait", Command.mailcaPath] + arguments + place.places,
            environment: Place.plain, directory: place.path, package: "util-linux")
        guard outcome.status != 125 else { throw Child.Failed(description: "no small disk: \(outcome.everything)") }
        return FullDisk(
            outcome: outcome, before: Tree(results.file("before")), after: Tree(results.file("after")),
            again: try results.read("again"))
    }
}
