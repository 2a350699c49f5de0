"""What addresses of mail tell of firms: nothing at a provider for everybody, and never a name by themselves. Pure."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"[<(\[]?(?:mailto:)?[\w.+'-]+@[\w-]+(?:\.[\w-]+)+[>)\]]?", re.IGNORECASE)
_TRIM = " \t,.;:|/–—<>()[]-"
_SHARED = frozenset({"co", "com", "org", "net", "ac", "gov"})
_PROVIDERS = frozenset(
    label
    for line in (
        "gmail googlemail outlook hotmail live msn yahoo ymail rocketmail aol icloud proton protonmail mail gmx zoho",
        "zohomail yandex rediffmail rediff fastmail tutanota tuta hushmail juno netzero earthlink sbcglobal bellsouth",
        "btinternet qq naver hanmail laposte libero freenet",
    )
    for label in line.split()
)
_DOMAINS = frozenset(
    domain
    for line in (
        "me.com mac.com pm.me hey.com email.com usa.com consultant.com engineer.com inbox.com comcast.net verizon.net",
        "att.net cox.net charter.net optonline.net web.de t-online.de free.fr orange.fr wanadoo.fr sky.com 163.com",
        "126.com",
    )
    for domain in line.split()
)
"""Of providers that are firms by the same name elsewhere, or share it with some."""


def without_address(name: str) -> str:
    """A name without the addresses in it: "Acme (jobs@acme.example)" is Acme, and an address alone nobody."""
    return " ".join(_ADDRESS.sub(" ", name).split()).strip(_TRIM) if "@" in name else name


def firm_label(domain: str) -> str:
    """The label of a domain that is somebody's own: "acme" of acme.co.uk; empty at a provider for everybody."""
    labels = domain.lower().split(".")
    label = labels[-3] if len(labels) > 2 and labels[-2] in _SHARED else labels[-2]
    return "" if label in _PROVIDERS or ".".join(labels[-2:]) in _DOMAINS else label
