"""A real IMAP server for tests: Dovecot on 127.0.0.1, with TLS under a certificate of its own, as whoever runs it.

`apt-get install dovecot-imapd` brings it (also without its service running). Users sign in with a password, or by
XOAUTH2 with a token that `introspection` (an address that ends in `token=`) tells to be good.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from blacklight_local.servers import pick_port
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") or ""
HOW_TO_INSTALL = "dovecot is not installed: apt-get install --no-install-recommends dovecot-imapd"
PASSWORD = "correct horse battery"
START_SECONDS = 30.0
MOST_USERS = 500
"""Made beforehand: a server that runs looks at its users no more than once a second."""
_names = itertools.count(1)

_CONFIG = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{base}/server.pem
ssl_key = <{base}/server.key
auth_mechanisms = plain xoauth2
auth_failure_delay = 0
auth_cache_size = 0
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = {uid}
mail_location = maildir:~/Maildir
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/users
  mechanisms = plain
}}
{oauth}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u
}}
"""
_OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {base}/oauth2.conf
}}
"""
_OAUTH_CONFIG = """
introspection_url = {introspection}
introspection_mode = get
username_attribute = email
active_attribute = active
active_value = true
"""


class MailServer:
    """Dovecot in a folder of its own."""

    def __init__(self, base: Path, introspection: str = "") -> None:
        self.base = base
        self._held = pick_port()
        self.port = self._held.number
        self.host = "localhost"
        self.ca_file = base / "server.pem"
        self._introspection = introspection
        self._users = 0
        self._process: subprocess.Popen[bytes] | None = None
        root = os.geteuid() == 0
        self._owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
        self._internal = ("dovecot", "dovenull", "dovecot") if root else (self._owner.pw_name,) * 2 + (_group(),)

    def start(self) -> None:
        """Starts it and waits until it greets."""
        for name in ("run", "state", "mail"):
            (self.base / name).mkdir(parents=True, exist_ok=True)
        os.chmod(self.base, 0o755)
        os.chmod(self.base / "mail", 0o755)
        make_certificate(self.base)
        users = (f"user{number}@mail.example:{{PLAIN}}{PASSWORD}\n" for number in range(MOST_USERS))
        (self.base / "users").write_text("".join(users))
        oauth = ""
        if self._introspection:
            (self.base / "oauth2.conf").write_text(_OAUTH_CONFIG.format(introspection=self._introspection))
            oauth = _OAUTH.format(base=self.base)
        internal, login, group = self._internal
        config = self.base / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                base=self.base,
                port=self.port,
                internal=internal,
                login=login,
                group=group,
                uid=self._owner.pw_uid,
                gid=self._owner.pw_gid,
                oauth=oauth,
            )
        )
        self._held.let_go()
        self._process = subprocess.Popen([DOVECOT, "-F", "-c", str(config)], start_new_session=True)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        log = self.base / "dovecot.log"
        raise RuntimeError(f"dovecot did not start: {log.read_text() if log.exists() else 'no log'}")

    def stop(self) -> None:
        """Ends it with all its processes."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._held.free()

    def add_user(self) -> str:
        """A user with an empty mailbox, who signs in with PASSWORD; returns the address."""
        self._users += 1
        user = f"user{self._users}@mail.example"
        for folder in ("cur", "new", "tmp"):
            (self._maildir(user) / folder).mkdir(parents=True)
        self._own(self.base / "mail" / user)
        return user

    def deliver(self, user: str, *mails: bytes) -> None:
        """Puts mails into a user's inbox."""
        for mail in mails:
            number = next(_names)
            name = f"{int(time.time())}.M{number:09d}P{os.getpid()}.test"
            made = self._maildir(user) / "tmp" / name
            made.write_bytes(mail)
            if os.geteuid() == 0:
                os.chown(made, self._owner.pw_uid, self._owner.pw_gid)
            made.rename(self._maildir(user) / "new" / name)

    def renumber(self, user: str) -> None:
        """Has the inbox numbered anew, under another UIDVALIDITY, as after a restored backup."""
        maildir = self._maildir(user)
        for path in maildir.glob("dovecot*"):
            path.unlink()
        before = int(time.time()) + next(_names) + 1000
        (maildir / "dovecot-uidvalidity").write_text(f"{before:08x}")
        (maildir / f"dovecot-uidvalidity.{before:08x}").touch()
        self._own(maildir)

    def _maildir(self, user: str) -> Path:
        return self.base / "mail" / user / "Maildir"

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            for each in [path, *path.rglob("*")]:
                os.chown(each, self._owner.pw_uid, self._owner.pw_gid)


def _group() -> str:
    import grp

    return grp.getgrgid(os.getegid()).gr_name


def make_certificate(folder: Path) -> None:
    """A certificate for localhost that is its own authority: `server.pem`, `server.key`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "server.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    os.chmod(folder / "server.key", 0o600)


@contextlib.contextmanager
def running(folder: Path, introspection: str = "") -> Iterator[MailServer]:
    """The server, in a folder of its own below this one, until the end.

    Where Dovecot is missing the test is skipped, but never in CI.
    """
    if not DOVECOT:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO_INSTALL)
        pytest.skip(HOW_TO_INSTALL)
    server = MailServer(Path(tempfile.mkdtemp(prefix="dovecot-", dir=folder)), introspection)
    try:
        server.start()
        yield server
    finally:
        server.stop()


class CuttingProxy:
    """Hands bytes on to a port, and cuts the connection once the server has sent so many of them."""

    def __init__(self, port: int, after: int) -> None:
        self._port = port
        self.after = after
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Accepts no more."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._port))
            threading.Thread(target=self._pump, args=(client, server, -1), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, self.after), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, left: int) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if 0 <= left < len(data):
                    target.sendall(data[:left])
                    break
                target.sendall(data)
                left -= len(data) if left >= 0 else 0
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
