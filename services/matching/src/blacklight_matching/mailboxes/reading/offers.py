"""Whether a text offers people instead of work: somebody's consultant, a profile, or the writer himself. Pure.

Both kinds of mail speak of a Java developer on C2C at an hourly rate. What tells them apart is who looks for whom: a
person that is had, available or looking for a project is offered; whoever is needed is asked for.
"""

from __future__ import annotations

import re

MOST_READ = 3_000
_PERSON = (
    r"(?:consultants?|candidates?|resources?|employees?|contractors?|professionals?|colleagues?|profiles?|"
    r"developers?|"
    r"engineers?|analysts?|architects?|administrators?|admins?|programmers?|testers?|specialists?|designers?|"
    r"scientists?|leads?|managers?|masters?|dbas?|sdets?|qas?|bas?|experts?|friends?|guys?)"
)
_JOB = (
    r"(?:roles?|positions?|openings?|opportunit(?:y|ies)|jobs?|projects?|assignments?|requirements?|reqs?|"
    r"vacanc(?:y|ies)|"
    r"contracts?|engagements?|needs?)"
)
_NO_JOB = rf"(?!\W+(?:\w+\W+){{0,2}}?(?:{_JOB}|managers?|teams?|pools?|desks?|management|planning|groups?)\b)"
_VISA = r"(?:h-?1-?b?|h-?4|gc|green ?card|ead|opt|cpt|stem|us ?c(?:itizen)?|tn|l-?2|e-?3)"
_KIND = (
    r"(?:(?:an?|any|the|his|her|my|our|new|next|good|suitable|immediate|challenging|similar|relevant|c2c|"
    r"corp[ -]to[ -]"
    r"corp|w-?2|1099|contract(?:ual)?|remote|on-?site|hybrid|long|short|term|full|part|time|based|open|"
    r"different|better|"
    r"other|more|\d+|months?|[a-z+#./]{2,12})[\s,/&-]+)"
)
_SEEKS = (
    rf"(?:(?:actively |currently |also |now |out |immediately |desperately )*(?:look(?:s|ing)?(?: out)? for|"
    rf"seek(?:s|ing)?|"
    rf"search(?:es|ing)? for|(?:in search|on the lookout) (?:of|for))\s+{_KIND}{{0,6}}?"
    rf"(?:{_JOB}\b|(?:c2c|corp[ -]to[ -]corp|w-?2)(?!\s+[a-z]+)|\$\s?\d))"
)
_FREE = (
    rf"(?:(?:readily |immediately |now |currently )*available\b(?! (?:upon|on) request)|{_SEEKS}|on (?:the |our "
    rf"|my )?bench\b|"
    rf"(?:coming off|rolling off|rolled off|finishing|getting released|released from|between projects)\b|"
    rf"(?:just |recently |soon )*(?:finish|complet)(?:es|ed|ing) (?:his|her|the|an?) (?:\w+ )?{_JOB}|"
    rf"(?:is )?on (?:an? |his |her )?(?:valid )?{_VISA}\b|ready to (?:join|start|relocate|interview|travel)|"
    rf"open (?:to|for) (?:c2c|relocat|work|new|contract|w-?2|opportunit|remote|on-?site|travel))"
)
_HAVING = (
    r"\b(?:i|we)(?:'ve|’ve| have| do have| currently have| also have| got| represent)(?: with me| got| currently)?"
)
_NOT_ASKED = rf"(?:(?!{_JOB}\b|clients?\b|customers?\b|look|seek|for\b|urgent\b|who\b)[\w.+#/&'’()-]+[ ,]+)"
_NOT_IDEAL = r"(?:(?!ideal\b|perfect\b|right\b|next\b|new\b|successful\b)[\w.+#/-]+\s+)"
_OFFERED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "My consultant Anil is a Java Developer", "our candidate has 8 years"
        rf"\b(?:my|our|one of (?:my|our))\s+{_NOT_IDEAL}{{0,4}}?(?:consultant|candidate|resource|contractor|employee|"
        rf"profile|{_PERSON})\b{_NO_JOB}(?:\s*[,:(–-]\s*|\s+)(?:[A-Z][\w.]*[\s,(–-]+){{0,3}}(?:who )?(?:(?:is|"
        rf"as)?\s*\b(?:an?|our)"
        rf"\s+(?:[\w.+#/-]+\s+){{0,6}}?{_PERSON}\b|(?:has|with|having|brings|holds) (?:over |around |about )?\d+)",
        # "One of our developers is rolling off", "my candidate, a tester, is available"
        rf"\b(?:my|our|one of (?:my|our))\s+{_NOT_IDEAL}{{0,4}}?{_PERSON}\b{_NO_JOB}[^\n.!?]{{0,80}}?"
        rf"(?<!not )(?<!n[’']t )\b{_FREE}",
        # "I have a Java Developer with 8 years, available immediately"
        rf"{_HAVING}\s+{_NOT_ASKED}{{1,8}}?{_PERSON}\b{_NO_JOB}[^\n!?]{{0,120}}?(?:\b{_FREE}|\bwith (?:over |"
        rf"around )?\d+\+?"
        rf"\s*(?:years|yrs)|\bhaving \d+|\d+\+?\s*(?:years|yrs) of exp|\bfor your (?:{_JOB}|clients?))",
        # "He is looking for a new project", "Anil is looking for C2C roles"
        rf"\b(?:he|she|consultant|candidate|resource|who)(?:['’]s| is| are)?\s+{_SEEKS}",
        rf"\b(?:he|she)(?:['’]s| is)\s+(?:{_FREE})",
        rf"\bI(?:['’]m| am)\s+(?:[^\n.!?]{{0,80}}?\b(?:and|,)\s+)?(?:{_SEEKS}|(?:immediately |currently "
        rf")?available (?:for|to)\b)",
        # "Please find attached the resume of Anil", "sharing the profile of my consultant"
        r"\b(?:attached|enclosed|attaching|pfa|sharing|submitting|presenting|(?:find|see|is|are) (?:attached |"
        r"below |the )*)"
        r"\b[^\n.!?]{0,40}?\b(?:resumes?|cvs?|(?<!job )profiles?)\s+(?:of|for (?:my|our|one of))\s+(?!your\b|"
        r"the (?:ideal|"
        r"right|perfect)\b)",
        # "Please consider the profile below", "I would like to submit our consultant", "Immediately available: …"
        r"\b(?:look (?:in)?to|look at|review|consider|check|go through) (?:the |this |my |our )+(?:below|"
        r"following|attached|"
        r"enclosed) (?:profile|resume|cv|consultant|candidate)",
        rf"\b(?:submit|present|market|introduce|offer|propose|recommend)(?:ing)? (?:my|our|the below) "
        rf"(?:[\w.+#/-]+ ){{0,4}}?"
        rf"{_PERSON}\b{_NO_JOB}",
        r"\b(?:immediately|readily) available\s*[:–-]",
        # "Let me know if you have any openings for him"
        rf"\b(?:if|do|should) you (?:\w+ )?have (?:any|an?|some|something)\b(?:(?!question|interest|consultant|"
        rf"candidate|"
        rf"resource|resume|profile|someone|one\b|concern|"
        rf"doubt)[^\n.!?]){{0,50}}?\b{_JOB}\b(?=[^\n.!?]{{0,60}}(?:\b(?:for (?:him|"
        rf"her|them|my|our)|match|suit|fit|please|kindly|let me|share|send)\b|[.!?\n]|$))",
    )
)  # fmt: skip
_NAMED = re.compile(
    r"(?:^\W*|[.?!] +)(?:consultant|candidate|full|first|legal)?(?:['’]s)?\s*name[^\S\n]*[:–-][^\S\n]*[A-Z][a-z]",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_ONE = re.compile(
    r"^\W*(?:(?:current |present )?location|(?:open to )?relocat\w+|availability|visa(?: status| type)?|work "
    r"(?:auth\w*|permit|"
    r"status)|(?:total )?(?:it )?(?:experience|exp)|(?:expected |bill )?rate|linkedin(?: id)?|dob|notice period)"
    r"[^\S\n]*[:–-][^\S\n]*[\w$]",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(
    rf"\b(?:we|i|you)(?:['’]re| are|['’]m| am)? (?:currently |urgently |immediately |actively |also |now |still "
    rf")*(?:looking "
    rf"(?:to (?:hire|fill)|for)|seeking|hiring|searching for|in need of|need|"
    rf"require)\s+(?:[\w.+#/()-]+\s+){{0,6}}?{_PERSON}\b"
    rf"{_NO_JOB}"
    rf"|\b(?:client|customer|company|team|manager|bank|partner|department|"
    rf"agency)s?\b[^\n.!?]{{0,40}}?\b(?:looking (?:to hire|"
    rf"for)|needs?|seeking|seeks|hiring|requires?|wants?)\b[^\n.!?]{{0,60}}?\b{_PERSON}\b"
    rf"|\b(?:we|i) (?:currently |also )?have (?:\w+ ){{0,3}}?(?:{_JOB})\b"
    rf"|\b(?:share|send|submit|forward|email) (?:me |us |across )?(?:(?:your|the|any|some|updated|matching|"
    rf"suitable|relevant|"
    rf"best|qualified|a) )+(?:resumes?|profiles?|consultants?|candidates?|cvs?|submissions?)\b",
    re.IGNORECASE,
)
_LABELS_OF_JOBS = re.compile(
    r"^\W*(?:job(?: title| description)?|position|role|end client|client|duration|responsibilities|(?:required|"
    r"mandatory) "
    r"skills|interview(?: mode| process)?|must have|job location|work location)\b[^:\n]{0,20}:",
    re.IGNORECASE | re.MULTILINE,
)


def offers_people(text: str) -> bool:
    """Whether a text offers people. One that asks for people as well, or is laid out as a job, offers a job."""
    text = text[:MOST_READ]
    if _is_profile(text):
        return True
    if _ASKED.search(text) or len(_LABELS_OF_JOBS.findall(text)) > 1:
        return False
    return any(pattern.search(text) for pattern in _OFFERED)


def _is_profile(text: str) -> bool:
    """Whether lines name somebody and what a vendor says of him; a form to be filled in names nobody."""
    return _NAMED.search(text) is not None and len(_ABOUT_ONE.findall(text)) > 1 and _ASKED.search(text) is None
