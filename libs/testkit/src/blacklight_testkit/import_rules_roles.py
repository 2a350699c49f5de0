"""What each kind of module may import: the table behind `import_rules`. A module's role is its file's name.

`servicer`, `workflows`, `activities`, `events` → `service` → `models`; every other module is pure. The few modules
that are pure in spirit but need one thing more are named here with what they need and why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SERVICES: Final = ("auth", "candidate", "matching", "scraper")
KIT = "blacklight_servicekit"
STUBS = "blacklight"
TELLING = frozenset({"service", "models", "servicer", "workflows", "activities", "events"})
"""File names that make their folder a feature."""

PURE_KIT = frozenset({"errors", "clock", "paging", "etag", "caller", "ids", "logs", "sealing"})
"""Modules of servicekit that open nothing."""

CONTROLLED = frozenset({"grpc", "grpc_status", "sqlalchemy", "psycopg2", "alembic", "redis", "temporalio", STUBS, KIT})
"""Packages that only some roles may import; anything else (numpy, jwt …) is free."""


@dataclass(frozen=True)
class Role:
    """What modules of a role may import of the controlled packages, of servicekit, and of the other roles."""

    packages: frozenset[str] = frozenset()
    kit: frozenset[str] = PURE_KIT
    own: frozenset[str] = frozenset()
    """Roles of its own feature that it may import, besides pure modules and `service`s (if `services`)."""
    services: bool = False
    """Whether it may import `service` modules, its own feature's and those of others."""


_CALLING = PURE_KIT | {"clients", "relay", "rpc", "temporal", "policies", "cache", "identity"}

ROLES: Final[dict[str, Role]] = {
    "pure": Role(),
    "models": Role(frozenset({"sqlalchemy", KIT}), PURE_KIT | {"tables"}, frozenset({"models"})),
    "service": Role(
        frozenset({"sqlalchemy", "psycopg2", STUBS, KIT}),
        PURE_KIT
        | {
            "database",
            "binary_copy",
            "bulk",
            "outbox",
            "audit",
            "request_log",
            "masks",
            "validation",
            "identity",
            "ephemeral",
            "listening",
        },
        frozenset({"models"}),
        services=True,
    ),
    "servicer": Role(
        frozenset({"grpc", STUBS, KIT}), PURE_KIT | {"rpc", "validation", "masks", "cache"}, services=True
    ),
    "workflows": Role(frozenset({"temporalio", KIT}), PURE_KIT | {"policies"}, frozenset({"activities"})),
    "activities": Role(frozenset({"temporalio", "grpc", STUBS, KIT}), _CALLING, services=True),
    "events": Role(frozenset({"grpc", STUBS, KIT}), _CALLING, services=True),
    "settings": Role(frozenset({KIT}), PURE_KIT | {"settings"}),
    "encoding": Role(frozenset({STUBS, KIT})),
    "__main__": Role(frozenset({KIT}), PURE_KIT | {"main"}),
}
"""`app` is not here: it wires everything and may import everything of its service."""


@dataclass(frozen=True)
class Needs:
    """What one pure module may import beyond its role, and why."""

    why: str
    modules: frozenset[str] = field(default_factory=frozenset)


EXCEPTIONS: Final[dict[str, Needs]] = {
    "blacklight_auth.roles.catalogue": Needs(
        "permissions and system roles are read from the options of the contract",
        frozenset({"blacklight.options.v1"}),
    ),
    "blacklight_candidate.profiles.encoding": Needs(
        "encodes a value that the service of candidates returns",
        frozenset({"blacklight_candidate.candidates.service"}),
    ),
    "blacklight_candidate.resumes.profile_facts": Needs(
        "makes a value that the service of candidates takes",
        frozenset({"blacklight_candidate.candidates.service"}),
    ),
    "blacklight_scraper.fleet.lease_reports": Needs(
        "says a message on to the service of accounts",
        frozenset({"blacklight.scraper.v1", "blacklight_scraper.credentials.service"}),
    ),
    "blacklight_scraper.fleet.messages": Needs(
        "holds hosts' messages against the rules that the contract states",
        frozenset({"blacklight.matching.v1", "blacklight.scraper.v1", "blacklight_servicekit.validation"}),
    ),
    "blacklight_scraper.fleet.stream": Needs(
        "the half of the servicer that is there once for each stream",
        frozenset(
            {
                "blacklight.scraper.v1",
                "blacklight_servicekit.rpc",
                "blacklight_scraper.claims.service",
                "blacklight_scraper.credentials.service",
                "blacklight_scraper.fleet.encoding",
                "blacklight_scraper.fleet.service",
                "blacklight_scraper.hosts.service",
            }
        ),
    ),
    "blacklight_scraper.intake.fills": Needs(
        "counts the fields of postings as the contract has them",
        frozenset({"blacklight.matching.v1"}),
    ),
    "blacklight_scraper.intake.forwarding": Needs(
        "changes the numbers of the contract's fields in a payload",
        frozenset({"blacklight.matching.v1"}),
    ),
    "blacklight_scraper.intake.boundary": Needs(
        "holds postings against the rules that the contract states",
        frozenset({"blacklight.matching.v1", "blacklight.scraper.v1", "blacklight_servicekit.validation"}),
    ),
}

PLATFORM_WORK: Final[dict[str, str]] = {
    "blacklight_auth.admins.service": "administrators belong to no tenant",
    "blacklight_auth.keys.service": "signing keys belong to no tenant",
    "blacklight_auth.signin.service": "who signs in is looked up before a tenant is known",
    "blacklight_auth.tenants.service": "tenants are made and listed by the platform",
    "blacklight_matching.imports.service": "files of shared postings are imported for all tenants",
    "blacklight_matching.imports.working.service": "files of shared postings are imported for all tenants",
    "blacklight_matching.intake.posting.service": "shared postings concern the candidates of every tenant",
    "blacklight_matching.mailboxes.forgetting.service": "whose mails grow old; they are forgotten inside walls",
    "blacklight_matching.postings.importing.service": "postings are imported for all tenants",
    "blacklight_matching.postings.listing.service": "walls forbid full-text indexes; what is shown is read inside them",
    "blacklight_matching.postings.naming.service": "a role finds postings of all tenants, and is everybody's",
    "blacklight_matching.postings.statistics.service": "shared postings are counted once for all tenants",
    "blacklight_matching.postings.own.service": "a tenant's own postings wait in the queue of all",
    "blacklight_matching.postings.reading.service": "postings are read once for all tenants",
    "blacklight_matching.postings.reading.upkeep.service": "postings are read once for all tenants",
    "blacklight_matching.profiles.embedding.service": "counts and pages candidates of every tenant; reads inside walls",
    "blacklight_matching.roles.embedding.service": "canonical roles are shared by all tenants",
    "blacklight_matching.runs.embedding.service": "vectors are kept up for all tenants",
    "blacklight_matching.runs.rescoring.service": "progress of a run over all tenants",
    "blacklight_matching.runs.service": "runs over all tenants, and whoever does their work",
    "blacklight_matching.roles.decisions.service": "canonical roles are shared by all tenants",
    "blacklight_matching.roles.listing.service": "canonical roles are shared by all tenants",
    "blacklight_matching.roles.service": "canonical roles are shared by all tenants",
    "blacklight_scraper.credentials.accounts.service": "accounts on job boards belong to no tenant",
    "blacklight_scraper.credentials.reaping.service": "accounts on job boards belong to no tenant",
    "blacklight_scraper.credentials.service": "accounts on job boards belong to no tenant",
    "blacklight_scraper.fleet.service": "the fleet works for all tenants",
    "blacklight_scraper.hosts.service": "hosts work for all tenants",
    "blacklight_scraper.activity.service": "what happens in the fleet belongs to no tenant",
    "blacklight_scraper.alarms.service": "alarms about platforms and hosts belong to no tenant",
    "blacklight_scraper.intake.review.service": "batches of postings belong to no tenant",
    "blacklight_scraper.intake.service": "batches of postings belong to no tenant",
    "blacklight_scraper.monitoring.service": "the fleet is watched for all tenants",
    "blacklight_scraper.keys.service": "API keys are looked up before anything is known",
    "blacklight_scraper.platforms.service": "platforms belong to no tenant",
    "blacklight_scraper.claims.service": "hosts claim for all tenants",
    "blacklight_scraper.queue.schedule.service": "the queue of roles belongs to no tenant",
    "blacklight_scraper.queue.service": "the queue of roles belongs to no tenant",
    "blacklight_scraper.queue.targets.service": "the queue of roles belongs to no tenant",
    "blacklight_scraper.rest.service": "hosts without a stream work for all tenants",
    "blacklight_scraper.sessions.ending.service": "scrape sessions belong to no tenant",
    "blacklight_scraper.sessions.reading.service": "scrape sessions belong to no tenant",
    "blacklight_scraper.sessions.steering.service": "scrape sessions belong to no tenant",
    "blacklight_servicekit.database": "defines it",
    "blacklight_servicekit.relay": "delivers the events of every tenant",
    "blacklight_servicekit.running": "forgets old request ids of every tenant",
}
"""Where `platform_transaction` may be opened, and why."""

KIT_STUBS: Final[dict[str, frozenset[str]]] = {
    "blacklight_servicekit.access": frozenset({"blacklight.options.v1"}),
    "blacklight_servicekit.clients": frozenset({"blacklight.auth.v1"}),
}
"""The stubs that servicekit may import: what every service needs of them."""

KIT_WORDS: Final[dict[str, str]] = {
    "blacklight_servicekit.settings": "the addresses of the four services",
    "blacklight_servicekit.identity": "the name of the header that carries a host's key",
}
"""Modules of servicekit that may name a service."""

DOMAIN_WORDS = ("candidate", "resume", "posting", "recruit", "scrape", "matching")

FORBIDDEN: Final[dict[str, frozenset[str]]] = {
    "blacklight_fleethost": frozenset({KIT, "sqlalchemy", "psycopg2", "alembic", "redis", "temporalio"}),
    "blacklight_skills": CONTROLLED | {"google", "pydantic"},
    KIT: frozenset({"blacklight_skills", "blacklight_fleethost", "blacklight_local", "blacklight_gateway", "pytest"}),
    "blacklight_gateway": frozenset({"sqlalchemy", "psycopg2", "temporalio"}),
}
"""Packages that a package must never import; services are forbidden to all but themselves."""
