"""Postings on the wire: drafts in, postings and answers out."""

from __future__ import annotations

import math
from dataclasses import asdict

from blacklight.matching.v1 import posting_pb2, posting_service_pb2, work_pb2

from blacklight_matching.mailboxes.views import PostingMailView
from blacklight_matching.postings.importing.drafts import Draft, RowResult
from blacklight_matching.postings.view import PostingFieldsView, PostingView, SourceView
from blacklight_matching.wire import clean, timestamp

_UNSAID = "UNSPECIFIED"


def decode_draft(draft: posting_pb2.PostingDraft) -> Draft:
    """A well-formed row as plain values."""
    return Draft(
        platform_job_id=draft.platform_job_id,
        title=clean(draft.title),
        company=clean(draft.company),
        location=clean(draft.location),
        description=clean(draft.description),
        url=clean(draft.url),
        salary_min=draft.salary_min if draft.HasField("salary_min") else None,
        salary_max=draft.salary_max if draft.HasField("salary_max") else None,
        salary_currency=clean(draft.salary_currency),
        job_type=clean(draft.job_type),
        experience_level=clean(draft.experience_level),
        posted_date=draft.posted_date,
        remote=draft.remote if draft.HasField("remote") else None,
    )


def encode_result(row: RowResult) -> posting_service_pb2.RowResult:
    """What became of a row."""
    outcome = "REFRESHED" if row.outcome == "UPDATED" else row.outcome
    return posting_service_pb2.RowResult(
        outcome=posting_service_pb2.RowOutcome.Value(f"ROW_OUTCOME_{outcome}"),
        posting_id=row.posting_id,
        reason=row.reason,
        field=row.field,
        message=row.message,
        kept=posting_service_pb2.KeptPosting(**asdict(row.kept)) if row.kept else None,
    )


def encode_posting(posting: PostingView) -> posting_pb2.Posting:
    """A posting; years are rounded so that they still admit everyone whom the text admits."""
    low, high = posting.min_years, posting.max_years
    return posting_pb2.Posting(
        posting_id=str(posting.posting_id),
        platform=posting.platform,
        platform_job_id=posting.platform_job_id,
        title=posting.title,
        company=posting.company,
        location=posting.location,
        description=posting.description,
        url=posting.url,
        remote=posting.remote,
        min_experience_years=None if low is None else math.floor(low),
        max_experience_years=None if high is None else math.ceil(high),
        skills=posting.skills,
        state=posting_pb2.PostingState.Value(f"POSTING_STATE_{posting.state}"),
        role_id="" if posting.role_id is None else str(posting.role_id),
        posted_time=timestamp(posting.posted_time),
        create_time=timestamp(posting.create_time),
        last_seen_time=timestamp(posting.last_seen_time),
        sources=[_source(source) for source in posting.sources],
        fields=_fields(posting.fields),
        origin=posting_pb2.PostingOrigin.Value(f"POSTING_ORIGIN_{posting.origin}"),
        private=posting.private,
        mails=[_mail(mail) for mail in posting.mails],
        etag=posting.etag,
    )


def _source(source: SourceView) -> posting_pb2.PostingSource:
    return posting_pb2.PostingSource(
        platform=source.platform,
        platform_job_id=source.platform_job_id,
        url=source.url,
        last_seen_time=timestamp(source.last_seen_time),
    )


def _mail(mail: PostingMailView) -> posting_pb2.PostingMail:
    return posting_pb2.PostingMail(
        user_id=str(mail.user_id),
        mailbox_id="" if mail.mailbox_id is None else str(mail.mailbox_id),
        subject=mail.subject,
        sender=mail.sender,
        receive_time=timestamp(mail.receive_time),
    )


def _fields(read: PostingFieldsView) -> posting_pb2.PostingFields:
    paid = read.pay_min is not None or read.pay_max is not None
    return posting_pb2.PostingFields(
        title=read.clean_title,
        company=read.company_name,
        places=read.places,
        country=read.country,
        workplace=work_pb2.Workplace.Value(f"WORKPLACE_{read.workplace or _UNSAID}"),
        contract_types=[work_pb2.ContractType.Value(f"CONTRACT_TYPE_{each}") for each in read.contract_types],
        pay=_pay(read) if paid else None,
        work_authorizations=[
            work_pb2.WorkAuthorization.Value(f"WORK_AUTHORIZATION_{each}") for each in read.work_authorizations
        ],
        sponsorship={"OFFERED": True, "NOT_OFFERED": False}.get(read.sponsorship),
        clearance=read.clearance,
    )


def _pay(read: PostingFieldsView) -> work_pb2.Pay:
    period = work_pb2.PayPeriod.Value(f"PAY_PERIOD_{read.pay_period or _UNSAID}")
    return work_pb2.Pay(min=read.pay_min, max=read.pay_max, currency=read.pay_currency, period=period)
