"""What is tracked shows no secret, no host and nobody's address (F-30)."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from blacklight_testkit.faults import guards

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of a cloud": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b"),
    "a token of a forge or chat": re.compile(r"\bgh[pousr]_\w{36}\b|\bglpat-[\w-]{20}\b|\bxox[abprs]-[\w-]{10,}"),
    "a key of a model's provider": re.compile(r"\bsk-[\w-]{32,}\b"),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "a key of a host": re.compile(r"\bblk_(?!(.)\1+)[\w-]{43}\b"),
    "somebody's folder": re.compile(r"(?<![\w.])/(?:home|Users)/(?!user\b|you\b)\w+/"),
}
PASSWORD = re.compile(r"[a-z]://[^\s/:@\"'{}<>]+:(?!\{|<|\$|pass|secret)[^\s/@\"'{}<>]{6,}@([\w.-]+)")
ADDRESS = re.compile(r"(?<![\w.:/-])(?:\d{1,3}\.){3}\d{1,3}(?![\w.-])")
MAIL = re.compile(r"(?<![\\\w.%+-])[\w.%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b")
HOST = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:internal|corp|lan|intra|local))\b")
RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|org|net|edu|de|co\.uk))?|test|invalid|localhost)$", re.IGNORECASE)
DOCUMENTED = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
MADE_UP_MAIL = {
    "gmail.com": "a recruiter's mailbox in a test of reading contacts",
    "gmail.co": "the same, with a letter missing",
    "mail.com": "an address that a line break cuts in two",
    "onecoolstartup.io": "a made-up advert",
    "r.com": "half an address, of a test of tidying",
    "x.org": "an address of a test of tidying",
    "y.zz": "an address of a domain that does not exist",
}
"""Domains outside the reserved ones that addresses in tests have, and why."""


def findings(text: str) -> Iterator[str]:
    """What a text shows that it must not."""
    for what, pattern in SECRETS.items():
        if pattern.search(text):
            yield what
    yield from (f"a password for {found}" for found in PASSWORD.findall(text) if not RESERVED.search(found))
    yield from (f"the address {found}" for found in ADDRESS.findall(text) if not _harmless(found))
    yield from (f"an address at {found}" for found in MAIL.findall(text) if not _made_up(found))
    yield from (f"the host {found}" for found in HOST.findall(text))


def _harmless(text: str) -> bool:
    """Loopback, no address at all, or one that is reserved for documentation."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return True
    return address.is_loopback or address.is_unspecified or any(address in network for network in DOCUMENTED)


def _made_up(domain: str) -> bool:
    return bool(RESERVED.search(domain)) or domain in MADE_UP_MAIL


def tracked() -> Iterator[tuple[str, str]]:
    """Every text that git tracks, but this one, which plants what it looks for."""
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, cwd=ROOT).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            with contextlib.suppress(UnicodeDecodeError):
                yield name, path.read_text()


@guards(
    "F-30",
    file="CONTRIBUTING.md",
    old="# Contributing\n",
    new="# Contributing\n\nAsk ops@harbour-board.com; the gateway is 10.20.30.40.\n",
)
@guards(
    "F-30",
    file="deploy/setup.sh",
    old="set -eu\n",
    new="set -eu\nexport TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345\n",
)
def test_f30_nothing_tracked_shows_a_secret_a_host_or_an_account() -> None:
    assert [f"{name}: {what}" for name, text in tracked() for what in findings(text)] == []


@pytest.mark.parametrize(
    "planted",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "blk_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6jK9mN2p",
        "postgresql://admin:hunter22@db",
        "http://board.internal/jobs",
        "connect to 10.1.2.3 first",
        "write to jane.roe@harbour.com",
        "in /home/jane/blacklight",
    ],
)
def test_a_planted_one_is_seen(planted: str) -> None:
    assert len(list(findings(planted))) == 1


@pytest.mark.parametrize(
    "harmless",
    [
        "127.0.0.1:5432",
        "0.0.0.0",
        "203.0.113.7",
        "ada@example.com",
        "jobs@acme.example",
        "version 1.2.3.400",
        "blk_" + "x" * 43,
    ],
)
def test_what_is_reserved_for_examples_is_not(harmless: str) -> None:
    assert list(findings(harmless)) == []


def test_every_domain_that_is_let_through_is_still_needed() -> None:
    seen = {domain for _, text in tracked() for domain in MAIL.findall(text)}
    assert set(MADE_UP_MAIL) <= seen
