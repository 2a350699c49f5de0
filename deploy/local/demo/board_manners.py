"""How each of the six boards words the same facts: prose, headings, bullets, company talk, shorthand.

Every function takes the facts and a seeded generator and returns the description. Phrases are many so that
two postings share little but their occupation; `write_postings` draws again where they share more.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from posting_facts import Facts, read_yaml

PHRASES: dict[str, list[str]] = read_yaml("phrases.yaml")


def listed(items: tuple[str, ...] | list[str], last: str = "and") -> str:
    """ "a, b and c"."""
    head = ", ".join(items[:-1])
    return f"{head} {last} {items[-1]}" if head else items[-1]


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def with_article(template: str, title: str) -> str:
    """Put "an" before titles that are spoken with a vowel first."""
    if title[0] in "AEIO" or title.startswith(("SAP", "HVAC")):
        return template.replace("a {title}", "an {title}").replace("A {title}", "An {title}")
    return template


def phrase(draw: random.Random, slot: str, facts: Facts) -> str:
    """One wording of a slot, for the facts' kind where the slot has kinds."""
    choices = PHRASES.get(f"{slot}.{facts.kind}") or PHRASES.get(f"{slot}.other") or PHRASES[slot]
    return with_article(draw.choice(choices), facts.title).format(
        company=facts.company,
        agency=facts.agency,
        industry=facts.industry,
        place=facts.place,
        city=facts.place.split(",")[0],
        focus=facts.focus,
        Focus=capital(facts.focus),
        title=facts.title,
        years=facts.years,
        skills=listed(facts.skills),
        plus=listed(facts.plus, "or"),
        first=facts.skills[0],
        second=facts.skills[1],
        number=facts.number,
        months=6 * (1 + facts.number % 3),
        rate=facts.salary // 2080,
        low=f"{facts.salary:,}",
        high=f"{facts.salary + 14_000:,}",
    )


def linkedin(facts: Facts, draw: random.Random) -> str:
    """Five polished paragraphs."""
    one, two, three, four, five, six = facts.duties
    work = (
        f"In this role you will {one}, {two}, and {three}. You will also {four} and {five}.",
        f"Your first months: {one}, then {two}. Later you {three}, {four} and, when needed, {five}.",
        f"We picture you at work like this. You {one}. You {two}. With colleagues you {three} and {four}.",
        f"The work is to {one}; to {two}; to {three}; and, on quieter weeks, to {four} and {six}.",
    )
    return "\n\n".join(
        (
            f"{phrase(draw, 'linkedin.open', facts)} {phrase(draw, 'linkedin.why', facts)}",
            draw.choice(work),
            phrase(draw, "team", facts),
            f"{phrase(draw, 'linkedin.need', facts)} {phrase(draw, 'plus', facts)}",
            f"{phrase(draw, 'perk', facts)} {phrase(draw, 'linkedin.close', facts)}",
        )
    )


def dice(facts: Facts, draw: random.Random) -> str:
    """Head lines and a bulleted stack."""
    bullet = draw.choice(("- ", "* ", "• "))
    stack = "\n".join(f"{bullet}{skill}" for skill in facts.skills)
    duties = "\n".join(f"{bullet}{capital(duty)}" for duty in facts.duties[: draw.randint(4, 6)])
    parts = (
        phrase(draw, "dice.head", facts),
        phrase(draw, "dice.about", facts),
        f"{phrase(draw, 'dice.stack', facts)}\n{stack}",
        f"{phrase(draw, 'dice.duties', facts)}\n{duties}",
        phrase(draw, "dice.years", facts),
        phrase(draw, "plus", facts),
        phrase(draw, "team", facts),
        phrase(draw, "dice.terms", facts),
    )
    return "\n".join(parts)


def monster(facts: Facts, draw: random.Random) -> str:
    """Sections under headings."""
    heads = draw.choice(
        (
            ("Overview", "Responsibilities", "Qualifications", "Benefits"),
            ("THE COMPANY", "THE JOB", "WHO YOU ARE", "WHAT YOU GET"),
            ("About us", "Day to day", "Must have", "Good to know"),
            ("Position summary", "Essential functions", "Education and experience", "Compensation"),
        )
    )
    duties = ". ".join(capital(duty) for duty in facts.duties[:5])
    return "\n\n".join(
        (
            f"{heads[0]}\n{phrase(draw, 'monster.about', facts)} {phrase(draw, 'team', facts)}",
            f"{heads[1]}\n{duties}.",
            f"{heads[2]}\n{phrase(draw, 'monster.need', facts)} {phrase(draw, 'plus', facts)}",
            f"{heads[3]}\n{phrase(draw, 'perk', facts)} {phrase(draw, 'monster.pay', facts)}",
        )
    )


def indeed(facts: Facts, draw: random.Random) -> str:
    """Short and plain."""
    one, two, three, four, five, six = facts.duties
    middle = draw.choice(
        (
            f"You will {one} and {two}. You will {three}. Also: {four}.",
            f"Main tasks: {one}; {two}; {three}; {four}; {five}.",
            f"What is to do? {capital(one)}. {capital(two)}. {capital(three)}. {capital(six)}.",
            f"Every week you {one}, {two}, {three} and {four}.",
        )
    )
    team = [phrase(draw, "team", facts)] if draw.random() < 0.5 else []
    return "\n".join(
        (
            phrase(draw, "indeed.open", facts),
            middle,
            *team,
            phrase(draw, "indeed.need", facts),
            phrase(draw, "plus", facts),
            phrase(draw, "indeed.close", facts),
        )
    )


def glassdoor(facts: Facts, draw: random.Random) -> str:
    """Talk of the company's culture, with pros and cons."""
    one, two, three, four, five, _ = facts.duties
    middle = draw.choice(
        (
            f"Your part would be to {one}, {two} and {three}, and over time to {four} or {five}.",
            f"You would {one}; nobody will stand behind you. You would {two} and {three} with a pair "
            f"partner, and {four} alone.",
            f"Colleagues in this job {one}, {two}, {three} and {four}.",
        )
    )
    return "\n\n".join(
        (
            f"{phrase(draw, 'glassdoor.culture', facts)} {phrase(draw, 'glassdoor.open', facts)}",
            middle,
            phrase(draw, "team", facts),
            f"{phrase(draw, 'glassdoor.need', facts)} {phrase(draw, 'plus', facts)}",
            f"Pros: {phrase(draw, 'glassdoor.pro', facts)}; {phrase(draw, 'glassdoor.pro2', facts)}. "
            f"Cons: {phrase(draw, 'glassdoor.con', facts)}.",
        )
    )


def techfetch(facts: Facts, draw: random.Random) -> str:
    """A recruiter's shorthand, mostly upper case."""
    short = [duty.upper() for duty in facts.duties[: draw.randint(3, 5)]]
    joined = draw.choice((" // ", "; ", " | ", "\n> "))
    return "\n".join(
        (
            phrase(draw, "techfetch.head", facts),
            phrase(draw, "techfetch.client", facts).upper(),
            draw.choice(("MUST: ", "MUST HAVES= ", "TOP SKILLS > ", "REQD: ", "MANDATORY - "))
            + ", ".join(facts.skills).upper(),
            draw.choice(("NICE: ", "PLUS= ", "GOOD TO HAVE: ", "IF ALSO ")) + "/".join(facts.plus).upper(),
            draw.choice(("JD: ", "ROLE: ", "DUTIES> ", "WILL DO: ")) + joined.join(short),
            phrase(draw, "techfetch.years", facts),
            phrase(draw, "techfetch.close", facts),
        )
    )


MANNERS: dict[str, Callable[[Facts, random.Random], str]] = {
    "linkedin": linkedin,
    "dice": dice,
    "monster": monster,
    "indeed": indeed,
    "glassdoor": glassdoor,
    "techfetch": techfetch,
}
