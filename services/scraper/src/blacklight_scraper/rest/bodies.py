"""What hosts send by REST. Pure.

Tolerant where hosts are known to vary: fields that we do not know are passed over, `null` is as good as nothing, and
numbers may come as texts and texts as numbers. The rest is refused with the field's name. What a posting must hold
is not decided here but where batches of the stream are checked too (`intake.boundary`).
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

MOST_JOBS: Final = 5_000
LONGEST_MESSAGE: Final = 1_000
LONGEST_COOKIES: Final = 64 * 1024
MOST_COOLDOWN_MINUTES: Final = 10_080


def _text(given: Any) -> Any:
    """`null` as nothing, numbers as they are written; NUL, which no text may hold, taken out."""
    if given is None:
        return ""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    if not isinstance(given, str):
        return given
    try:
        given.encode()
    except UnicodeEncodeError:  # half a character, as JSON may escape it
        raise ValueError("is no text that UTF-8 can hold") from None
    return given.replace("\x00", "")


def _number(given: Any) -> Any:
    """Nothing where a text is empty; `"85,000"` as 85000."""
    if isinstance(given, str):
        return given.replace(",", "").strip() or None
    return given


def _flag(given: Any) -> Any:
    return None if given == "" else given


Text = Annotated[str, BeforeValidator(_text)]
Identifier = Annotated[Text, Field(max_length=200)]
Number = Annotated[Annotated[float, Field(allow_inf_nan=False)] | None, BeforeValidator(_number)]
Minutes = Annotated[
    Annotated[float, Field(ge=0, le=MOST_COOLDOWN_MINUTES, allow_inf_nan=False)] | None, BeforeValidator(_number)
]
Flag = Annotated[bool | None, BeforeValidator(_flag)]


def _clipped(given: Any) -> Any:
    text = _text(given)
    return text[:LONGEST_MESSAGE] if isinstance(text, str) else text


Message = Annotated[str, BeforeValidator(_clipped)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class JobBody(_Body):
    """One job of a submission, by itself. `recruiter` is passed over: whom to call is not ours to keep."""

    platform_job_id: Text = Field(
        default="",
        # The six spellings that hosts have used (spec 6.12).
        validation_alias=AliasChoices("platform_job_id", "external_job_id", "external_id", "job_id", "jobId", "id"),
    )
    title: Text = ""
    company: Text = ""
    location: Text = ""
    description: Text = ""
    url: Text = ""
    salary_min: Number = None
    salary_max: Number = None
    salary_currency: Text = Field(default="", validation_alias=AliasChoices("salary_currency", "currency"))
    job_type: Text = ""
    experience_level: Text = ""
    posted_date: Text = ""
    remote: Flag = Field(default=None, validation_alias=AliasChoices("is_remote", "remote"))


class SubmissionBody(_Body):
    """One platform's jobs, or how it failed. The jobs are read one by one, so that one cannot sink the others."""

    session_id: Identifier = ""
    platform: Annotated[Text, Field(min_length=1, max_length=50)] = Field(
        validation_alias=AliasChoices("platform", "platform_name")
    )
    jobs: Annotated[list[Any], Field(max_length=MOST_JOBS)] | None = None
    status: Identifier = ""
    error_message: Message = ""
    reason: Identifier = Field(default="", validation_alias=AliasChoices("reason", "failure_reason"))
    empty_confirmed: Flag = None
    submission_id: Identifier = ""


class SessionBody(_Body):
    """Names a session."""

    session_id: Identifier = ""
    error_message: Message = ""
    reason: Identifier = Field(default="", validation_alias=AliasChoices("reason", "failure_reason"))


class LeaseBody(_Body):
    """Something about a lease; the token proves who holds it."""

    lease_token: Identifier = ""
    session_id: Identifier = ""
    message: Message = ""


class SuccessBody(LeaseBody):
    """The account worked; the lease ends unless `terminal` is false."""

    terminal: Flag = None


class FailureBody(LeaseBody):
    """The account failed."""

    error_message: Message = ""
    reason: Identifier = Field(default="", validation_alias=AliasChoices("reason", "failure_reason"))
    cooldown_minutes: Minutes = None
    auth_dead: Flag = None


class RefreshBody(LeaseBody):
    """Renewed cookies: a JSON text, or the JSON itself."""

    cookies: Any = None
