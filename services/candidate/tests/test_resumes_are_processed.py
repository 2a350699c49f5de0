"""An uploaded resume becomes a profile, or a failure with a reason; whatever dies on the way."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blacklight.candidate.v1 import candidate_pb2, resume_pb2
from blacklight_candidate.app import APP
from blacklight_candidate.resumes.job import workflow_id
from sqlalchemy import text

DATA = Path(__file__).parent / "data" / "jsonresume"
PDF = (DATA / "pdf" / "even__johndoe.pdf").read_bytes()
NO_TEXT = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)
ENCRYPTED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 2/R 3/Length 128/P -44/O<" + b"28" * 32 + b">/U<" + b"4e" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\n%%EOF"
)
REVIEW, INTAKE, PARSING = (
    getattr(candidate_pb2, f"CANDIDATE_STATE_{name}") for name in ("REVIEW", "INTAKE", "PARSING")
)
COMPLETED, FAILED = resume_pb2.RESUME_STATE_COMPLETED, resume_pb2.RESUME_STATE_FAILED


def upload(service: Any, data: bytes, given_name: str = "Ann", **fields: Any) -> tuple[str, str]:
    """A new candidate with this resume, processed; their ids."""
    made = service.api.create(given_name, **fields)
    resume = service.api.upload(made.candidate_id, data)
    service.api.processed(made.candidate_id, resume.resume_id)
    return made.candidate_id, resume.resume_id


def test_a_resume_fills_the_profile(working: Any) -> None:
    candidate_id, resume_id = upload(working, working.ann)
    resume = working.api.resume(candidate_id, resume_id)
    assert resume.state == COMPLETED
    assert resume.HasField("process_time")
    assert not resume.HasField("failure")
    parsed = resume.parsed
    assert parsed.text[parsed.name.start : parsed.name.end] == parsed.name.value == "Ann Example"
    assert parsed.jobs[0].employer.value == "Initech LLC"
    assert parsed.jobs[0].current
    assert parsed.parser_version
    candidate = working.api.get(candidate_id)
    assert candidate.state == REVIEW
    assert (candidate.family_name, candidate.email) == ("Example", "ann.example@example.com")
    assert (candidate.phone, candidate.current_title) == ("+14155550132", "Senior Java Developer")
    assert "Java" in candidate.skills
    assert "Zorgblat" in candidate.skills
    assert candidate.experience_years >= 15
    assert working.api.found(search="zorgblat senior", skills=["java"]) == ["Ann"]
    assert working.api.resumes_of(candidate_id).resumes[0].HasField("parsed") is False


def test_a_pdf_is_read_as_well(working: Any) -> None:
    candidate_id, resume_id = upload(working, PDF, "John")
    assert working.api.resume(candidate_id, resume_id).state == COMPLETED
    assert working.api.get(candidate_id).family_name == "Doe"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (PDF[: len(PDF) // 3], "DAMAGED"),
        (ENCRYPTED, "ENCRYPTED"),
        (NO_TEXT, "NO_TEXT"),
        ("prose", "NOTHING_RECOGNISED"),
    ],
)
def test_what_cannot_be_read_is_a_failure_with_a_reason(working: Any, data: Any, reason: str) -> None:
    file = working.docx(("nothing of interest was written here, and nothing came of it.",)) if data == "prose" else data
    candidate_id, resume_id = upload(working, file)
    resume = working.api.resume(candidate_id, resume_id)
    assert (resume.state, resume.failure.reason) == (FAILED, reason)
    assert resume.failure.message
    assert not resume.failure.retryable
    assert not resume.HasField("parsed")
    assert working.api.get(candidate_id).state == INTAKE


def test_a_resume_after_an_unreadable_one_is_primary(working: Any) -> None:
    candidate_id, _ = upload(working, NO_TEXT)
    second = working.api.upload(candidate_id, working.ann)
    assert second.primary
    working.api.processed(candidate_id, second.resume_id)
    assert working.api.get(candidate_id).state == REVIEW
    assert [resume.primary for resume in working.api.resumes_of(candidate_id).resumes] == [True, False]


def test_a_second_resume_leaves_the_profile_alone(working: Any) -> None:
    candidate_id, _ = upload(working, working.ann)
    before = working.api.get(candidate_id)
    second = working.api.upload(candidate_id, PDF)
    assert working.api.processed(candidate_id, second.resume_id).state == COMPLETED
    assert working.api.get(candidate_id) == before


def test_what_a_person_wrote_survives_reading_again(working: Any) -> None:
    candidate_id, resume_id = upload(working, working.ann, phone="as typed at creation")
    working.api.update(candidate_id, ["current_title", "email"], current_title="Architect")
    assert working.api.reprocess(candidate_id, resume_id).state == resume_pb2.RESUME_STATE_PENDING
    assert working.api.processed(candidate_id, resume_id).state == COMPLETED
    candidate = working.api.get(candidate_id)
    assert (candidate.current_title, candidate.email, candidate.phone) == ("Architect", "", "as typed at creation")
    assert candidate.state == REVIEW
    assert "Java" in candidate.skills


def test_another_persons_resume_lends_no_family_name(working: Any) -> None:
    candidate_id, _ = upload(working, working.ann, "Bob")
    candidate = working.api.get(candidate_id)
    assert (candidate.given_name, candidate.family_name) == ("Bob", "")


def test_a_failed_resume_can_be_tried_again(working: Any) -> None:
    candidate_id, resume_id = upload(working, NO_TEXT)
    working.api.reprocess(candidate_id, resume_id)
    assert working.api.processed(candidate_id, resume_id).failure.reason == "NO_TEXT"
    with working.app.database.transaction(working.tenant) as session:
        assert session.scalar(text("SELECT attempt FROM resumes")) == 2


def test_processing_starts_though_the_process_died_after_the_commit(
    make_service: Callable[..., Any], work_app: Any
) -> None:
    """H-7: the upload is committed while nobody runs who could start a workflow."""
    service = make_service(temporal=True)
    made = service.api.create()
    resume = service.api.upload(made.candidate_id, service.ann)
    assert service.api.get(made.candidate_id).state == PARSING
    work_app(APP, settings=service.settings)
    assert service.api.processed(made.candidate_id, resume.resume_id).state == COMPLETED


def test_a_candidate_deleted_before_processing_stays_deleted(make_service: Callable[..., Any], work_app: Any) -> None:
    service = make_service(temporal=True)
    made = service.api.create()
    service.api.upload(made.candidate_id, service.ann)
    service.api.delete(made.candidate_id)
    work_app(APP, settings=service.settings)
    service.until(service.stored, lambda files: files == [])
    assert service.refusal(lambda: service.api.get(made.candidate_id)).reason == "CANDIDATE_NOT_FOUND"
    with service.app.database.transaction(service.tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM resumes")) == 0


def test_a_killed_workers_resume_is_finished_by_another(
    make_service: Callable[..., Any], work_app: Any, tmp_path: Path
) -> None:
    service = make_service(temporal=True)
    made = service.api.create()
    resume = service.api.upload(made.candidate_id, service.ann)
    held = service.app.database.transaction(service.tenant)
    worker = worker_process(service, tmp_path)
    try:
        service.until(
            lambda: service.api.resume(made.candidate_id, resume.resume_id).state,
            lambda state: state == resume_pb2.RESUME_STATE_PROCESSING,
        )
        # From here no step of the worker gets past the row, and so it dies in the middle of one.
        with held as session:
            session.execute(text("SELECT 1 FROM candidates FOR UPDATE"))
            time.sleep(1)
            assert service.api.resume(made.candidate_id, resume.resume_id).state == resume_pb2.RESUME_STATE_PROCESSING
            worker.send_signal(signal.SIGKILL)
            worker.wait(10)
    finally:
        worker.kill()
        worker.wait(10)
    work_app(APP, settings=service.settings)
    assert service.api.processed(made.candidate_id, resume.resume_id, seconds=90).state == COMPLETED
    assert service.api.get(made.candidate_id).state == REVIEW


@pytest.mark.parametrize("ends", ["completed", "failed"])
def test_the_history_holds_no_personal_data(working: Any, ends: str) -> None:
    candidate_id, resume_id = upload(working, working.ann if ends == "completed" else NO_TEXT)
    sha256 = working.api.resume(candidate_id, resume_id).sha256

    async def history() -> str:
        client = await working.app.kit.temporal.connect()
        handle = client.get_workflow_handle(workflow_id(resume_id, sha256, 1))
        assert await handle.result() == ends.upper()
        return (await handle.fetch_history()).to_json()

    recorded = working.app.loop.run(history())
    keep(recorded, ends)
    assert resume_id in decoded(recorded)
    for word in ("Example", "example.com", "Initech", "Java", "4155550132"):
        assert word not in decoded(recorded)


def keep(history: str, ends: str) -> None:
    """Renews the kept histories where `KEEP_HISTORIES` names their folder; they don't say where they were made."""
    folder = os.environ.get("KEEP_HISTORIES")
    if folder:
        anonymous = re.sub(r'(?<="identity": )"[^"]*"|"\d+@[^"]*"', '"worker"', history)
        Path(folder, f"resume-processing.{ends}.json").write_text(json.dumps(json.loads(anonymous), indent=1) + "\n")


def decoded(history: str) -> str:
    """The history with its payloads in clear."""

    def clear(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: clear(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [clear(inner) for inner in value]
        if isinstance(value, str):
            try:
                return base64.b64decode(value, validate=True).decode()
            except ValueError:
                return value
        return value

    return json.dumps(clear(json.loads(history)))


def worker_process(service: Any, folder: Path) -> subprocess.Popen[bytes]:
    """`work` as a process of its own."""
    values = service.settings.model_dump()
    environment = {
        f"BLACKLIGHT_{name.upper()}": getattr(value, "get_secret_value", lambda value=value: value)()
        for name, value in values.items()
        if value is not None
    }
    ready = folder / "ready"
    environment = {name: str(value) for name, value in environment.items()} | {
        "BLACKLIGHT_READY_FILE": str(ready),
        "PATH": os.environ["PATH"],
    }
    log = (folder / "worker.log").open("wb")
    return subprocess.Popen([sys.executable, "-m", "blacklight_candidate", "work"], env=environment, stderr=log)
