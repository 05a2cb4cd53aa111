import Foundation
import MailCA
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("What the system refuses")
struct SystemErrorsTests {
    @Test(
        "Each refusal has its code, and names what failed and on which path",
        arguments: [
            (ENOSPC, MailCAError.Code.noSpace, "could not write /a: the disk is full"),
            (EDQUOT, .noSpace, "could not write /a: the disk is full"),
            (EACCES, .permissionDenied, "could not write /a: Permission denied"),
            (EPERM, .permissionDenied, "could not write /a: Operation not permitted"),
            (EROFS, .permissionDenied, "could not write /a: Read-only file system"),
            (ENOENT, .notFound, "could not write /a: No such file or directory"),
            (ENOTDIR, .notFound, "could not write /a: Not a directory"),
            (EIO, .inputOutput, "could not write /a: Input/output error"),
            (EISDIR, .inputOutput, "could not write /a: Is a directory"),
        ])
    func codes(number: Int32, code: MailCAError.Code, message: String) {
        let error = systemError("write", "/a", number: number)
        #expect(error.code == code)
        #expect(error.message == message)
        #expect(error.cause as? Errno == Errno(rawValue: number))
    }

    @Test("Who has no room or no right is told what to do", arguments: [ENOSPC, EDQUOT, EACCES, EROFS, ENOENT])
    func hints(number: Int32) { #expect(systemError("write", "/a", number: number).hint?.isEmpty == false) }
}
