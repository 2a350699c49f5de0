"""Mails that offer no work, told by rules with a reason each; nobody's list of roles decides (P-88). Pure.

Spec 6.13: blocked senders, alerts, digests, newsletters, passwords and the like.
"""

from __future__ import annotations

import re
from email.message import EmailMessage

from blacklight_matching.mailboxes.reading.offers import offers_people

_SENDERS = re.compile(
    r"^(?:[\w.+-]*(?:job-?alerts?|jobs-?listings?|alerts?|digest|newsletters?|news|notifications?|notify|"
    r"mailer-daemon|postmaster|billing|invoices?|receipts?|security|calendar-notification|updates?|surveys?|events?|"
    r"marketing|promotions?|webinars?)[\w.+-]*)@",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(r"^(?:no-?_?reply|do-?_?not-?_?reply)[\w.+-]*@", re.IGNORECASE)
_SUBJECTS = (
    ("BOUNCE", r"^(?:undeliver(?:able|ed)|delivery (?:status|failure)|mail delivery|returned mail|failure notice)"),
    ("AUTO_REPLY", r"^(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office)"),
    ("CALENDAR", r"^(?:invitation|updated invitation|accepted|declined|tentative|canceled event|cancelled event)\s*:"),
    (
        "ACCOUNT_NOTICE",
        r"\b(?:password|verification code|verify your (?:e-?mail|account)|one[- ]time (?:code|password)|"
        r"sign-?in (?:attempt|"
        r"alert)|security alert|your (?:invoice|receipt|order|subscription|statement|payslip|timesheet)|invoice #|"
        r"timesheet (?:reminder|due|approval|submission)|account (?:suspended|locked))\b",
    ),
    (
        "JOB_ALERT",
        r"\b(?:job alerts?|jobs? (?:matching|you may|for you|near you|recommendations?)|(?:\d+|new) (?:\w+ ){0,4}jobs?"
        r"(?: for| in| near| match| posted|\b.{0,30}\bposted)|recommended (?:jobs?|for you)|daily (?:jobs?|digest))\b",
    ),
    (
        "NEWSLETTER",
        r"\b(?:newsletter|weekly digest|digest|round-?up|this week in|webinar|podcast|e-?book|white ?paper|"
        r"register now|salary (?:guide|report)|market (?:report|update)|% off|black friday|survey)\b",
    ),
    (
        "HOTLIST",
        r"\b(?:hot ?list|bench ?(?:list|sales|resources|candidates|consultants)|available (?:consultants?|candidates?|"
        r"resources?|profiles?)|consultants? (?:available|list)|(?:updated|our) (?:bench|hot ?list)|candidates? "
        r"available)\b",
    ),
)
_OWN_PROCESS = re.compile(
    r"\b(?:interview (?:confirmation|scheduled|invitation|reminder)|your application|application (?:received|status)|"
    r"thank you for applying|offer letter|onboarding documents|background check)\b",
    re.IGNORECASE,
)
_HOTLIST_BODY = re.compile(
    r"\b(?:our (?:available|bench|hot ?list)|(?:below|following) (?:is|are) (?:the |our )?(?:list of )?"
    r"(?:available )?(?:consultants|candidates|hot ?list|bench)|(?:consultants?|candidates?) (?:who are )?(?:readily |"
    r"immediately )?available (?:on|for|from)|add me to your (?:vendor|distribution|requirement)|send me your "
    r"(?:c2c )?requirements|(?:if|do) you have any (?:\w+ ){0,3}requirements?|(?:share|send)(?: me|"
    r" us)? (?:your|any) (?:\w+ )?"
    r"requirements?)\b",
    re.IGNORECASE,
)
_COMPILED = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _SUBJECTS)


def refused(message: EmailMessage, subject: str, sender: str) -> str:
    """Why a mail is not read for work, by its head; empty where it is."""
    if str(message.get("Auto-Submitted", "no")).lower().startswith("auto-"):
        return "AUTO_REPLY"
    kind = message.get_content_type()
    if kind == "multipart/report":
        return "BOUNCE"
    if message.get("X-Auto-Response-Suppress") and message.get("In-Reply-To") and not message.get("From"):
        return "AUTO_REPLY"
    plain = re.sub(r"^\s*(?:(?:re|fwd?|fw)\s*:\s*)+", "", subject, flags=re.IGNORECASE)
    for reason, pattern in _COMPILED:
        if pattern.search(plain):
            return reason
    if _OWN_PROCESS.search(plain):
        return "OWN_PROCESS"
    if _SENDERS.match(sender):
        return "SENDER_BLOCKED"
    if _NO_REPLY.match(sender) and message.get("List-Unsubscribe"):
        return "SENDER_BLOCKED"
    return ""


def refused_text(text: str) -> str:
    """Why a text is not read for work; empty where it is."""
    return "HOTLIST" if _HOTLIST_BODY.search(text[:3000]) or offers_people(text) else ""
