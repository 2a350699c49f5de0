"""For whom the sender of a mail works: as it says of itself, by its signature, by its address. Pure."""

from __future__ import annotations

import re
from email.utils import parseaddr

from blacklight_matching.mailboxes.reading.addresses import firm_label

_W = r"[A-Z0-9&](?:[\w'’&+-]|\.(?=\w))*"
_NAME = rf"(?P<name>{_W}(?:\s(?:(?:of|and|&|the)\s)?{_W}){{0,4}}(?:,? (?:Inc|LLC|Ltd|Corp|LLP)\b\.?)?)"
_INTRODUCES = re.compile(
    rf"\b(?:(?i:(?:this is|my name is|i am|i'm|i’m|it's|name's)\s+[^.\n]{{2,70}}?(?:\s+(?:with|from|at|of|for|"
    rf"here at)|,))"
    rf"|(?i:(?:recruit\w+|talent\w*|staffing|sourc\w+|consultant|specialist|manager|executive|lead|work|working|"
    rf"reaching out|"
    rf"writing|calling|partner)\s+(?:with|from|at|for|on behalf of)|on behalf of|here at|we at|i represent))\s+"
    rf"(?!(?i:the|a|an|our|my|one|this|client)\b){_NAME}"
)
_NAMED = re.compile(_NAME)
_FIRM = re.compile(
    r"\b(?:inc|llc|ltd|corp(?:oration)?|llp|technolog(?:y|ies)|solutions|consulting|consultants|consultancy|staffing|"
    r"systems|group|services|partners|talent|labs|global|infotech|software|softech|resources|recruit(?:ing|ment)|"
    r"associates|networks|it|tech|search|workforce|digital|analytics|infosystems|people|collective)\b\.?",
    re.IGNORECASE,
)
_NOT_A_FIRM = re.compile(
    r"@|https?:|www\.|\d{3}|^\s*(?:sr|senior|lead|technical|it|us it|principal|associate)?\.?\s*(?:technical |it |"
    r"talent |"
    r"resource |account |delivery |client )*(?:recruiter|manager|specialist|executive|consultant|acquisition|"
    r"partner|sourcer|"
    r"director|lead|coordinator|head)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^(?:team|the|my|get|join|go|hire|work|jobs|careers|with)(?=\w{5})")
_EMAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_TRIM = " ,.;:|-–—*_"


def vendor_of(opening: str, signature: str, sender: str) -> str:
    """The firm, or empty. What fits the sender's address is believed first, whoever says it."""
    domains = _domains(f"{sender}\n{signature}")
    said = [match["name"].strip(_TRIM) for match in _INTRODUCES.finditer(opening[:2000])]
    signed = [piece for line in signature.split("\n")[:10] for piece in _pieces(line)]
    display = parseaddr(sender)[0]
    shown = [piece for piece in re.split(r"\s+(?:at|from|@|-|–|\|)\s+|\(|\)|,", display)[1:] if piece.strip()]
    named = [match["name"].strip(_TRIM) for match in _NAMED.finditer(opening[:3000])]
    for name in (*said, *signed, *shown, *named):
        if any(_fits(name, domain) for domain in domains):
            return name.strip(_TRIM)
    firms = [piece for piece in signed if _FIRM.search(piece) and not _NOT_A_FIRM.search(piece)]
    found = next(iter([*said, *firms]), "")
    return found or next((domain.capitalize() for domain in domains), "")


def _pieces(line: str) -> list[str]:
    pieces = re.split(
        r"\s*[|•·]\s*|\s{2,}|\s+[-–—]\s+|,\s+(?!(?:Inc|LLC|Ltd|Corp|LLP)\b)|\bat\s+|@\s+", line.strip(_TRIM + "[]<>")
    )
    return [piece.strip(_TRIM) for piece in pieces if 2 < len(piece.strip(_TRIM)) <= 60 and "@" not in piece]


def _domains(text: str) -> list[str]:
    """The telling labels of the addresses' domains, those of public providers left out."""
    names = [firm_label(domain) for domain in _EMAIL.findall(text)]
    return list(dict.fromkeys(filter(None, names)))


def _fits(name: str, domain: str) -> bool:
    """Whether a domain is made of a name: "Bright Path Staffing LLC" and brightpath, bpstaffing, teambrightpath."""
    if "." in name and "@" not in name and " " not in name.strip():
        return False
    words = re.findall(r"[a-z0-9]+", name.casefold().replace("&", " and "))
    words = [word for word in words if word not in ("inc", "llc", "ltd", "corp", "llp", "the")]
    if not words:
        return False
    squeezed, label = "".join(words), _BEFORE.sub("", re.sub(r"[^a-z0-9]", "", domain))
    if len(label) < 3:
        return False
    initials = "".join(word[0] for word in words)
    shared = next(
        (n for n, pair in enumerate(zip(squeezed, label, strict=False)) if pair[0] != pair[1]),
        min(len(squeezed), len(label)),
    )
    return shared >= max(5, 0.7 * len(label)) or squeezed == label or (len(words) > 2 and label == initials)
