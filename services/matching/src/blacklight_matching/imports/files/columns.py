"""Names that sources give to the fields of a posting (spec 6.12). Pure."""

from __future__ import annotations

import re

FIELDS: dict[str, tuple[str, ...]] = {
    "platform_job_id": (
        "external_job_id", "externalJobId", "job_id", "jobId", "external_id", "platform_job_id", "id", "job_key",
        "posting_id",
    ),
    "title": ("title", "job_title", "position", "position_title"),
    "company": ("company", "company_name", "employer", "employer_name", "organization", "hiring_organization"),
    "location": ("location", "job_location", "place", "city"),
    "description": ("description", "job_description", "full_description", "details"),
    "url": ("url", "job_url", "link", "job_link", "apply_url"),
    "salary_min": ("salary_min", "min_salary", "salary_from"),
    "salary_max": ("salary_max", "max_salary", "salary_to"),
    "salary_currency": ("salary_currency", "currency"),
    "job_type": ("job_type", "employment_type", "contract_type"),
    "experience_level": ("experience_level", "seniority", "experience_required", "experience"),
    "posted_date": ("posted_date", "date_posted", "posted_at", "posted", "publish_date", "published_date"),
    "remote": ("remote", "is_remote"),
}  # fmt: skip
"""In the order in which they are looked for; case and signs between the words don't matter."""

SAID_BESIDE: dict[str, tuple[str, ...]] = {
    "Requirements": ("requirements",),
    "Skills": ("skills",),
    "Salary": ("salary_range", "salary"),
}
"""What some sources keep out of the description; it is put below it, so that it is read as well."""

_SIGNS = re.compile(r"[^a-z0-9]+")


def folded(name: str) -> str:
    """A column's name for comparing: `External Job ID` and `externalJobId` are one."""
    return _SIGNS.sub("", name.lower())
