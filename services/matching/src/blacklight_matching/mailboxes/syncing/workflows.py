"""`mailbox-sync`: one a mailbox, so never two at once (P-86); page by page, then it sleeps until due or told."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from blacklight_servicekit import policies

    from blacklight_matching.mailboxes.syncing.activities import FetchedPage, MailboxActivities, SyncedMailbox

PAGES = 100
"""Pages before the history is begun anew."""
OUR_PAUSE = timedelta(minutes=5)
"""After a fault of our own, which never stops a mailbox (P-87)."""


@workflow.defn(name="mailbox-sync")
class MailboxSyncWorkflow:
    """Fetches and reads until there is no more; ends when the mailbox is gone, paused, or needs its owner."""

    def __init__(self) -> None:
        self._asked = False

    @workflow.signal(name="asked")
    def asked(self) -> None:
        """Somebody wants the mailbox read now, or has changed it."""
        self._asked = True

    @workflow.run
    async def run(self, mailbox: SyncedMailbox) -> None:
        """Runs as long as the mailbox is read, in a new history after so many pages."""
        for _ in range(PAGES):
            self._asked = False
            page = await self._page(mailbox)
            if page.stop and not self._asked:
                return
            if not page.more:
                await self._sleep(timedelta(seconds=page.pause_seconds))
        workflow.continue_as_new(mailbox)

    async def _page(self, mailbox: SyncedMailbox) -> FetchedPage:
        try:
            page = await workflow.execute_activity_method(MailboxActivities.fetch, mailbox, **_LONG)
            while await workflow.execute_activity_method(MailboxActivities.read, mailbox, **_LONG):
                pass
        except ActivityError:
            return FetchedPage(stop=False, more=False, pause_seconds=OUR_PAUSE.total_seconds())
        return page

    async def _sleep(self, pause: timedelta) -> None:
        try:
            await workflow.wait_condition(lambda: self._asked, timeout=pause)
        except TimeoutError:
            return


_LONG = policies.ActivityPolicy(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=policies.HEARTBEAT,
    retry_policy=policies.EXTERNAL["retry_policy"],
)


def workflow_id(mailbox_id: str) -> str:
    """One workflow a mailbox."""
    return f"mailbox-sync-{mailbox_id}"
