"""The fingerprint looks for rare things only where they can be; it equals the plain rule everywhere."""

from __future__ import annotations

import hashlib
import html
import json
import re
import unicodedata
from pathlib import Path

import pytest
from blacklight_matching import fingerprint as fast
from blacklight_matching import plain_text as markup
from blacklight_matching.places import canonical_place
from blacklight_matching.titles import clean_title
from hypothesis import example, given, settings
from hypothesis import strategies as st

DEMO = Path(__file__).parents[4] / "deploy" / "local" / "demo" / "postings.jsonl"
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.ASCII)
TRACKING = re.compile(
    r"#li-[\w-]+|\b(?:req(?:uisition)?|job|posting|reference|ref)\s*(?:id|no|number|code|#)\s*[:.#-]*\s*[\w-]*\d[\w-]*"
    r"|\b(?:utm|src|trk|gh_jid)[\w-]*=\S*",
    re.ASCII,
)
LOOKS_LIKE_HTML = re.compile(r"<\s{0,3}/?\s{0,3}[a-zA-Z!][^<>]*>")
ESCAPED_HTML = re.compile(r"&lt;\s{0,3}/?\s{0,3}(?:p|br|div|ul|li|b|strong|span|h[1-6])\b", re.IGNORECASE)
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\ufeff]")
PIECES = [
    "Java", "c++ & C#", "Ünïcode ŞĞ", "naïve", "日本語", "ﬁne", "x_y", " ", "  ", "\n", "\n\n\n", "\r\n", "\r",
    "\t", "\x00", "\x1c", "\x85", "\u2028", "\u200b", "\u00ad", "\u00a0", "’", "•", "–", "<p>", "</li>",
    "<script>", "&lt;p&gt;", "&LT;DIV&GT;", "&amp;", "&nbsp;", "http://a.io/b", "HTTPS://A.IO", "www.x.org",
    "WwW.", "www\u2024", "me@x.org", "@", "#LI-AB1", "#lı-9", "#lİ-9", "utm_source=1", "ſrc=2", "job ID: 9-1",
    "REQUISITION No 44", "ref#1", "poſting code 7", "Job ıd 5", "posting №5", "ref #li-", "xutm-refid=1",
    "reference no", "jobpostingid7", "src", "req\u00a0#٣", "=", "#", "İ", "ı", "ſ", "K", "ß", "e\u0301",
    "\ud800", "1234",
]  # fmt: skip


def slow_plain_text(raw: str) -> str:
    if ESCAPED_HTML.search(raw):
        raw = html.unescape(raw)
    text = markup._read(raw) if LOOKS_LIKE_HTML.search(raw) else html.unescape(raw)
    text = INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(char if char == "\n" or char >= " " else " " for char in text)
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def slow_fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return "".join(char if char.isascii() or char.isalnum() else " " for char in INVISIBLE.sub("", plain))


def slow_words(text: str) -> list[str]:
    return re.sub(r"[^\w+#]|_", " ", slow_fold(text)).split()


def slow_fingerprint(title: str, company: str, location: str, description: str) -> str | None:
    raw = html.unescape(description) if ESCAPED_HTML.search(description) else description
    seen = markup._read(raw) if LOOKS_LIKE_HTML.search(raw) else html.unescape(raw)
    body = slow_words(TRACKING.sub(" ", ADDRESS.sub(" ", slow_fold(seen))))
    if len(body) < 8:
        return None
    words = " ".join(slow_words(html.unescape(company)))
    company = re.sub(fast._LEGAL_FORM.pattern.decode(), "", words) or words
    fields = ["2", " ".join(slow_words(clean_title(title))), company, canonical_place(location), "".join(body)]
    return hashlib.sha256("\n".join(fields).encode("utf-8", "surrogatepass")).hexdigest()


def assert_equal(title: str, company: str, place: str, body: str) -> None:
    assert markup.plain_text(body) == slow_plain_text(body)
    assert fast.fingerprint(title, company, place, body) == slow_fingerprint(title, company, place, body)


@pytest.mark.skipif(not DEMO.exists(), reason="the demo's postings are not beside the package")
def test_of_every_posting_of_the_demo() -> None:
    for line in DEMO.read_text(encoding="utf-8").splitlines():
        posting = json.loads(line)
        assert_equal(posting["title"], posting["company"], posting["location"], posting["description"])


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=4), st.lists(st.sampled_from(PIECES), min_size=8, max_size=60))
@example(["Java"], PIECES)
def test_of_texts_full_of_what_is_looked_for(short: list[str], pieces: list[str]) -> None:
    for joint in ("", " ", "\n"):
        assert_equal(joint.join(short), joint.join(short), "NYC", joint.join(pieces))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=400))
def test_of_any_text(title: str, company: str, body: str) -> None:
    assert_equal(title, company, "Dallas, TX", body + " and so on: one two three four five six")


@pytest.mark.parametrize("piece", PIECES)
def test_of_each_piece_among_many_words(piece: str) -> None:
    assert_equal("Java Developer", piece, "", f"We build systems for the banks of this town {piece} with Java")


def test_of_a_text_of_many_alphabets() -> None:
    letters = "".join(map(chr, (*range(0x20, 0x600), *range(0x2000, 0x2200), *range(0x4E00, 0x4E80))))
    assert_equal("Java", letters[:300], "", " ".join(letters[n : n + 9] for n in range(0, len(letters), 9)))
