"""`blacklight explain` on the whole stack: a résumé and a posting of the tenant's own, by words and by ids."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from blacklight_cli.main import main
from click.testing import CliRunner, Result

RESUMES = Path(__file__).resolve().parents[2] / "deploy/local/demo/resumes"
POSTING = {
    "platform_job_id": "explain-1",
    "title": "Harbour Systems Developer",
    "company": "Lighthouse Works",
    "location": "Dallas, TX",
    "description": "We build software for harbours.\nRequirements\n- Java, SQL and COBOL are required.\n- 40+ years of "
    "experience in development.",
    "url": "https://board.example/explain-1",
}


def test_a_score_is_printed_as_a_sum_with_its_sentences(
    make_tenant: Callable[[], Any], upload: Callable[..., list[tuple[str, str]]], until: Callable[..., Any]
) -> None:
    tenant = make_tenant()
    [(candidate, resume)] = upload(tenant.api, [sorted(RESUMES.glob("*.pdf"))[0]])
    posting = tenant.api.post("/v1/postings", POSTING)["posting_id"]

    def explained(*words: str) -> Result | None:
        environment = {"BLACKLIGHT_GATEWAY": tenant.api.url, "BLACKLIGHT_TOKEN": tenant.api.token}
        ran = CliRunner().invoke(main, ["explain", *words], env=environment)
        return ran if ran.exit_code == 0 else None

    def whole() -> dict[str, Any] | None:
        """The explanation once both sides are read; the candidate is known from its making on."""
        ran = explained(candidate, posting, "--json")
        told = json.loads(ran.output) if ran else {"parts": [{}]}
        return told if all(part.get("score") is not None for part in told["parts"]) else None

    told = until(whole, "the pair to be read")
    ran = until(lambda: explained(candidate, posting), "the pair to be explained")
    lines = ran.output.splitlines()
    assert "Harbour Systems Developer" in lines[0]
    parts = [line for line in lines if line.startswith(("Skills: ", "Experience: ", "Likeness of the texts: "))]
    assert len(parts) == 3
    [total] = [line for line in lines if " = " in line and line.endswith(")") and line[0].isdigit()]
    added, _, score = total.partition(" = ")
    counted = [round(float(each) * 100) for each in added.split(" + ")]
    assert sum(counted) == round(float(score.split()[0]) * 100)
    assert any("COBOL" in line and line.strip().startswith("-") for line in lines)
    assert "What would raise it:" in lines
    by_words = until(lambda: explained(candidate, "Harbour Systems Lighthouse"), "the posting to be found")
    assert by_words.output == ran.output
    read, said = (
        tenant.api.get(f"/v1/candidates/{candidate}/resumes/{resume}"),
        tenant.api.get(f"/v1/postings/{posting}"),
    )
    texts = {"resume": read["parsed"]["text"], "posting": f"{said['title']}\n\n{said['description']}"}
    quoted = [
        (part["name"], side) for part in told["parts"] for each in part["evidence"] for side in _quoted(each, texts)
    ]
    assert set(quoted) == {(part["name"], side) for part in told["parts"] for side in texts}


def _quoted(evidence: dict[str, Any], texts: dict[str, str]) -> list[str]:
    """Which sides an evidence quotes, each from where it says."""
    sides = [side for side in texts if evidence[f"{side}_sentence"]]
    for side in sides:
        quote = texts[side][evidence[f"{side}_start"] : evidence[f"{side}_end"]]
        assert " ".join(quote.split()) == " ".join(evidence[f"{side}_sentence"].split())
    return sides
