"""Normal forms of skill names that people type, so that spelling alone never makes two skills of one."""

from __future__ import annotations

import re
import unicodedata

_DASHES = re.compile(r"[‐-―−]")
_NOISE = re.compile(r"[^\w+#.]|_")
_INNER_DOT = re.compile(r"(?<=\w)\.|\.(?!\w)")
_VERSION = re.compile(r"\s+v?\d+(?:[. ]\w+)*\+?$|(?<=[a-z])\s*\d+(?:[. ][\dx]+)+$")
_PARENTHESIS = re.compile(r"\(([^()]*)\)")
_TAIL = re.compile(
    r"\s+(?:programming|language|languages|experience|skills?|knowledge|technologies|technology|tools?|software"
    r"|scripting|coding)$"
)
_LEAD = re.compile(r"^(?:strong|experience (?:in|with)|knowledge of|proficient in|advanced|basic|expert in)\s+")


def normal_form(name: str) -> str:
    """Case-folded name with signs that carry no meaning removed; `+`, `#` and a leading `.` are kept.

    Two spellings with the same normal form are the same skill: `Node.JS` and `node js`, `T-SQL` and `t sql`.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    folded = _NOISE.sub(" ", _DASHES.sub(" ", folded))
    return " ".join(_INNER_DOT.sub(" ", folded).split())


def candidate_forms(name: str) -> list[str]:
    """Normal forms to look up for a typed name, the most faithful first.

    Tries the name itself, without a parenthesis, the parenthesis alone, without a trailing version, without
    filler words such as "programming". `Amazon Web Services (AWS)` gives `amazon web services aws`,
    `amazon web services` and `aws`.
    """
    forms = [normal_form(name)]
    inner = _PARENTHESIS.findall(name)
    if inner:
        forms.append(normal_form(_PARENTHESIS.sub(" ", name)))
        forms.extend(normal_form(part) for part in inner)
    for form in list(forms):
        forms.append(_VERSION.sub("", form))
        forms.append(_LEAD.sub("", _TAIL.sub("", form)))
    return list(dict.fromkeys(form for form in forms if form))
