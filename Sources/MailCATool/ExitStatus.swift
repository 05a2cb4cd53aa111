import MailCA

/// The numbers that a command ends with: 0, 1 for findings, else the mail world's own (`sysexits.h`).
enum ExitStatus {
    static func of(_ code: MailCAError.Code) -> Int32 {
        switch code {
        case .invalidParameters, .passphraseNeeded: 64
        case .invalidName, .invalidRequest, .damaged: 65
        case .notFound, .keyNotHere: 66
        case .serviceUnavailable: 69
        case .internalFault: 70
        case .alreadyExists: 73
        case .noSpace, .inputOutput: 74
        case .busy, .tooEarly: 75
        case .notPermitted, .wrongPassphrase, .permissionDenied: 77
        case .ledgerIsNewer: 78
        }
    }

    static let help = """
        Exit status:
          0  done, or nothing wrong     1  verify or audit found errors
          64 wrong usage                65 bad name, or damaged file
          66 something is not there     69 a mail server does not answer
          70 a fault of mailca's own    73 it exists already
          74 disk full, or broken       75 in use, try later
          77 not permitted, or wrong passphrase
          78 made by a later version
        """
}
