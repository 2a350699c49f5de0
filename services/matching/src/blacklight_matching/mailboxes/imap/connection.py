"""An IMAP connection that trusts nobody: bounded in time and size, to an address that was checked (RFC 3501, 4616,
XOAUTH2 as Google and Microsoft document it).

What goes wrong leaves as MailFailure with our own words; what servers say may hold addresses and stays here.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blacklight_matching.mailboxes.endpoints import Endpoint, HostRule, resolve
from blacklight_matching.mailboxes.imap.folder import Folder
from blacklight_matching.mailboxes.imap.signing_in import SignIn, authentication_failure
from blacklight_matching.mailboxes.states import FailureKind, MailFailure

ANSWER_SECONDS = 30.0
MOST_LITERAL = 16 * 1024 * 1024
MOST_LINE = 8 * 1024 * 1024
"""Long enough for the numbers of a million mails."""


class _Connection(imaplib.IMAP4):
    """imaplib's client, connected to an address that was chosen before, with bounds on what it reads."""

    def __init__(self, endpoint: Endpoint, address: str, context: ssl.SSLContext) -> None:
        self._endpoint = endpoint
        self._address = address
        self._context = context
        super().__init__(endpoint.host, endpoint.port, timeout=ANSWER_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        made = socket.create_connection((self._address, self._endpoint.port), timeout)
        if self._endpoint.security != "TLS":
            return made
        try:
            return self._context.wrap_socket(made, server_hostname=self._endpoint.host)
        except OSError:
            made.close()
            raise

    def read(self, size: int) -> bytes:
        """Reads a literal. Raises abort for one that is longer than any that we ask for."""
        if size > MOST_LITERAL:
            raise self.abort("a literal is too long")
        return super().read(size)

    def readline(self) -> bytes:
        """Reads a line. Raises abort for one without end."""
        line = bytes(self.file.readline(MOST_LINE + 1))  # type: ignore[arg-type]
        if len(line) > MOST_LINE:
            raise self.abort("a line is too long")
        return line


@contextmanager
def opened(
    endpoint: Endpoint, sign_in: SignIn, folder: str, rule: HostRule, ca_file: Path | None = None
) -> Iterator[Folder]:
    """The folder, open for reading only, until the end. Raises MailFailure."""
    with _failures():
        connection = _connect(endpoint, rule, ca_file)
    try:
        with _failures():
            _sign_in(connection, sign_in)
            chosen = _select(connection, folder)
        with _failures():
            yield chosen
    finally:
        _leave(connection)


def try_sign_in(endpoint: Endpoint, sign_in: SignIn, folder: str, rule: HostRule, ca_file: Path | None) -> None:
    """Signs in and opens the folder, to know that it can be done. Raises MailFailure."""
    with opened(endpoint, sign_in, folder, rule, ca_file):
        pass


def _connect(endpoint: Endpoint, rule: HostRule, ca_file: Path | None) -> _Connection:
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    connection = _Connection(endpoint, resolve(endpoint, rule), context)
    if endpoint.security == "STARTTLS":
        try:
            connection.starttls(context)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise MailFailure(FailureKind.PROVIDER, "the server offers no TLS") from error
    return connection


def _sign_in(connection: imaplib.IMAP4, sign_in: SignIn) -> None:
    try:
        connection.authenticate(sign_in.mechanism, sign_in.answer)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise authentication_failure(str(error)) from None


def _select(connection: imaplib.IMAP4, folder: str) -> Folder:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    try:
        answer, _ = connection.select(f'"{escaped}"', readonly=True)
    except UnicodeEncodeError as error:
        raise MailFailure(FailureKind.FOLDER, "the folder's name must be written in modified UTF-7") from error
    if answer != "OK":
        raise MailFailure(FailureKind.FOLDER, "the folder does not open")
    validity = connection.untagged_responses.get("UIDVALIDITY") or [b""]
    found = re.fullmatch(rb"\d{1,10}", validity[-1] if isinstance(validity[-1], bytes) else b"")
    if found is None:
        raise MailFailure(FailureKind.PROVIDER, "the server does not say how it numbers its mails")
    return Folder(connection, int(found.group()))


def _leave(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (imaplib.IMAP4.error, OSError):
        connection.shutdown()  # it is gone already


@contextmanager
def _failures() -> Iterator[None]:
    """Every way in which a connection fails, as MailFailure."""
    try:
        yield
    except MailFailure:
        raise
    except imaplib.IMAP4.abort as error:
        raise MailFailure(FailureKind.NETWORK, "the connection was cut") from error
    except imaplib.IMAP4.error as error:
        raise MailFailure(FailureKind.PROVIDER, "the server does not answer as agreed") from error
    except ssl.SSLCertVerificationError as error:
        raise MailFailure(FailureKind.NETWORK, "the server's certificate is not trusted") from error
    except (OSError, EOFError) as error:
        raise MailFailure(FailureKind.NETWORK, "the server does not answer") from error
