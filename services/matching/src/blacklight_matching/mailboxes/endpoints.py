"""Where a mailbox is, and whom we connect to: presets of providers, and only public addresses. Pure but for names.

Whoever names a host must not make us knock at doors inside our own network (server-side request forgery): the name is
resolved once, every address it leads to must be public, and the connection goes to the very address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from blacklight_matching.mailboxes.states import FailureKind, MailFailure

PORTS = {"TLS": 993, "STARTTLS": 143, "PLAIN": 143}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An IMAP server: `security` is TLS, STARTTLS or PLAIN."""

    host: str
    port: int
    security: str


@dataclass(frozen=True, slots=True)
class HostRule:
    """What a deployment allows.

    Attributes:
        allow_private: whether hosts may lie in private networks.
        allow_plain: whether a connection without TLS may leave this machine.
    """

    allow_private: bool = False
    allow_plain: bool = False


PRESETS = {
    "GMAIL": Endpoint("imap.gmail.com", 993, "TLS"),
    "OUTLOOK": Endpoint("outlook.office365.com", 993, "TLS"),
}


def resolve(endpoint: Endpoint, rule: HostRule) -> str:
    """The address to connect to. Raises MailFailure (ADDRESS, NETWORK)."""
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise MailFailure(FailureKind.NETWORK, "the host's name is not known") from error
    addresses = [str(each[4][0]) for each in found]
    for address in addresses:
        check_address(address, endpoint.security, rule)
    return addresses[0]


def check_address(address: str, security: str, rule: HostRule) -> None:
    """Raises MailFailure (ADDRESS) unless the rule allows a connection to the address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    if not rule.allow_private and not _public(mapped):
        raise MailFailure(FailureKind.ADDRESS, "the host's name leads to an address that is not public")
    if security == "PLAIN" and not (rule.allow_plain or mapped.is_loopback):
        raise MailFailure(FailureKind.ADDRESS, "without TLS only this machine itself is connected to")


def _public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_link_local)
