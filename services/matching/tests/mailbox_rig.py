"""The parts of mailboxes on a fresh database, beside a real IMAP server and a real authorisation server."""

from __future__ import annotations

import threading
from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from blacklight_matching.mailboxes.connecting.service import MailboxConnecting
from blacklight_matching.mailboxes.endpoints import Endpoint, HostRule
from blacklight_matching.mailboxes.forgetting.service import MailForgetting
from blacklight_matching.mailboxes.outcomes.service import MailOutcomes
from blacklight_matching.mailboxes.rules import MailRules, OAuthProvider
from blacklight_matching.mailboxes.service import Mailboxes
from blacklight_matching.mailboxes.signing.service import MailboxSigning
from blacklight_matching.mailboxes.syncing.service import Fetched, MailboxSync
from blacklight_matching.mailboxes.views import MailboxDraft, MailboxView, MessageView
from blacklight_servicekit.caller import Caller
from cryptography.fernet import Fernet
from google.protobuf.struct_pb2 import Struct
from sqlalchemy import text

from services.matching.tests.authorization_server import CLIENT_ID, CLIENT_SECRET
from services.matching.tests.mail_server import PASSWORD, MailServer

REDIRECT = "https://blacklight.example/v1/mailboxes/signIn:receive"


def a_mail(number: int | str, *, subject: str = "", body: str = "", sender: str = "", **headers: str) -> bytes:
    """A vendor's mail about a job like no other, unless subject and body are given."""
    mail = EmailMessage()
    mail["From"] = sender or f"Dana Field <dana@northgate{number}.example>"
    mail["To"] = "bench@agency.example"
    mail["Subject"] = subject or f"Java Developer {number} - Dallas, TX"
    mail["Date"] = "Mon, 02 Mar 2026 08:30:00 +0000"
    mail["Message-ID"] = f"<{number}@northgate.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body or _BODY.format(number=number))
    return mail.as_bytes()


_BODY = """Hi,

Please let me know if you have someone for this opening.

Job Title: Java Developer
Client: Company {number}
Location: Dallas, TX (onsite)
Duration: 12 months, C2C
Rate: $65/hr

We need a Java developer number {number} with 8 years of Java, Spring Boot and SQL for a billing system.

Thanks,
Dana Field
Northgate Staffing
"""


class MailRig:
    """Mailboxes as `app.build` wires them."""

    def __init__(self, matching: Any, server: MailServer, authorization: str = "") -> None:
        self.database, self.clock, self.server = matching.database, matching.clock, server
        self.matching = matching
        imap = Endpoint(server.host, server.port, "TLS")
        provider = OAuthProvider(
            f"{authorization}/authorize",
            f"{authorization}/token",
            f"{authorization}/revoke",
            "imap",
            imap,
            CLIENT_ID,
            CLIENT_SECRET,
        )
        self.rules = MailRules(
            hosts=HostRule(allow_private=True),
            ca_file=server.ca_file,
            redirect_url=REDIRECT,
            providers={"GMAIL": provider} if authorization else {},
        )
        self.keys = [Fernet.generate_key().decode()]
        self.signing = MailboxSigning(self.database, self.clock, self.keys, self.rules)
        self.forgetting = MailForgetting(self.database, self.clock, self.rules)
        self.mailboxes = Mailboxes(self.database, self.clock, self.signing, self.rules, self.forgetting)
        self.connecting = MailboxConnecting(self.database, self.clock, self.signing, self.rules, self.mailboxes)
        self.outcome = MailOutcomes(self.database, self.clock)
        self.sync = self.new_sync()

    def new_sync(self) -> MailboxSync:
        """A worker's own, with a breaker that knows nothing yet."""
        return MailboxSync(self.database, self.clock, self.signing, self.matching.importing, self.rules)

    def connect(self, caller: Caller, address: str, *, port: int = 0, **changed: Any) -> MailboxView:
        """Connects a mailbox by password."""
        password = changed.pop("password", PASSWORD)
        draft = MailboxDraft("Work", address, "IMAP", self.server.host, port or self.server.port, "TLS", "INBOX", 15)
        made: list[MailboxView] = []

        def keep(view: MailboxView) -> Struct:
            made.append(view)
            return Struct()

        self.connecting.create(
            caller,
            replace(draft, **changed),
            password,
            request_id="",
            request=Struct(),
            answer=Struct,
            encode=keep,
        )
        return made[0]

    def read(self, caller: Caller, mailbox_id: UUID) -> Fetched:
        """What the workflow does in one round: fetches page after page, reads what was stored."""
        while True:
            fetched = self.sync.fetch_page(caller, mailbox_id)
            while self.sync.read_page(caller, mailbox_id):
                pass
            if not fetched.more:
                return fetched

    def messages(self, caller: Caller, mailbox_id: UUID, state: str = "") -> list[MessageView]:
        """Every mail on record, in the order they were stored."""
        found: list[MessageView] = []
        token = ""
        while True:
            page, token = self.outcome.list_messages(caller, mailbox_id, page_size=200, page_token=token, state=state)
            found += page
            if not token:
                return found[::-1]

    def outcomes(self, caller: Caller, mailbox_id: UUID) -> dict[str, str]:
        """State of each mail by subject."""
        return {mail.subject: mail.state for mail in self.messages(caller, mailbox_id)}

    def cursor(self, caller: Caller, mailbox_id: UUID) -> int:
        """How far the mailbox is read."""
        with self.database.transaction(caller.tenant) as session:
            query = text("SELECT last_uid FROM mailboxes WHERE mailbox_id = :id")
            return int(session.execute(query, {"id": mailbox_id}).scalar_one())

    def postings(self, caller: Caller) -> list[Any]:
        """The tenant's postings from mail."""
        with self.database.transaction(caller.tenant) as session:
            query = "SELECT * FROM postings WHERE origin = 'MAIL' AND tenant_id = :tenant ORDER BY posting_id"
            return list(session.execute(text(query), {"tenant": caller.tenant}).all())

    def notices(self, caller: Caller) -> list[str]:
        """Kinds of the notices that the caller has not dismissed."""
        page, _ = self.outcome.list_notices(caller, page_size=50, page_token="")
        return [notice.kind for notice in page]

    def run(self, sql: str, caller: Caller, **values: object) -> None:
        """Changes rows behind the service's back."""
        with self.database.transaction(caller.tenant) as session:
            session.execute(text(sql), values)


def in_threads(count: int, work: Any) -> list[BaseException]:
    """Runs the work in so many threads at once; what they raised."""
    raised: list[BaseException] = []
    together = threading.Barrier(count)

    def one(number: int) -> None:
        together.wait()
        try:
            work(number)
        except Exception as error:  # noqa: BLE001 - given to the test
            raised.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
