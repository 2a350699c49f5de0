"""The composition root: the one module that wires everything."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from blacklight.scraper.v1 import role_queue_service_pb2, role_queue_service_pb2_grpc
from blacklight_servicekit.app import Kit, Parts, ServiceApp
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.coalesced import Coalesced
from blacklight_servicekit.relay import Event
from blacklight_servicekit.sealing import split_keys

from blacklight_matching.imports.service import PostingImports
from blacklight_matching.imports.servicer import PostingImportServicer
from blacklight_matching.imports.working.service import PostingImportWork
from blacklight_matching.intake.candidate.activities import CandidateActivities, CandidateReady
from blacklight_matching.intake.candidate.service import CandidateIntake
from blacklight_matching.intake.candidate.servicer import CandidateProfileServicer
from blacklight_matching.intake.candidate.workflows import CandidateReadyWorkflow, workflow_id
from blacklight_matching.intake.posting.activities import PostingActivities
from blacklight_matching.intake.posting.service import PostingIntake
from blacklight_matching.intake.posting.workflows import WORKFLOW_ID, IntakeStart, PostingIntakeWorkflow
from blacklight_matching.mailboxes.connecting.service import MailboxConnecting
from blacklight_matching.mailboxes.forgetting.service import MailForgetting
from blacklight_matching.mailboxes.outcomes.service import MailOutcomes
from blacklight_matching.mailboxes.service import Mailboxes
from blacklight_matching.mailboxes.serving.servicer import MailboxServicer
from blacklight_matching.mailboxes.signing.service import MailboxSigning
from blacklight_matching.mailboxes.stopping.service import MailboxStopping
from blacklight_matching.mailboxes.syncing import workflows as mailbox_workflows
from blacklight_matching.mailboxes.syncing.activities import MailboxActivities, SyncedMailbox
from blacklight_matching.mailboxes.syncing.service import MailboxSync
from blacklight_matching.matches.figures.service import MatchFigures
from blacklight_matching.matches.keeping.service import MatchKeeping
from blacklight_matching.matches.pasted.service import PastedJobs
from blacklight_matching.matches.service import Matches
from blacklight_matching.matches.serving.servicer import MatchServicer
from blacklight_matching.models import Base
from blacklight_matching.opinions.service import AskingRules, Opinions
from blacklight_matching.postings.editing.service import PostingEditing
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.importing.service import PostingImport
from blacklight_matching.postings.listing.service import PostingList
from blacklight_matching.postings.naming.service import PostingNaming
from blacklight_matching.postings.own.service import OwnPostings
from blacklight_matching.postings.reading.service import PostingReader
from blacklight_matching.postings.reading.upkeep.service import ReadingUpkeep
from blacklight_matching.postings.service import Postings
from blacklight_matching.postings.serving.servicer import PostingServicer
from blacklight_matching.postings.statistics.service import PostingStatistics
from blacklight_matching.profiles.embedding.service import ProfileVectors
from blacklight_matching.profiles.service import Profiles
from blacklight_matching.roles.candidates.service import RoleCandidates
from blacklight_matching.roles.choosing import RoleChooser
from blacklight_matching.roles.decisions.service import RoleDecisions
from blacklight_matching.roles.embedding.service import RoleVectors
from blacklight_matching.roles.listing.service import RoleList
from blacklight_matching.roles.service import Roles
from blacklight_matching.roles.serving.servicer import RoleServicer
from blacklight_matching.runs import view as run_kinds
from blacklight_matching.runs.activities import RunActivities, RunWork
from blacklight_matching.runs.embedding.service import EmbeddingMaintenance
from blacklight_matching.runs.rescoring.nights import last_due, seconds_to_next
from blacklight_matching.runs.rescoring.service import Rescoring
from blacklight_matching.runs.rescoring.servicer import MatchRefreshServicer
from blacklight_matching.runs.service import Runs
from blacklight_matching.runs.steering.servicer import RunServicer
from blacklight_matching.runs.workflows import LongRunWorkflow, RunStart
from blacklight_matching.settings import MatchingSettings
from blacklight_matching.submissions.activities.service import Activities
from blacklight_matching.submissions.creation.service import Creation
from blacklight_matching.submissions.interviews.service import Interviews
from blacklight_matching.submissions.lists.service import SubmissionLists
from blacklight_matching.submissions.pipeline.service import Pipeline
from blacklight_matching.submissions.records.service import Submissions
from blacklight_matching.submissions.rights.service import Rights
from blacklight_matching.submissions.servicer import SubmissionServicer
from blacklight_matching.submissions.statistics.service import SubmissionStatistics

TASK_QUEUE = "matching"
RPC_SECONDS = 3.0
FORGET_SECONDS = 3600
"""Between two looks for mails that were kept for long enough."""
WAKE_SECONDS = 0.25
"""The intake is told no more often than this, however many batches come in; once told, it goes on until none waits."""

MOST_TOLD = 200
"""Other names of a role that the scraper takes."""
_DECISIONS = {
    "APPROVED": role_queue_service_pb2.ROLE_DECISION_APPROVED,
    "REJECTED": role_queue_service_pb2.ROLE_DECISION_REJECTED,
    "MERGED": role_queue_service_pb2.ROLE_DECISION_MERGED,
}


class Deliveries:
    """Where this service's events go: to its own workflows, to itself, and to the scraper."""

    def __init__(self, kit: Kit[MatchingSettings], roles: Roles, own: OwnPostings, naming: PostingNaming) -> None:
        self._kit = kit
        self._roles = roles
        self._own = own
        self._naming = naming
        self._wake = Coalesced(self.wake_intake, WAKE_SECONDS)

    async def profile_stored(self, event: Event) -> None:
        """Has the candidate matched; one that is being matched already is matched once more."""
        candidate_id = event.payload["candidate_id"]
        await self._kit.temporal.signal_or_start(
            CandidateReadyWorkflow.run,
            CandidateReady(tenant_id=str(event.tenant_id), candidate_id=candidate_id),
            id=workflow_id(candidate_id),
            task_queue=TASK_QUEUE,
            signal="changed",
        )

    async def postings_waiting(self, event: Event) -> None:
        """Queues a tenant's own postings, and wakes the intake; of many events at once, once."""
        own = [UUID(posting_id) for posting_id in event.payload.get("posting_ids", ())]
        if own:
            await asyncio.to_thread(self._own.queue, Caller.service("matching", None), own)
        await self._wake()

    async def run_due(self, event: Event) -> None:
        """Has a long run worked on, or look at how it stands."""
        run_id = event.payload["run_id"]
        await self._kit.temporal.signal_or_start(
            LongRunWorkflow.run, RunStart(run_id), id=run_id, task_queue=TASK_QUEUE, signal="due"
        )

    async def wake_intake(self) -> None:
        """Has everything that waits read and matched; also when the worker starts, whatever went before."""
        await self._kit.temporal.signal_or_start(
            PostingIntakeWorkflow.run,
            IntakeStart(),
            id=WORKFLOW_ID,
            task_queue=TASK_QUEUE,
            signal="waiting",
        )

    async def mailbox_changed(self, event: Event) -> None:
        """Has the mailbox looked at by its one workflow, which ends by itself where there is nothing to read."""
        mailbox_id = event.payload["mailbox_id"]
        await self._kit.temporal.signal_or_start(
            mailbox_workflows.MailboxSyncWorkflow.run,
            SyncedMailbox(tenant_id=str(event.tenant_id), mailbox_id=mailbox_id),
            id=mailbox_workflows.workflow_id(mailbox_id),
            task_queue=TASK_QUEUE,
            signal="asked",
        )

    async def role_links_changed(self, event: Event) -> None:
        """Counts the candidates of the roles anew."""
        role_ids = [UUID(role_id) for role_id in event.payload["role_ids"]]
        await asyncio.to_thread(self._roles.recount, Caller.service("matching", None), role_ids)

    async def role_named(self, event: Event) -> None:
        """Links a page of the postings that have a name of the role."""
        role_id, before = UUID(event.payload["role_id"]), event.payload.get("before")
        caller = Caller.service("matching", None)
        await asyncio.to_thread(self._naming.link, caller, role_id, UUID(before) if before else None)

    async def role_changed(self, event: Event) -> None:
        """Tells the scraper of a role as it stands now; an older version changes nothing there."""
        role = await asyncio.to_thread(
            self._roles.get_role, Caller.service("matching", None), UUID(event.payload["role_id"])
        )
        clients = self._kit.clients
        stub = role_queue_service_pb2_grpc.RoleQueueServiceStub(clients.channel("scraper"))
        request = role_queue_service_pb2.PutRoleRequest(
            role_id=str(role.role_id),
            version=role.version,
            name=role.name,
            aliases=role.aliases[:MOST_TOLD],
            candidate_count=role.candidate_count,
            decision=_DECISIONS.get(role.state, role_queue_service_pb2.ROLE_DECISION_UNSPECIFIED),
            decision_version=role.decision_version,
            merged_into=str(role.merged_into or ""),
        )
        await stub.PutRole(request, metadata=clients.metadata("scraper", None), timeout=RPC_SECONDS)


def build(kit: Kit[MatchingSettings]) -> Parts:
    """The service's parts, each given what it needs."""
    expiry = ExpiryRule(
        unseen=timedelta(days=kit.settings.posting_unseen_days),
        age=timedelta(days=kit.settings.posting_age_days),
    )
    model = kit.settings.language_model
    roles = Roles(kit.database, kit.clock, RoleChooser(model) if model else None)
    profiles = Profiles(kit.clock)
    postings = Postings(kit.database, kit.clock, expiry)
    importing = PostingImport(kit.database, kit.clock, expiry)
    own = OwnPostings(kit.database, kit.clock, expiry)
    reader = PostingReader(kit.database, kit.clock, roles)
    matches = Matches(kit.database, kit.clock, profiles, postings)
    rights = Rights(kit.clock, kit.settings.right_to_represent_days)
    submissions = Submissions(kit.database, kit.clock, rights)
    interviews = Interviews(kit.database, kit.clock, submissions)
    creation = Creation(kit.database, kit.clock, submissions, rights, profiles, postings, matches.mark_applied)
    keeping = MatchKeeping(kit.clock, profiles, postings)
    candidates = CandidateIntake(kit.database, profiles, roles, keeping, submissions)
    arrivals = PostingIntake(kit.database, reader, profiles, keeping)
    deliveries = Deliveries(kit, roles, own, PostingNaming(kit.database, kit.clock, roles))
    runs = Runs(kit.database, kit.clock)
    imports = PostingImports(kit.database, kit.clock, runs)
    vectors = ProfileVectors(kit.database, profiles)
    rescoring = Rescoring(kit.database, runs, vectors, candidates)
    maintenance = EmbeddingMaintenance(
        kit.database, runs, RoleVectors(kit.database), vectors, ReadingUpkeep(kit.database), candidates
    )
    works: dict[str, RunWork] = {
        run_kinds.POSTING_IMPORT: PostingImportWork(kit.database, runs, imports, importing),
        run_kinds.EMBEDDING_MAINTENANCE: maintenance,
        run_kinds.RESCORE: rescoring,
        run_kinds.MATCH_REFRESH: rescoring,
    }

    async def refresh_nightly() -> None:
        while True:
            await asyncio.to_thread(rescoring.refresh_all, last_due(kit.clock()))
            await asyncio.sleep(seconds_to_next(kit.clock()))

    mail_rules = kit.settings.mail_rules
    signing = MailboxSigning(
        kit.database, kit.clock, split_keys(kit.settings.credential_keys.get_secret_value()), mail_rules
    )
    outcomes = MailOutcomes(kit.database, kit.clock)
    forgetting = MailForgetting(kit.database, kit.clock, mail_rules)
    mailboxes = Mailboxes(kit.database, kit.clock, signing, mail_rules, forgetting)
    sync = MailboxSync(kit.database, kit.clock, signing, importing, mail_rules)

    async def forget_mails() -> None:
        while True:
            await asyncio.to_thread(forgetting.forget_old)
            await asyncio.sleep(FORGET_SECONDS)

    return Parts(
        servicers=[
            PostingServicer(
                postings,
                importing,
                PostingList(kit.database, kit.clock, postings, outcomes),
                PostingEditing(kit.database, kit.clock, expiry, postings, own, keeping.forget_posting),
                PostingStatistics(kit.database, kit.clock, postings),
                kit.cache,
            ),
            RoleServicer(
                roles,
                RoleList(kit.database, roles),
                RoleDecisions(kit.database, kit.clock, roles),
                RoleCandidates(kit.database, profiles),
            ),
            CandidateProfileServicer(candidates),
            MatchServicer(
                matches,
                MatchFigures(kit.database, matches, postings),
                PastedJobs(kit.database, profiles),
                Opinions(kit.database, kit.clock, matches, postings, _asking_rules(kit.settings)),
            ),
            SubmissionServicer(
                submissions,
                creation,
                Pipeline(kit.database, submissions, rights, interviews),
                interviews,
                Activities(kit.database, submissions),
                SubmissionLists(kit.database, kit.clock),
                SubmissionStatistics(kit.database, kit.clock),
            ),
            MailboxServicer(
                mailboxes,
                MailboxConnecting(kit.database, kit.clock, signing, mail_rules, mailboxes),
                MailboxStopping(kit.database, kit.clock, signing),
                outcomes,
                mail_rules.front_end_url,
            ),
            PostingImportServicer(imports),
            RunServicer(runs, maintenance, rescoring),
            MatchRefreshServicer(runs, rescoring),
        ],
        task_queue=TASK_QUEUE,
        workflows=[
            CandidateReadyWorkflow,
            PostingIntakeWorkflow,
            LongRunWorkflow,
            mailbox_workflows.MailboxSyncWorkflow,
        ],
        activities=[
            *CandidateActivities(candidates).all,
            *PostingActivities(arrivals).all,
            *RunActivities(runs, works).all,
            *MailboxActivities(sync).all,
        ],
        events={
            "profile.stored": deliveries.profile_stored,
            "match_list.short": deliveries.profile_stored,
            "postings.waiting": deliveries.postings_waiting,
            "mailbox.changed": deliveries.mailbox_changed,
            "run.due": deliveries.run_due,
            "role.links_changed": deliveries.role_links_changed,
            "role.changed": deliveries.role_changed,
            "role.named": deliveries.role_named,
        },
        background=[deliveries.wake_intake, refresh_nightly, forget_mails],
    )


def _asking_rules(settings: MatchingSettings) -> AskingRules:
    return AskingRules(settings.language_model, settings.language_model_seconds, settings.language_model_daily_opinions)


APP = ServiceApp(name="matching", settings=MatchingSettings, base=Base, build=build)
