"""What Python's cryptography says of certificates, CRLs and PKCS #12 files, for the interop tests.

Exit status: 0 it holds, 1 it does not (stderr says what), 2 wrong usage.
"""

import argparse
import contextlib
import datetime
import hashlib
import io
import ipaddress
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pyasn1.codec.der.decoder import decode
from pyasn1.type import char

SMTP_UTF8_MAILBOX = ObjectIdentifier("1.3.6.1.5.5.7.8.9")


class Finding(Exception):
    """What does not hold."""


def require(condition, message):
    if not condition:
        raise Finding(message)


def certificates(path):
    return x509.load_pem_x509_certificates(Path(path).read_bytes())


def revocation_lists(path):
    end = "-----END X509 CRL-----"
    parts = Path(path).read_text(encoding="ascii").split(end)
    return [x509.load_pem_x509_crl((part + end).encode()) for part in parts[:-1]]


def typed_name(text):
    """The name of a server: an address where it reads as one."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def mailboxes(names):
    """The e-mail addresses among general names, of both kinds."""
    found = [name.value for name in names if isinstance(name, x509.RFC822Name)]
    for name in names:
        if isinstance(name, x509.OtherName) and name.type_id == SMTP_UTF8_MAILBOX:
            value, rest = decode(name.value)
            require(isinstance(value, char.UTF8String) and not rest, "a SmtpUTF8Mailbox must be one UTF8String")
            found.append(bytes(value).decode())
    return found


def policy(arguments):
    return verification.PolicyBuilder().store(verification.Store(certificates(arguments.trust)))


def verify_server(arguments):
    """The default policies are the public web's: what they accept needs no exception anywhere."""
    leaf, *chain = certificates(arguments.chain)
    path = policy(arguments).build_server_verifier(typed_name(arguments.name)).verify(leaf, chain)
    return f"a path of {len(path)} certificates"


def verify_client(arguments):
    leaf, *chain = certificates(arguments.chain)
    found = mailboxes(policy(arguments).build_client_verifier().verify(leaf, chain).subjects)
    require(found == [arguments.address], f"the verified mailboxes are {found}, not {arguments.address}")
    return found[0]


def profile(arguments):
    """Holds the first certificate of a file against the page of profiles."""
    certificate = certificates(arguments.file)[0]
    kind = arguments.kind
    authority = kind in ("root", "issuing")
    key = certificate.public_key()
    extension = {each.value.__class__: each for each in certificate.extensions}

    require(certificate.version == x509.Version.v3, "version 3")
    serial = certificate.serial_number
    require(0 < serial < 1 << 159 and serial.bit_length() > 64, f"serial number of {serial.bit_length()} bits")
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc + datetime.timedelta(seconds=1)
    require(life.seconds == 0, f"the life is not of whole days: {life}")
    require(life.days >= 1 and (authority or life.days <= 825), f"a life of {life.days} days")
    digest = certificate.signature_hash_algorithm
    require(digest is None or digest.name in ("sha256", "sha384", "sha512"), f"signed with {digest and digest.name}")

    constraints = extension[x509.BasicConstraints]
    require(constraints.critical and constraints.value.ca == authority, "basicConstraints")
    usage = extension[x509.KeyUsage]
    allowed = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
               "key_agreement", "key_cert_sign", "crl_sign")
    set_bits = {name for name in allowed if getattr(usage.value, name)}
    wanted = {"key_cert_sign", "crl_sign"} if authority else {"digital_signature"}
    if kind in ("server", "self-signed") and isinstance(key, rsa.RSAPublicKey):
        wanted.add("key_encipherment")
    require(usage.critical and set_bits == wanted, f"keyUsage {sorted(set_bits)}, not {sorted(wanted)}")

    purposes = {"root": None, "issuing": {Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH},
                "server": {Purpose.SERVER_AUTH}, "self-signed": {Purpose.SERVER_AUTH},
                "client": {Purpose.CLIENT_AUTH}}[kind]
    if purposes is None:
        require(x509.ExtendedKeyUsage not in extension, "a root has no extendedKeyUsage")
    else:
        found = set(extension[x509.ExtendedKeyUsage].value)
        require(found == purposes, f"extendedKeyUsage {found}")

    identifier = extension[x509.SubjectKeyIdentifier].value.digest
    bits = decode(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
    require(identifier == hashlib.sha1(bits[0][1].asOctets()).digest(), "the key identifier is not the key's SHA-1")
    issuer = extension[x509.AuthorityKeyIdentifier].value
    require(issuer.authority_cert_serial_number is None, "the authority key identifier has more than the key's")
    self_issued = kind in ("root", "self-signed")
    require((issuer.key_identifier == identifier) == self_issued, "authority key identifier")
    require(x509.NameConstraints not in extension or authority, "name constraints in a leaf")
    if authority:
        name_constraints(extension[x509.NameConstraints], arguments)
        below = 1 if arguments.above_issuing else 0
        require(constraints.value.path_length == below, f"pathlen {constraints.value.path_length}")
    else:
        alternative_names(extension[x509.SubjectAlternativeName].value, certificate, arguments)
    return certificate.subject.rfc4514_string()


def name_constraints(extension, arguments):
    require(extension.critical, "name constraints must be critical")
    permitted = {x509.DNSName(arguments.domain), x509.RFC822Name(arguments.domain),
                 x509.RFC822Name("." + arguments.domain)}
    excluded = set()
    blocks = [ipaddress.ip_network(block) for block in arguments.permit_ip]
    permitted |= {x509.IPAddress(block) for block in blocks}
    for everything in (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")):
        if not any(block.version == everything.version for block in blocks):
            excluded.add(x509.IPAddress(everything))
    found = (set(extension.value.permitted_subtrees or ()), set(extension.value.excluded_subtrees or ()))
    require(found == (permitted, excluded), f"name constraints {found}")


def alternative_names(names, certificate, arguments):
    common = [each.value for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    require(len(certificate.subject) == len(common), f"more than a common name: {certificate.subject}")
    if arguments.kind == "client":
        require(mailboxes(names) == arguments.name and len(names) == 1, f"mailboxes {mailboxes(names)}")
    else:
        require(list(names) == [typed_name(name) for name in arguments.name], f"names {list(names)}")
    # Without a dNSName, OpenSSL and GnuTLS hold the common name against the constraints on host names.
    only_addresses = all(isinstance(name, x509.IPAddress) for name in names)
    wanted = [] if only_addresses else arguments.name[:1]
    require(common == wanted, f"the common names are {common}, not {wanted}")
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    require(extension.critical == (not common), "subjectAltName is critical where the subject is empty, and only there")


def crl(arguments):
    """Each CRL of a file must be that of the authority at the same place of the list."""
    lists = revocation_lists(arguments.file)
    authorities = [certificates(path)[0] for path in arguments.authority]
    require(len(lists) == len(authorities), f"{len(lists)} CRLs, not {len(authorities)}")
    now = datetime.datetime.now(datetime.timezone.utc)
    for each, authority in zip(lists, authorities):
        name = authority.subject.rfc4514_string()
        require(each.issuer == authority.subject, f"{each.issuer.rfc4514_string()} stands where {name} should")
        require(each.is_signature_valid(authority.public_key()), f"the signature is not that of {name}")
        extensions = {type(extension.value) for extension in each.extensions}
        require(extensions == {x509.AuthorityKeyIdentifier, x509.CRLNumber}, f"extensions {extensions}")
        require(each.last_update_utc <= now < each.next_update_utc, f"{name}: not current")
        issuer = each.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        require(issuer == own, f"{name}: authority key identifier")
    serials = {entry.serial_number for each in lists for entry in each}
    if arguments.count is not None:
        require(len(serials) == arguments.count, f"revoked are {len(serials)}, not {arguments.count}")
        return f"{len(lists)} CRLs, {len(serials)} revoked"
    wanted = {certificates(path)[0].serial_number for path in arguments.revoked}
    require(serials == wanted, f"revoked are {serials}, not {wanted}")
    return f"{len(lists)} CRLs, {len(serials)} revoked"


def load_key(arguments):
    """A key file must belong to the first certificate of the other."""
    key = serialization.load_pem_private_key(Path(arguments.key).read_bytes(), None)
    require(key.public_key() == certificates(arguments.chain)[0].public_key(), "key and certificate are no pair")
    return algorithm(key)


def algorithm(key):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.curve.name
    return f"rsa {key.key_size}" if isinstance(key, rsa.RSAPrivateKey) else type(key).__name__


def bundle(arguments):
    """A PKCS #12 file: the key is the certificate's, and the chain leads to the root."""
    password = Path(arguments.password_file).read_bytes().strip()
    content = pkcs12.load_pkcs12(Path(arguments.file).read_bytes(), password)
    require(content.key is not None and content.cert is not None, "no key, or no certificate")
    leaf = content.cert.certificate
    require(content.key.public_key() == leaf.public_key(), "key and certificate are no pair")
    chain = [each.certificate for each in content.additional_certs]
    trusted = policy(arguments).build_client_verifier().verify(leaf, chain)
    require(mailboxes(trusted.subjects) == [arguments.address], f"mailboxes {mailboxes(trusted.subjects)}")
    return f"{algorithm(content.key)}, {len(chain)} further certificates"


def lint(arguments):
    """Asks pkilint; the least warning counts. The linters' own commands, in one process: they are slow to load."""
    from pkilint.bin import lint_crl, lint_pkix_cert, lint_pkix_signer_signee_cert_chain

    level = ["lint", "--severity", "WARNING"]
    runs = []
    with tempfile.TemporaryDirectory() as folder:

        def store(thing):
            """A file for one object: what follows the first in a chain would be taken for garbage."""
            path = Path(folder, str(len(list(Path(folder).iterdir()))))
            path.write_bytes(thing.public_bytes(serialization.Encoding.DER))
            return str(path)

        for path in arguments.certificate:
            runs.append((path, lint_pkix_cert.main, level + [store(certificates(path)[0])]))
        for path in arguments.crl:
            for each in revocation_lists(path):
                kind = ["--type", "CRL", "--profile", "PKIX"]
                runs.append((path, lint_crl.main, level + kind + [store(each)]))
        for pair in arguments.link:
            files = [store(certificates(path)[0]) for path in pair]
            runs.append((" -> ".join(pair), lint_pkix_signer_signee_cert_chain.main, level + files))
        for subject, main_of, words in runs:
            with contextlib.redirect_stdout(io.StringIO()) as said:
                status = main_of(words)
            require(status == 0, f"{subject}: {said.getvalue()}")
    require(runs, "nothing to lint")
    return f"{len(runs)} without a warning"


def serve(arguments):
    """Runs a TLS client against a server with this certificate; its status decides, and the server's own handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments.chain, arguments.key)
    if arguments.clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(arguments.clients)
    listener = socket.create_server(("127.0.0.1", 0))
    outcome = []

    def answer():
        connection, _ = listener.accept()
        connection.settimeout(20)
        try:
            with context.wrap_socket(connection, server_side=True) as session:
                peer = session.getpeercert() if arguments.clients else None
                outcome.append(None)
                if peer:
                    print("the client is", dict(pair for part in peer["subject"] for pair in part)["commonName"])
                session.sendall(b"220 ready\r\n")
                session.recv(1)
        except OSError as error:
            # A client that has seen enough hangs up; only a failed handshake counts.
            if not outcome:
                outcome.append(error)

    server = threading.Thread(target=answer, daemon=True)
    server.start()
    command = [word.replace("{port}", str(listener.getsockname()[1])) for word in arguments.command]
    client = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    server.join(5)
    print(client.stdout.decode(errors="replace"), client.stderr.decode(errors="replace"))
    require(client.returncode == 0, f"{command[0]} ended with {client.returncode}")
    require(outcome == [None], f"the server's handshake: {outcome}")
    return "connected"


def parse():
    parser = argparse.ArgumentParser(prog="check.py", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, run, *required):
        added = commands.add_parser(name, help=(run.__doc__ or "").splitlines()[0] if run.__doc__ else None)
        added.set_defaults(run=run)
        for option in required:
            added.add_argument("--" + option, required=True)
        return added

    command("verify-server", verify_server, "trust", "chain", "name")
    command("verify-client", verify_client, "trust", "chain", "address")
    command("key", load_key, "chain", "key")
    command("pkcs12", bundle, "trust", "address", "password-file", "file")
    added = command("profile", profile, "file")
    added.add_argument("--kind", required=True, choices=["root", "issuing", "server", "client", "self-signed"])
    added.add_argument("--name", action="append", default=[])
    added.add_argument("--domain")
    added.add_argument("--permit-ip", action="append", default=[])
    added.add_argument("--above-issuing", action="store_true")
    added = command("crl", crl, "file")
    added.add_argument("--authority", action="append", default=[])
    added.add_argument("--revoked", action="append", default=[])
    added.add_argument("--count", type=int)
    added = command("lint", lint)
    for option in ("certificate", "crl"):
        added.add_argument("--" + option, action="append", default=[])
    added.add_argument("--link", nargs=2, metavar=("ISSUER", "SUBJECT"), action="append", default=[])
    added = command("serve", serve, "chain", "key")
    added.add_argument("--clients")
    added.add_argument("command", nargs="+")
    return parser.parse_args()


def main():
    arguments = parse()
    try:
        print(arguments.run(arguments))
    except (Finding, verification.VerificationError, x509.ExtensionNotFound, KeyError, ValueError, OSError,
            subprocess.TimeoutExpired) as error:
        print(f"check.py: error: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
