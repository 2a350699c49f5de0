"""What is a job title and what is noise around it: levels, requisition numbers, places, pay, perks.

`clean_title` is for people, `title_core` for vectors and role names. Both are rules over words; nothing is
learned.
"""

from __future__ import annotations

import html
import re
import unicodedata

from blacklight_matching.places import is_place

ROLE_NOUNS = frozenset({
    "developer", "engineer", "analyst", "architect", "administrator", "manager", "consultant", "lead",
    "tester", "specialist", "programmer", "designer", "scientist", "nurse", "accountant", "technician",
    "director", "master", "coordinator", "owner", "officer", "assistant", "associate", "representative",
    "recruiter", "writer", "trainer", "teacher", "modeler", "auditor", "bookkeeper", "clerk",
    "supervisor", "expert", "strategist", "planner", "buyer", "president", "vp", "executive",
    "researcher", "therapist", "physician", "pharmacist", "attorney", "paralegal", "chef", "cook",
    "driver", "electrician", "mechanic", "operator", "support", "head", "counsel", "partner",
    "controller", "developers", "engineers", "analysts", "dba", "sdet", "rn", "lpn", "ba", "qa", "dev",
    "eng", "mgr", "admin",
})  # fmt: skip

LONGEST_TITLE = 500
"""Characters of a raw title that are read (the column holds as many, spec section 2.3)."""

_SHORT_FORMS = {
    "dev": "Developer", "eng": "Engineer", "engr": "Engineer", "mgr": "Manager", "mngr": "Manager",
    "dir": "Director", "vp": "Vice President", "svp": "Senior Vice President", "admin": "Administrator",
    "asst": "Assistant", "assoc": "Associate", "arch": "Architect", "ba": "Business Analyst",
    "bsa": "Business Systems Analyst", "qa": "Quality Assurance", "qc": "Quality Control",
    "bi": "Business Intelligence", "pm": "Project Manager",
    "sdet": "Software Development Engineer in Test", "sde": "Software Development Engineer",
    "swe": "Software Engineer", "dba": "Database Administrator", "rn": "Registered Nurse",
    "lpn": "Licensed Practical Nurse", "cna": "Certified Nursing Assistant", "np": "Nurse Practitioner",
    "sre": "Site Reliability Engineer", "hr": "Human Resources", "ml": "Machine Learning",
    "sw": "Software", "sys": "Systems", "fullstack": "Full Stack", "full-stack": "Full Stack",
    "csr": "Customer Service Representative", "sfdc": "Salesforce", "acct": "Accountant",
    "coord": "Coordinator", "rep": "Representative", "supv": "Supervisor", "prog": "Programmer",
    "frontend": "Front End", "front-end": "Front End", "backend": "Back End", "back-end": "Back End",
}  # fmt: skip

_LEVEL_ANYWHERE = re.compile(
    r"\b(?:sr|snr|senior|jr|junior|entry[- ]level|mid[- ]?level|mid[- ]senior|experienced)\b\.?",
    re.IGNORECASE,
)
_LEVEL_FIRST = re.compile(
    r"^(?:lead|principal|staff(?=\s+(?:\w+\s+)?(?:engineer|developer|software|scientist|architect|designer))|chief"
    r"(?=\s+(?:engineer|architect))|head|associate(?=\s+\w+\s*(?:engineer|developer|analyst|consultant)))\s+"
    r"(?=\S)",
    re.IGNORECASE,
)
_LEVEL_LAST = re.compile(
    r"[\s,-]+(?:I{1,3}|IV|V|VI|[1-5]|L[1-5]|(?:level|tier|grade)\s*(?:[1-5]|I{1,3}|IV|V))$|\s+(?:level|tier)$"
)
_TAG = re.compile(r"<[^<>]{0,500}>")
_CODE = re.compile(
    r"(?:\b(?:req(?:uisition)?|job\s*(?:id|code|number|no)?|ref(?:erence)?|posting)\s*(?:id|no|number|#)?\s*[.:#-]+\s*"
    r"[\w-]*\d[\w-]*)|#\s*\d[\w-]*|\b[A-Za-z]{0,8}\d{4,}[\w-]*|\b(?:BHJOB|JOB|REQ|JR|R)[-_]?\d+[\w-]*",
    re.IGNORECASE,
)
_PAY = re.compile(
    r"(?:up\s*to\s*)?[$€£]\s?\d[\d,.]*\s*k?(?:\s*(?:-|–|to)\s*[$€£]?\s?\d[\d,.]*\s*k?)?\+?"
    r"(?:\s*(?:/|per\s*|an?\s+)\s*(?:hr|hour|yr|year|day|annum|month|week)\b)?",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"\b(?:c2c|corp[- ]to[- ]corp|w-?2|1099|c2h|contract[- ]to[- ]hire|contract(?:ual)?|direct[- ]hire|"
    r"perm(?:anent)?|full[- ]?time|part[- ]?time|temp(?:orary)?(?:[- ]to[- ](?:perm|hire))?|freelance|"
    r"long[- ]term|short[- ]term|"
    r"\d+\s*\+?\s*(?:months?|yrs?|years?|weeks?)(?:\s*(?:contract|exp(?:erience)?))?|locals?(?:\s+only)?|"
    r"no\s+(?:sponsorship|c2c|h1b?s?|third part(?:y|ies))(?:\s+available)?|"
    r"f2f|face[- ]to[- ]face|urgent(?:ly)?|"
    r"immediate(?:ly)?(?:\s+(?:start|need|hire|joiner))?|asap|hot(?:\s+job)?|now\s+hiring|hiring(?:\s+now)?|"
    r"(?:great|excellent|exciting)\s+opportunity|opportunity|opening|multiple\s+(?:openings|positions|locations)|"
    r"sign[- ]on\s+bonus|relocation(?:\s+(?:available|assistance))?|"
    r"(?:1st|2nd|3rd|first|second|third|night|day)\s+shift|"
    r"(?:100\s*%\s*)?(?:fully\s+)?remote(?:\s+(?:ok|work|position|role|job))?|work\s+from\s+home|wfh|hybrid|"
    r"on[- ]?site|telecommute|nationwide|needed|wanted|required|apply\s+now|new)\b|!+|\*+",
    re.IGNORECASE,
)
_SOFT = frozenset({"contract", "temp", "hot", "opening", "new", "required", "perm", "hiring", "opportunity"})
_CONNECTIVES = frozenset(
    [
        "in",
        "at",
        "for",
        "with",
        "w/",
        "and",
        "&",
        "or",
        "the",
        "a",
        "-",
        "–",
        "|",
        ",",
        "of",
        "to",
        "@",
        "/",
        "near",
        "from",
    ]
)
_SPLIT = re.compile(r"\s+[-–—|@•~]+\s+|\s*[|•]\s*|(?<=[a-z)])[-–—]\s+|\s+[-–—](?=[A-Z])|\s*[,;]\s*|:\s+|\s{2,}")
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_WITH = re.compile(r"\s+(?:with|w/|w\\|using|for|in|at|needed|to)\s+.*$|\s+w/\S.*$", re.IGNORECASE)
_SLASH = re.compile(r"\s+/\s*|/\s+|\s+\\\s*|\s+(?:or)\s+")
_GLUED_SLASH = re.compile(r"(?<=[A-Za-z])/(?=[A-Za-z.])")
_LEADING_COUNT = re.compile(r"^(?:\d{1,2}\s+|(?:tier|level)\s*\d\s+)", re.IGNORECASE)
_FILLER = re.compile(r"\b(?:positions?|job|only|role|experience|interviews?)\b\.?$", re.IGNORECASE)
_EDGES = " \t\n-–—|,;:/\\*~_@&"


def clean_title(raw: str) -> str:
    """A title for people: without HTML, requisition numbers, places, contract words and pay; levels are kept.

    `Sr. Java Developer - Dallas, TX - C2C - Req #4711` gives `Sr. Java Developer`. When nothing but noise is
    there, the title comes back as it was, only tidied.
    """
    tidy = tidy_title(raw)
    segments = _segments(_BRACKETS.sub(_keep_telling_brackets, _PAY.sub(" ", tidy)))
    return " - ".join(segments) or tidy


def tidy_title(raw: str) -> str:
    """Without tags, entities, control characters and double blanks; at most 500 characters are read."""
    text = unicodedata.normalize("NFKC", _TAG.sub(" ", html.unescape(raw[:LONGEST_TITLE])))
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split()).strip()


def title_core(raw: str) -> str:
    """The occupation in a title: one role, without level, written out.

    `Lead BI Dev / Architect (Remote)` gives `Business Intelligence Developer`.
    """
    return expand_short_forms(written_core(raw)) or clean_title(raw)


def written_core(raw: str) -> str:
    """The occupation in a title in the words of its writer: `Lead BI Dev / Architect (Remote)` gives `BI Dev`."""
    cleaned = clean_title(raw)
    outside = _BRACKETS.sub(" ", cleaned)
    segments = [segment.strip(_EDGES) for segment in outside.split(" - ")]
    segments = [segment for segment in segments if segment] or [cleaned]
    main = next((segment for segment in segments if has_role_noun(segment)), segments[0])
    core = drop_level(_singular(_first_alternative(_without_tail(main))))
    if " " not in core and has_role_noun(core):
        core = _joined_with_subject(core, segments[segments.index(main) + 1 :])
    return core


def _without_tail(title: str) -> str:
    """Without what follows "with", "for", "in": "Cyber Engineer with clearance" is a Cyber Engineer."""
    shorter = _WITH.sub("", _LEADING_COUNT.sub("", title))
    return shorter if has_role_noun(shorter) else title


def _singular(title: str) -> str:
    """ "Full Stack Engineers" gives "Full Stack Engineer"."""
    head = title[:-1]
    return head if title.endswith("s") and head.split()[-1:] and head.split()[-1].casefold() in ROLE_NOUNS else title


def _joined_with_subject(noun: str, others: list[str]) -> str:
    """ "Architect" and "Data" give "Data Architect"."""
    subject = drop_level(others[0]) if others else ""
    return f"{subject} {noun}" if 0 < len(subject.split()) <= 3 and not has_role_noun(subject) else noun


def has_role_noun(text: str) -> bool:
    """Whether one of the words is what people are called at work."""
    return any(word.strip(_EDGES + "()").casefold() in ROLE_NOUNS for word in text.split())


def drop_seniority(title: str) -> str:
    """Without words and numbers of seniority: `Sr. Java Lead II` gives `Java Lead`; it may leave nothing."""
    shorter = _LEVEL_ANYWHERE.sub(" ", title)
    shorter = _LEVEL_LAST.sub("", " ".join(shorter.split()).strip(" ,-"))
    return _LEVEL_LAST.sub("", shorter.strip(" ,-").removeprefix(". ")).strip(" ,-")


def drop_level(title: str) -> str:
    """Without seniority and leading: `Lead Java Developer II` gives `Java Developer`; a bare level is kept."""
    shorter = drop_seniority(title)
    without_lead = _LEVEL_FIRST.sub("", shorter)
    shorter = without_lead if has_role_noun(without_lead) else shorter
    return shorter.strip(" ,-/") or title


def expand_short_forms(title: str) -> str:
    """`Sr Java Dev` gives `Sr Java Developer`; parts of product names are left alone (`SAP PM`, `Power BI`)."""
    words = title.split()
    expanded = []
    for index, word in enumerate(words):
        of_product = index > 0 and words[index - 1].casefold() in ("sap", "power")
        form = None if of_product else _SHORT_FORMS.get(word.strip(".,").casefold())
        expanded.append(form or word)
    return " ".join(expanded)


def _first_alternative(title: str) -> str:
    """Of "ETL Developer / Architect" the first, as soon as it names a role."""
    parts = _SLASH.split(title)
    for end in range(1, len(parts)):
        if has_role_noun(parts[end - 1]):
            return parts[end - 1].strip(_EDGES)
    for slash in _GLUED_SLASH.finditer(title):
        head = title[: slash.start()]
        if " " in head and head.split()[-1].casefold() in ROLE_NOUNS:
            return head
    return title


def _keep_telling_brackets(match: re.Match[str]) -> str:
    inner = match.group(1).strip()
    telling = " ".join(part for part in _SPLIT.split(inner) if not _is_noise(part))
    return f"({telling})" if telling and inner not in ("s", "S") else " "


def _segments(text: str) -> list[str]:
    """The pieces of a title that say something about the work, in order."""
    pieces = [piece.strip() for piece in _SPLIT.split(text) if piece and piece.strip(_EDGES)]
    kept: list[str] = []
    pieces = [part for piece in pieces for part in _split_after_role_noun(piece)]
    for index, piece in enumerate(pieces):
        followed_by_state = index + 1 < len(pieces) and len(pieces[index + 1]) == 2 and is_place(pieces[index + 1])
        a_city = index > 0 and followed_by_state and not has_role_noun(piece)
        if not _is_noise(piece) and not a_city:
            kept.append(_without_inner_noise(piece))
    return [piece for piece in kept if piece]


def _split_after_role_noun(piece: str) -> list[str]:
    """ "Project Manager-Fresno" are two pieces, "Front-End" is one."""
    for dash in re.finditer(r"(?<=[a-zA-Z])[-–—](?=[A-Z])", piece):
        head = piece[: dash.start()]
        if head.split()[-1].casefold() in ROLE_NOUNS:
            return [head, piece[dash.end() :]]
    return [piece]


def _is_noise(piece: str) -> bool:
    rest = _FILLER.sub("", _PHRASE.sub(" ", _CODE.sub(" ", piece)).strip(_EDGES + "()")).strip(_EDGES)
    if not rest or is_place(rest):
        return True
    return all(word.casefold() in _CONNECTIVES or is_place(word) for word in rest.split())


def _without_inner_noise(piece: str) -> str:
    """A telling piece without codes and without the contract words around it; "Contract Manager" stays."""
    shorter = _CODE.sub(" ", piece)
    shorter = _PHRASE.sub(lambda found: found.group() if found.group().casefold() in _SOFT else " ", shorter)
    shorter = _drop_trailing_place(_FILLER.sub("", " ".join(shorter.split())).strip())
    return shorter.strip(" -–—|,;:/\\*~_@&") or piece


def _drop_trailing_place(piece: str) -> str:
    words = piece.split()
    for length in (3, 2, 1):
        if len(words) > length + 1 and is_place(" ".join(words[-length:])):
            head = words[:-length]
            while head and head[-1].casefold() in _CONNECTIVES:
                head.pop()
            return " ".join(head) if has_role_noun(" ".join(head)) else piece
    return piece
