"""Who sent a mail, about what, and what it is recognised by. Never fails, whatever the head holds. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import parseaddr

LONGEST_SUBJECT = 500
LONGEST_SENDER = 255
MOST_HEAD = 64 * 1024
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class MailHead:
    """Of a mail; `key` stays the same whatever number the server gives it."""

    subject: str
    sender: str
    key: bytes


def head_of(raw: bytes) -> MailHead:
    """The head of a mail. A Message-ID alone does not make a mail the same: anybody may repeat one."""
    head = raw[:MOST_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    subject, sender, named = "", "", []
    try:
        fields = BytesHeaderParser(policy=default).parsebytes(head + b"\n\n")
        subject, sender = _text(fields.get("Subject")), parseaddr(_text(fields.get("From")))[1]
        named = [_text(fields.get(name)) for name in ("Message-ID", "Date", "From", "Subject")]
    except (ArithmeticError, AssertionError, AttributeError, LookupError, MessageError, TypeError, ValueError):
        named = []  # it does not follow the rules of mail; its bytes tell it from others
    content = "\x1f".join(named).encode() if named and named[0] else raw
    return MailHead(subject[:LONGEST_SUBJECT], sender[:LONGEST_SENDER], hashlib.sha256(content).digest())


def _text(value: object) -> str:
    text = "" if value is None else str(value)
    return _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode()).strip()
