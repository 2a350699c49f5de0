"""What of a person's text must not move a score: names, sex, age, family. Pure (quality target Q8).

`neutral` takes it out of a text before the text is embedded. Words that name the same work for men and women become
one word; words that tell only who somebody is go. What is left describes the work.
"""

from __future__ import annotations

import re
from functools import lru_cache

from blacklight_skills import resolve

from blacklight_matching.places import CITIES, COUNTRIES, STATES

_SAME_WORK = {
    "salesman": "salesperson", "saleswoman": "salesperson", "salesmen": "salespeople", "saleswomen": "salespeople",
    "chairman": "chair", "chairwoman": "chair", "chairperson": "chair", "businessman": "businessperson",
    "businesswoman": "businessperson", "businessmen": "businesspeople", "businesswomen": "businesspeople",
    "foreman": "supervisor", "forewoman": "supervisor", "waitress": "waiter", "waitresses": "waiters",
    "hostess": "host", "hostesses": "hosts", "stewardess": "steward", "actress": "actor", "actresses": "actors",
    "policeman": "police officer", "policewoman": "police officer", "fireman": "firefighter",
    "firewoman": "firefighter", "mailman": "mail carrier", "mailwoman": "mail carrier", "repairman": "repairer",
    "repairwoman": "repairer", "craftsman": "craftsperson", "craftswoman": "craftsperson",
    "spokesman": "spokesperson", "spokeswoman": "spokesperson", "handyman": "handyperson",
    "handywoman": "handyperson", "serviceman": "service member", "servicewoman": "service member",
    "congressman": "representative", "congresswoman": "representative", "housewife": "homemaker",
    "househusband": "homemaker", "maternity": "parental", "paternity": "parental", "mother": "parent",
    "father": "parent", "mothers": "parents", "fathers": "parents", "fraternity": "society",
    "sorority": "society", "fraternities": "societies", "sororities": "societies", "alumna": "graduate",
    "alumnus": "graduate", "alumnae": "graduates", "alumni": "graduates", "seamstress": "tailor",
    "masseuse": "masseur", "landlady": "landlord", "headmistress": "head teacher", "headmaster": "head teacher",
    "heroine": "hero", "barmaid": "bartender", "barman": "bartender", "draftswoman": "drafter",
    "draftsman": "drafter", "ombudswoman": "ombudsperson", "ombudsman": "ombudsperson",
}  # fmt: skip
_PERSON_WORDS = (
    "he she him her his hers himself herself they them their theirs themself themselves mr mrs ms miss mister madam "
    "mx sir male female males females man woman men women boy girl boys girls gentleman gentlemen lady ladies "
    "husband wife spouse son sons daughter daughters brother brothers sister sisters grandfather grandmother uncle "
    "aunt masculine feminine transgender nonbinary married divorced widowed widow widower unmarried"
)
_GONE = frozenset(_PERSON_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_STATED = re.compile(
    r"\b(?:gender|sex|pronouns?|marital status|nationality|religion)\s*[:=-]\s*[^\n,;.]{1,30}"
    r"|\b(?:date of birth|birth ?date|birthday|d\.?o\.?b\.?|born(?: on| in)?|year of birth)\s*[:=-]?\s*"
    r"[\w/.,-]{0,12}\s?[\w/.,-]{0,6}\s?\d{2,4}\b"
    r"|\bage[ds]?\s*[:=-]?\s*\d{2}\b(?:\s*(?:years?|yrs?))?(?:\s*old)?"
    r"|\b\d{2}\s*[- ]?(?:years?|yrs?)[- ](?:old|of[- ]age)\b|\b\d{2}\s*y/?o\b"
    r"|\b(?:young|younger|elderly|middle-aged|youthful|millennial|retiree|teenager|teenage)\b"
    r"|\bin (?:my|his|her|their) (?:early |mid |late )?(?:twenties|thirties|forties|fifties|sixties)\b",
    re.IGNORECASE,
)  # fmt: skip
_PLACE_WORDS = frozenset(word for name in (*STATES, *CITIES, *COUNTRIES) for word in name.split())
_ALONE = re.compile(r"(?<!\w)[-.'’]+(?![\w])")
_POSSESSIVE = ("'s", "’s")


_VERBS = (
    "is|was|has|had|holds|held|brings|brought|works|worked|leads|led|manages|managed|earned|joined|served|received|"
    "began|started|specializes|enjoys|lives|graduated|studied|speaks|writes|builds|built|designs|"
    "designed|developed|develops|offers|excels|possesses|can|will|also"
)
_MEANINGS = (
    "april may june july august summer autumn rose grace faith hope joy grant mark will chase page banks law price "
    "rich young long short king love stone wood woods field fields bell rock river lake hill english french german "
    "farsi arabic hindi tamil baker cook taylor mason farmer fisher hunter carpenter miller smith shepherd "
    "christian dean art drew case major sergeant bishop pope judge marshal duke earl prince bill bob frank victor "
    "miles penny sky sunny"
)
_OTHER_MEANINGS = frozenset(_MEANINGS.split())
_NEAR_A_NAME = r"(?:mr|mrs|ms|miss|mx|dr|prof)\.?\s+"


@lru_cache(512)  # whoever looks through a candidate's matches asks for the same texts again and again
def neutral(text: str, person: str = "") -> str:
    """A text without the words that tell who a person is.

    Args:
        person: the person's name as shown. It goes as a whole, and each of its words where it stands with a capital. A
            word that means something else as well (Ruby, Washington, Baker) goes only where it must be the name: behind
            a title, or before what somebody does.
    """
    parts = _WORD.findall(person)
    gone = _STATED.sub(" ", text)
    if parts:
        gone = re.sub(r"\b" + r"[\s.'’-]+".join(map(re.escape, parts)) + r"\b", " ", gone, flags=re.IGNORECASE)
    careful = [word for word in parts if _means_more(word)]
    if careful:
        either = "|".join(map(re.escape, careful))
        gone = re.sub(rf"(?i:{_NEAR_A_NAME})(?:{either})\b", " ", gone)
        gone = re.sub(rf"\b(?:{either})(?=\s+(?:{_VERBS})\b)", " ", gone)
    names = {word.casefold() for word in parts if len(word) > 1 and word not in careful}
    gone = _WORD.sub(lambda found: _neutral_word(found.group(), names), gone)
    return " ".join(_ALONE.sub(" ", gone).split())


def _means_more(word: str) -> bool:
    folded = word.casefold()
    return folded in _OTHER_MEANINGS or folded in _PLACE_WORDS or resolve(word) is not None


def _neutral_word(word: str, names: set[str]) -> str:
    folded = word.casefold()
    bare = folded[:-2] if folded.endswith(_POSSESSIVE) else folded
    if bare in names and word[:1].isupper():
        return ""
    if bare in _GONE or bare.split("'")[0].split("’")[0] in _GONE:
        return ""
    same = _SAME_WORK.get(bare)
    if same is None:
        return word
    return same.upper() if word.isupper() else same.capitalize() if word[:1].isupper() else same
