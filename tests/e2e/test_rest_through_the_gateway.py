"""REST through Envoy: what works, and that what is wrong is named and loses nothing."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from blacklight_auth.keys.service import SigningKeys
from blacklight_auth.signin.access_token import sign
from blacklight_local.demo.api import Api
from blacklight_local.demo.material import DOCX, media_type
from blacklight_local.running import RunningStack
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.database import Database
from blacklight_servicekit.identity import ServiceTokens, load_private_key

RESUMES = Path(__file__).resolve().parents[2] / "deploy/local/demo/resumes"
PDF = next(iter(sorted(RESUMES.glob("*.pdf"))))
DOCX_FILE = next(iter(sorted(RESUMES.glob("*.docx"))))


@pytest.fixture(scope="module", autouse=True)
def signed_out(make_tenant: Callable[[], Any]) -> Any:
    """An administrator who has left while the session was known to work: first, for that is felt seconds later."""
    tenant = make_tenant()
    assert tenant.http.get("/v1/candidates").status_code == 200
    assert tenant.http.post("/v1/auth:logout", json={}).status_code == 200
    return tenant


def _reason(answer: httpx.Response) -> str:
    assert answer.headers["content-type"].startswith("application/json"), answer.text
    return str(answer.json()["details"][0].get("reason"))


def _fields(answer: httpx.Response) -> list[str]:
    details = answer.json()["details"]
    return [violation["field"] for detail in details for violation in detail.get("field_violations", [])]


def _candidate(api: Api, **fields: Any) -> str:
    return str(api.post("/v1/candidates", {"given_name": "Rowan", **fields})["candidate_id"])


def _upload(http: httpx.Client, candidate: str, data: bytes, kind: str, name: str) -> httpx.Response:
    path = f"/v1/candidates/{candidate}/resumes"
    return http.post(path, content=data, headers={"content-type": kind}, params={"file_name": name})


def _processed(api: Api, candidate: str, resume: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while True:
        found = api.get(f"/v1/candidates/{candidate}/resumes/{resume}")
        if found["state"] in ("RESUME_STATE_COMPLETED", "RESUME_STATE_FAILED"):
            return found
        assert time.monotonic() < end, found["state"]
        time.sleep(0.1)


@pytest.mark.parametrize("file", [PDF, DOCX_FILE], ids=lambda file: file.suffix)
def test_turns_a_resume_into_a_profile_and_gives_the_file_back(tenant: Any, file: Path) -> None:
    candidate = _candidate(tenant.api)
    resume = _upload(tenant.http, candidate, file.read_bytes(), media_type(file), file.name).json()
    parsed = _processed(tenant.api, candidate, resume["resume_id"])
    assert parsed["state"] == "RESUME_STATE_COMPLETED", parsed
    assert parsed["parsed"]["jobs"]
    assert parsed["parsed"]["skills"]
    field = parsed["parsed"]["emails"][0]
    assert field["value"].lower() in parsed["parsed"]["text"][field["start"] : field["end"]].lower()
    profile = tenant.api.get(f"/v1/candidates/{candidate}")
    assert profile["state"] == "CANDIDATE_STATE_REVIEW"
    assert profile["given_name"] == "Rowan", "what a person typed stays"
    assert profile["skills"]
    back = tenant.http.get(f"/v1/candidates/{candidate}/resumes/{resume['resume_id']}:download")
    assert back.content == file.read_bytes()
    assert "attachment" in back.headers["content-disposition"]


def test_updates_with_mask_and_etag_and_refuses_a_stale_one(tenant: Any) -> None:
    candidate = _candidate(tenant.api)
    before = tenant.api.get(f"/v1/candidates/{candidate}")
    path = f"/v1/candidates/{candidate}"
    change = {"location": "Dallas, TX", "etag": before["etag"]}
    first = tenant.http.patch(path, params={"update_mask": "location"}, json=change)
    assert first.status_code == 200, first.text
    assert first.json()["location"] == "Dallas, TX"
    second = tenant.http.patch(path, params={"update_mask": "location"}, json=change)
    assert second.status_code == 409
    assert _reason(second) == "ETAG_MISMATCH"
    none = tenant.http.patch(path, json={"location": "x"})
    assert none.status_code == 400
    assert "update_mask" in _fields(none)


def test_deletes_a_candidate_for_good(tenant: Any) -> None:
    candidate = _candidate(tenant.api)
    assert tenant.http.delete(f"/v1/candidates/{candidate}").status_code == 200
    assert tenant.http.get(f"/v1/candidates/{candidate}").status_code == 404


def test_the_same_request_id_creates_one_candidate(tenant: Any) -> None:
    word = str(uuid4())
    made = [
        tenant.http.post("/v1/candidates", params={"request_id": word}, json={"given_name": "Ines"}).json()
        for _ in range(3)
    ]
    assert len({candidate["candidate_id"] for candidate in made}) == 1
    other = tenant.http.post("/v1/candidates", params={"request_id": word}, json={"given_name": "Otto"})
    assert _reason(other) == "REQUEST_ID_REUSED"


def test_another_tenants_candidate_looks_absent(make_tenant: Callable[[], Any]) -> None:
    ours, theirs = make_tenant(), make_tenant()
    candidate = _candidate(ours.api)
    absent = theirs.http.get(f"/v1/candidates/{uuid4()}")
    foreign = theirs.http.get(f"/v1/candidates/{candidate}")
    assert foreign.status_code == absent.status_code == 404
    assert _reason(foreign) == _reason(absent)
    assert theirs.api.get("/v1/candidates").get("candidates", []) == []


def test_names_the_field_at_fault(tenant: Any) -> None:
    answer = tenant.http.post("/v1/candidates", json={"given_name": "Rowan", "email": "not an address"})
    assert answer.status_code == 400
    assert _fields(answer) == ["candidate.email"]


def test_refuses_a_page_token_of_another_query(make_tenant: Callable[[], Any]) -> None:
    tenant = make_tenant()
    for number in range(3):
        _candidate(tenant.api, family_name=str(number))
    token = tenant.api.get("/v1/candidates", page_size=2)["next_page_token"]
    assert len(tenant.api.get("/v1/candidates", page_size=2, page_token=token)["candidates"]) == 1
    other = tenant.http.get("/v1/candidates", params={"page_token": token, "search": "rowan"})
    assert other.status_code == 400
    assert _reason(other) == "PAGE_TOKEN_MISMATCH"
    assert _fields(other) == ["page_token"]


def test_names_malformed_json_and_unknown_parameters(tenant: Any) -> None:
    headers = {"content-type": "application/json"}
    broken = tenant.http.post("/v1/candidates", content=b'{"given_name":', headers=headers)
    assert broken.status_code == 400
    unknown = tenant.http.get("/v1/candidates", params={"colour": "red"})
    assert unknown.status_code == 400
    assert "colour" in unknown.json()["message"]


def _flipped(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["tenant_id"] = str(uuid4())
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{forged}.{signature}"


def test_refuses_a_tampered_token(tenant: Any) -> None:
    answer = httpx.get(
        f"{tenant.api.url}/v1/candidates", headers={"authorization": f"Bearer {_flipped(tenant.api.token)}"}
    )
    assert answer.status_code == 401


def test_refuses_an_expired_token(stack: RunningStack, tenant: Any) -> None:
    settings = stack.stack.environments.run("auth")
    database = Database(settings["BLACKLIGHT_APP_DATABASE_URL"], settings["BLACKLIGHT_PLATFORM_DATABASE_URL"])
    signer = SigningKeys(database, b64decode(settings["BLACKLIGHT_KEY_ENCRYPTION_KEY"]), utc_now).signer()
    database.dispose()
    claims = jwt.decode(tenant.api.token, options={"verify_signature": False})

    def answer(seconds: int) -> httpx.Response:
        times = {"iat": int(time.time()) + seconds - 900, "exp": int(time.time()) + seconds}
        token = sign({**claims, **times}, kid=signer.kid, key=signer.private_key)
        return httpx.get(f"{tenant.api.url}/v1/candidates", headers={"authorization": f"Bearer {token}"})

    assert answer(+600).status_code == 200, "signed like any other"
    refused = answer(-600)
    assert refused.status_code == 401
    assert _reason(refused) == "TOKEN_INVALID"
    assert "expired" in refused.json()["message"]


def test_refuses_a_services_token_at_the_gateway(stack: RunningStack, tenant: Any) -> None:
    settings = stack.stack.environments.run("candidate")
    key = load_private_key(Path(settings["BLACKLIGHT_SERVICE_KEY_FILE"]))
    token = ServiceTokens("candidate", key, utc_now).token("matching", None)
    answer = httpx.get(f"{tenant.api.url}/v1/candidates", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_logging_out_ends_the_session_everywhere(signed_out: Any) -> None:
    end = time.monotonic() + 20
    while signed_out.http.get("/v1/candidates").status_code == 200:
        assert time.monotonic() < end, "a session that was ended still works"
        time.sleep(0.5)
    assert _reason(signed_out.http.get("/v1/candidates")) == "SESSION_ENDED"


def test_a_platform_admin_has_no_way_into_a_tenant(admin: Api) -> None:
    answer = httpx.get(f"{admin.url}/v1/candidates", headers={"authorization": f"Bearer {admin.token}"})
    assert answer.status_code == 403


def _zip_bytes() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("hello.txt", "hello")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "kind", "name"),
    [
        (b"just a text", "application/pdf", "resume.pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "application/pdf", "resume.pdf"),
        (_zip_bytes(), DOCX, "resume.docx"),
    ],
    ids=["text", "picture", "archive"],
)
def test_refuses_a_file_that_is_not_what_its_name_says(tenant: Any, data: bytes, kind: str, name: str) -> None:
    answer = _upload(tenant.http, _candidate(tenant.api), data, kind, name)
    assert answer.status_code == 400, answer.text
    assert _reason(answer) == "UNSUPPORTED_TYPE"
    assert "file" in _fields(answer)


def test_refuses_an_empty_body_and_multipart_with_the_right_curl_line(tenant: Any) -> None:
    candidate = _candidate(tenant.api)
    for answer in (
        _upload(tenant.http, candidate, b"", "application/pdf", "resume.pdf"),
        tenant.http.post(
            f"/v1/candidates/{candidate}/resumes",
            params={"file_name": "resume.pdf"},
            files={"file": ("resume.pdf", PDF.read_bytes(), "application/pdf")},
        ),
    ):
        assert answer.status_code == 400, answer.text
        assert "curl" in answer.json()["message"]
        assert "--data-binary" in answer.json()["message"]


def test_refuses_thirty_megabytes(tenant: Any) -> None:
    answer = _upload(
        tenant.http, _candidate(tenant.api), b"%PDF-1.7\n" + b"0" * 30_000_000, "application/pdf", "resume.pdf"
    )
    assert answer.status_code == 413
    assert "file" in answer.json()["message"]


def _pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    return head + b"".join(each + b"endobj\n" for each in objects) + b"trailer<</Root 1 0 R" + trailer + b">>\n%%EOF"


NO_TEXT = _pdf(
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>", b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"
)
ENCRYPTED = _pdf(
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>",
    b"4 0 obj<</Filter/Standard/V 1/R 2/Length 40/P -4/O(" + b"A" * 32 + b")/U(" + b"B" * 32 + b")>>",
    trailer=b"/Encrypt 4 0 R/ID[<0123456789ABCDEF><0123456789ABCDEF>]",
)


@pytest.mark.parametrize(
    ("file", "data", "reasons"),
    [
        (PDF, PDF.read_bytes()[: PDF.stat().st_size // 3], {"DAMAGED", "NO_TEXT"}),
        (DOCX_FILE, DOCX_FILE.read_bytes()[: DOCX_FILE.stat().st_size // 2], {"DAMAGED"}),
        (PDF, b"%PDF-1.4\nnonsense", {"DAMAGED"}),
        (PDF, ENCRYPTED, {"ENCRYPTED"}),
        (PDF, NO_TEXT, {"NO_TEXT"}),
    ],
    ids=["truncated", "truncated-docx", "nonsense", "encrypted", "no-text"],
)
def test_a_resume_that_cannot_be_read_fails_with_its_reason_never_empty(
    tenant: Any, file: Path, data: bytes, reasons: set[str]
) -> None:
    candidate = _candidate(tenant.api)
    resume = _upload(tenant.http, candidate, data, media_type(file), file.name).json()
    found = _processed(tenant.api, candidate, resume["resume_id"])
    assert found["state"] == "RESUME_STATE_FAILED"
    assert found["failure"]["reason"] in reasons
    assert found["failure"]["message"]
    assert tenant.api.get(f"/v1/candidates/{candidate}")["state"] != "CANDIDATE_STATE_REVIEW"
    path = f"/v1/candidates/{candidate}/resumes/{resume['resume_id']}"
    assert tenant.http.get(f"{path}:download").content == data, "what was uploaded is kept"


def test_uploads_by_another_content_type_are_told_what_is_taken(tenant: Any) -> None:
    answer = _upload(tenant.http, _candidate(tenant.api), PDF.read_bytes(), "application/pdf", "")
    assert answer.status_code == 400
    assert "file_name" in _fields(answer)


def test_deactivating_a_user_ends_their_sessions_everywhere(tenant: Any) -> None:
    email = f"recruiter-{uuid4().hex[:8]}@tenant.example.com"
    person = {"email": email, "given_name": "Rae", "family_name": "Cruz", "system_role": "SYSTEM_ROLE_RECRUITER"}
    made = tenant.api.post("/v1/users", person)
    bare = Api(tenant.api.url)
    bare.post("/v1/auth:setPassword", {"token": made["set_password_token"], "new_password": "correct horse battery"})
    recruiter = bare.signed_in(email, "correct horse battery")
    headers = {"authorization": f"Bearer {recruiter.token}"}
    with httpx.Client(base_url=tenant.api.url, headers=headers) as http:
        assert http.get("/v1/candidates").status_code == 200
        assert http.post("/v1/users", json=person).status_code == 403, "a recruiter makes no users"
        tenant.api.post(f"/v1/users/{made['user']['user_id']}:deactivate", {})
        end = time.monotonic() + 20
        while http.get("/v1/candidates").status_code == 200:
            assert time.monotonic() < end, "a deactivated user still works"
            time.sleep(0.5)
    answer = httpx.post(f"{tenant.api.url}/v1/auth:login", json={"email": email, "password": "correct horse battery"})
    assert answer.status_code in (401, 403)
