"""Build `data/taxonomy.tsv` from the hand-written list and open sources.

    python build_taxonomy.py --aliases DIR --onet DIR --esco DIR [--target FILE]

`--aliases` holds `devicon_names.json` and `linguist_languages.json` (npm devicon, linguist-languages, MIT)
and `simple_icons_names.json` (npm simple-icons, CC0; only as a list of names that are brands, not skills).
`--onet` holds `technology_skills.tsv`, `occupations.tsv` and `alternate_titles.tsv` of the O*NET 27.0
Database (CC BY 4.0, modified: names shortened, filtered and merged).
`--esco` holds `skills.csv`, whose preferred labels of up to three words are known when somebody types them; in running
text they are no skills of their own ("manage staff" is in every other posting and would score for nothing).

The hand-written list wins: a name it already knows is never added again. Stops with a message when two
hand-written skills claim one spelling without saying how to tell them apart (`@`).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from blacklight_skills.names import normal_form
from blacklight_skills.taxonomy import split_signs

HERE = Path(__file__).parent
TARGET = HERE.parent / "src/blacklight_skills/data/taxonomy.tsv"

_VENDORS = (
    "Adobe Systems",
    "Apache",
    "Atlassian",
    "Autodesk",
    "Microsoft",
    "IBM",
    "Oracle",
    "SAP",
    "Google",
    "Amazon",
    "Intuit",
    "Salesforce",
    "The MathWorks",
    "National Instruments",
    "Dassault Systemes",
    "Red Hat",
    "VMware",
    "Cisco Systems",
    "ESRI",
    "Bentley Systems",
    "Epic Systems",
    "Hewlett Packard",
    "Symantec",
    "McAfee",
    "Sage",
    "SmugMug",
    "Yardi",
    "Thomson Reuters",
    "Corel",
    "Minitab",
    "StataCorp",
    "Wolfram Research",
    "Dell",
    "EMC",
    "NetSuite",
    "Qlik Tech",
    "Tableau",
    "TIBCO",
    "Trimble",
    "Blackbaud",
    "Blackboard",
    "ADP",
    "Allscripts",
)
_LABEL_WORDS = 3
_LABEL_LETTERS = 4
_GENERIC_TAIL = re.compile(r"\s+software$", re.IGNORECASE)
_GENERIC = re.compile(
    r"^(?:e-?mail|web browser|internet browser|word processing|spreadsheet|database|computer|"
    r"operating system|presentation|office|calendar|scheduling|graphics|video|file|data|communication|desktop|mapping|"
    r"project|time|training|web|mobile|client|customer|information|online|records?|report(?:ing)?|search|test(?:ing)?)\b"
    r".{0,40}software$",
    re.IGNORECASE,
)
_TALKED_ABOUT = frozenset(
    [
        "facebook",
        "youtube",
        "twitter",
        "linkedin",
        "instagram",
        "google",
        "amazon",
        "apple",
        "microsoft",
        "ibm",
        "oracle",
        "adobe",
        "skype",
        "zoom",
        "whatsapp",
        "pinterest",
        "netflix",
        "spotify",
        "uber",
        "paypal",
        "ebay",
        "dell",
        "intel",
        "nvidia",
        "samsung",
        "sony",
        "cisco",
        "yahoo",
        "reddit",
        "snapchat",
        "tiktok",
        "telegram",
        "discord",
        "indeed",
        "monster",
        "glassdoor",
        "upwork",
        "fiverr",
        "airbnb",
        "visa",
        "mastercard",
    ]
)
_FIELD_OF_COMMODITY = (
    ("Development environment", "language"),
    ("Object or component", "language"),
    ("Web platform", "web"),
    ("Data base", "database"),
    ("Medical", "nursing"),
    ("Accounting", "accounting"),
    ("Tax prep", "accounting"),
    ("Financial", "accounting"),
    ("Graphics", "design"),
    ("Computer aided", "design"),
    ("Enterprise", "erp"),
    ("Network", "network"),
    ("Security", "security"),
    ("Operating system", "devops"),
    ("Configuration", "devops"),
    ("Human resources", "people"),
    ("Business intelligence", "bi"),
    ("Analytical", "data"),
    ("Customer", "commerce"),
    ("Project", "management"),
    ("Spreadsheet", "office"),
    ("Word processing", "office"),
    ("Program testing", "qa"),
)


@dataclass
class Entry:
    """A skill while the table is being built: `spellings` keep their signs."""

    name: str
    area: str
    source: str
    spellings: list[str] = field(default_factory=list)


class Table:
    """The skills so far and who claims which spelling."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.claims: dict[str, list[tuple[str, str]]] = {}
        self.squeezed: dict[str, str] = {}

    def add(self, entry: Entry) -> None:
        """Add a skill under a new id, or stop when the id is taken."""
        skill_id = slug(entry.name)
        if skill_id in self.entries:
            sys.exit(f"two skills have the id {skill_id}: {entry.name}")
        self.entries[skill_id] = entry
        for spelling in entry.spellings:
            self._claim(skill_id, spelling)

    def add_spelling(self, skill_id: str, spelling: str) -> None:
        """Another spelling of a known skill; ignored when somebody has it."""
        if normal_form(spelling) not in self.claims:
            self.entries[skill_id].spellings.append(spelling)
            self._claim(skill_id, spelling)

    def _claim(self, skill_id: str, spelling: str) -> None:
        signs, text = split_signs(spelling)
        claimants = self.claims.setdefault(normal_form(text), [])
        for other, other_signs in claimants:
            if other != skill_id and "@" not in signs + other_signs:
                sys.exit(f"{text!r} is claimed by {skill_id} and by {other}; sign one of them with @")
        claimants.append((skill_id, signs))
        self.squeezed.setdefault(squeeze(text), skill_id)

    def find(self, name: str) -> str | None:
        """The id of the skill that has this spelling, blanks and hyphens aside, or None."""
        claimants = self.claims.get(normal_form(name), [])
        return claimants[0][0] if claimants else self.squeezed.get(squeeze(name))


def squeeze(name: str) -> str:
    """`Raspberry Pi` and `raspberrypi` give the same."""
    return normal_form(name).replace(" ", "")


def slug(name: str) -> str:
    """A stable id of a name: `C++` gives `c-plus-plus`, `.NET` gives `dot-net`."""
    text = name.lower().replace("+", " plus ").replace("#", " sharp ").replace("&", " and ")
    text = re.sub(r"(?:^|(?<=\s))\.", "dot ", text)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def hand_written(path: Path) -> Iterator[Entry]:
    """The skills of `curated.txt`."""
    area = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            area = line.strip("[]")
            continue
        spellings = [item.strip() for item in line.split(" | ")]
        if not all(spellings):
            sys.exit(f"{path.name}:{number}: empty spelling")
        yield Entry(split_signs(spellings[0])[1], area, "own", spellings)


def everyday_words(onet: Path) -> Counter[str]:
    """Lower-case words of the occupation descriptions and titles: a name made of one of them is doubtful."""
    words: Counter[str] = Counter()
    with (onet / "occupations.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            words.update(re.findall(r"\b[a-z]+\b", row["Description"]))
            words.update(re.findall(r"[a-z]+", row["Title"].lower()))
    with (onet / "alternate_titles.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            words.update(re.findall(r"[a-z]+", row["Alternate Title"].lower()))
    return words


def technologies(onet: Path) -> Iterator[tuple[str, str, bool]]:
    """(name, commodity, hot) of O*NET's technology skills, in the order of the file, each once."""
    seen = set()
    with (onet / "technology_skills.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["Example"] not in seen:
                seen.add(row["Example"])
                yield row["Example"], row["Commodity Title"], row["Hot Technology"] == "Y"


def add_technology(table: Table, name: str, commodity: str, hot: bool, common: Counter[str], brands: set[str]) -> None:
    """Add one O*NET technology, or hand its spelling to the skill that has it already."""
    if _GENERIC.match(name) or len(name) > 60 or "(" in name or "," in name:
        return
    short = _GENERIC_TAIL.sub("", name)
    for spelling in (name, short, without_acronym(short)):
        known = table.find(spelling) or table.find(without_vendor(spelling))
        if known:
            table.add_spelling(known, spelling)
            return
    words = normal_form(name).split()
    if not is_telling(short, common, brands) or slug(name) in table.entries:
        return
    area = next((area for start, area in _FIELD_OF_COMMODITY if commodity.startswith(start)), "technology")
    table.add(Entry(name, area, "onet", [technology_sign(name, words, hot) + name]))
    if short != name and len(short.split()) > 1:
        table.add_spelling(slug(name), short)


def technology_sign(name: str, words: list[str], hot: bool) -> str:
    """What a technology needs in running text: one plain capitalised word could be anything."""
    if len(words) > 1:
        return ""
    if not hot and re.fullmatch(r"[A-Z]?[a-z]+|[A-Z]+", name):
        return "=?"
    return "=" if len(name) < 6 else ""


def without_acronym(name: str) -> str:
    """`Amazon Web Services AWS` gives `Amazon Web Services`."""
    head, _, tail = name.rpartition(" ")
    initials = "".join(word[0] for word in head.split() if word)
    return head if head and tail.isupper() and tail == initials.upper() else name


def without_vendor(name: str) -> str:
    """`Adobe Systems Adobe Acrobat` gives `Adobe Acrobat`."""
    for vendor in _VENDORS:
        if name.startswith(vendor + " "):
            return name[len(vendor) + 1 :]
    return name


def is_telling(short: str, common: Counter[str], brands: set[str]) -> bool:
    """Whether a name (without "software") found in running text can only mean the technology."""
    words = normal_form(short).split()
    if len(words) == 1:
        word = words[0]
        return len(word) >= 4 and word.isalnum() and word not in common and word not in brands
    return any(word not in common for word in words)


def add_names(table: Table, path: Path, common: Counter[str], source: str) -> None:
    """Languages and tools of linguist or devicon: aliases for known skills, and telling new names."""
    for item in json.loads(path.read_text(encoding="utf-8")):
        if source == "linguist" and item.get("type") not in ("programming", "markup"):
            continue
        name = item["name"]
        aliases = [a for a in item.get("aliases", []) + item.get("altnames", []) if len(a) >= 5]
        known = table.find(name)
        if known is None and source == "linguist" and slug(name) not in table.entries and len(name) > 2:
            doubtful = re.fullmatch(r"[A-Za-z]+", name)
            table.add(Entry(name, "language", source, [("!" if doubtful else "=?") + name]))
            known = slug(name)
        elif known is None and is_new_tool(table, name, common):
            table.add(Entry(name, "technology", source, ["?" + name]))
            known = slug(name)
        if known is not None:
            for alias in aliases:
                if alias.lower() not in common:
                    table.add_spelling(known, "?" + alias)


def is_new_tool(table: Table, name: str, common: Counter[str]) -> bool:
    """Whether a devicon name is worth a skill of its own; a company people talk about is not."""
    return len(name) >= 7 and name not in common and name not in _TALKED_ABOUT and slug(name) not in table.entries


def add_labels(table: Table, esco: Path) -> None:
    """ESCO's short labels, known when typed; those that the table has by any name are left out."""
    with (esco / "skills.csv").open(encoding="utf-8") as lines:
        labels = sorted({row["preferred_label_if_aligned"].partition("(")[0].strip() for row in csv.DictReader(lines)})
    for label in labels:
        is_short = 0 < len(label.split()) <= _LABEL_WORDS and len(label) >= _LABEL_LETTERS and "|" not in label
        if is_short and table.find(label) is None and slug(label) not in table.entries:
            table.add(Entry(label, "general", "esco", ["!" + label]))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aliases", type=Path, required=True)
    parser.add_argument("--onet", type=Path, required=True)
    parser.add_argument("--esco", type=Path, required=True)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    table = Table()
    for entry in hand_written(HERE / "curated.txt"):
        table.add(entry)
    common = everyday_words(options.onet)
    icons = json.loads((options.aliases / "simple_icons_names.json").read_text(encoding="utf-8"))
    brands = {normal_form(icon["title"]) for icon in icons} | _TALKED_ABOUT
    add_names(table, options.aliases / "devicon_names.json", common, "devicon")
    add_names(table, options.aliases / "linguist_languages.json", common, "linguist")
    for name, commodity, hot in technologies(options.onet):
        add_technology(table, name, commodity, hot, common, brands)
    add_labels(table, options.esco)
    lines = ["# skill_id\tname\tfield\tsource\tspellings; made by tools/build_taxonomy.py, see NOTICE"]
    for skill_id, entry in sorted(table.entries.items()):
        lines.append("\t".join([skill_id, entry.name, entry.area, entry.source, " | ".join(entry.spellings)]))
    options.target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
