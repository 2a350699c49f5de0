"""The rules of portal users: who may make and deactivate whom inside a tenant."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from blacklight.auth.v1 import user_pb2, user_service_pb2
from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Denied, FailedPrecondition, NotFound
from blacklight_servicekit.etag import check_etag
from blacklight_servicekit.paging import PageRequest
from blacklight_servicekit.request_log import once
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from blacklight_auth.accounts.service import Accounts
from blacklight_auth.display_name import tidy_name
from blacklight_auth.roles.catalogue import TENANT_ADMIN, may_manage, role_name, role_value
from blacklight_auth.sessions.service import Sessions
from blacklight_auth.users.models import UserRow
from blacklight_auth.users.user import ACTIVE, DEACTIVATED, INVITED, NewUser, Standing

DEACTIVATED_EVENT = "user.deactivated"


class Users:
    """The portal users of a tenant, and what sign-in asks about them."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        sessions: Sessions,
        clock: Clock,
        new_id: Callable[[], UUID],
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._sessions = sessions
        self._clock = clock
        self._new_id = new_id

    def create(
        self, caller: Caller, request: user_service_pb2.CreateUserRequest
    ) -> user_service_pb2.CreateUserResponse:
        """Makes a user who has no password yet; the answer holds the one-time token to set it.

        The token is not part of what `request_id` replays, for it is kept as a hash only: a repeated request
        answers with the same user and an empty token. Raises AlreadyExists (EMAIL_IN_USE), Denied (ROLE_TOO_HIGH).
        """
        wanted = NewUser(request.email, request.given_name, request.family_name, role_name(request.system_role))
        issued = ""

        def make() -> user_service_pb2.CreateUserResponse:
            nonlocal issued
            _refuse_peers(session, caller, wanted.system_role)
            user, issued = self.add(session, caller, caller.tenant, wanted)
            return user_service_pb2.CreateUserResponse(user=user)

        with self._database.transaction(caller.tenant) as session:
            answer = once(
                session,
                caller,
                request_id=request.request_id,
                method="UserService/CreateUser",
                request=request,
                answer=user_service_pb2.CreateUserResponse,
                make=make,
            )
        answer.set_password_token = issued
        return answer

    def get(self, caller: Caller, *, user_id: UUID) -> user_pb2.User:
        """One user of the caller's tenant. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            return encode_user(_get(session, user_id))

    def list_(self, caller: Caller, *, page_size: int, page_token: str) -> user_service_pb2.ListUsersResponse:
        """A page of the tenant's users by e-mail address."""
        page = PageRequest.of(page_size, page_token, {"list": "users", "tenant": caller.tenant})
        wanted = select(UserRow).order_by(UserRow.email).limit(page.size + 1)
        if page.after is not None:
            wanted = wanted.where(UserRow.email > page.after[0])
        with self._database.transaction(caller.tenant) as session:
            rows, token = page.cut(session.scalars(wanted).all(), key=lambda row: (row.email,))
            users = [encode_user(row) for row in rows]
        return user_service_pb2.ListUsersResponse(users=users, next_page_token=token)

    def deactivate(self, caller: Caller, *, user_id: UUID, etag: str) -> user_pb2.User:
        """Ends a user's access and every session, and tells who keeps what is theirs; again, it changes nothing.

        Raises NotFound, Conflict (etag), Denied (ROLE_TOO_HIGH), FailedPrecondition (CANNOT_DEACTIVATE_SELF,
        LAST_TENANT_ADMIN).
        """
        with self._database.transaction(caller.tenant) as session:
            _lock_admins(session)
            row = _get(session, user_id, lock=True)
            check_etag(etag, row.etag)
            if str(row.id) == caller.id:
                raise FailedPrecondition("nobody may deactivate themselves", reason="CANNOT_DEACTIVATE_SELF")
            if row.state == DEACTIVATED:
                return encode_user(row)
            _refuse_peers(session, caller, row.system_role)
            _refuse_last_admin(session, row)
            row.move_to(DEACTIVATED, self._clock())
            self._accounts.withdraw_tokens(session, row.id)
            ended = self._sessions.revoke_all(session, row.id, reason="user_deactivated")
            audit.record(session, caller, "user.deactivated", row.id, changes={"sessions_ended": ended})
            outbox.add(session, DEACTIVATED_EVENT, {"user_id": str(row.id)}, tenant_id=row.tenant_id)
            session.flush()
            return encode_user(row)

    def add(
        self, session: Session, caller: Caller, tenant_id: UUID, wanted: NewUser, *, prefix: str = ""
    ) -> tuple[user_pb2.User, str]:
        """Part: makes a user with an account. Returns the user and the one-time token to set the password.

        `prefix` goes ahead of the names of fields in errors, as the request has them.
        """
        user_id, now = self._new_id(), self._clock()
        email = self._accounts.open(
            session, account_id=user_id, tenant_id=tenant_id, email=wanted.email, field=f"{prefix}email"
        )
        row = UserRow(
            id=user_id,
            tenant_id=tenant_id,
            email=email,
            given_name=tidy_name(wanted.given_name, field=f"{prefix}given_name"),
            family_name=tidy_name(wanted.family_name, field=f"{prefix}family_name"),
            system_role=wanted.system_role,
            state=INVITED,
            version=1,
            create_time=now,
            update_time=now,
        )
        session.add(row)
        session.flush()
        token = self._accounts.issue_token(session, account_id=user_id, tenant_id=tenant_id)
        audit.record(
            session,
            caller,
            "user.created",
            user_id,
            tenant_id=tenant_id,
            changes={"system_role": wanted.system_role},
        )
        return encode_user(row), token

    def find_standing(self, session: Session, user_id: UUID) -> Standing | None:
        """Part: a user's state and role, for sign-in and for the access of a session."""
        row = session.execute(select(UserRow.state, UserRow.system_role).where(UserRow.id == user_id)).one_or_none()
        return None if row is None else Standing(row.state, row.system_role)

    def get_user(self, session: Session, user_id: UUID) -> user_pb2.User:
        """Part: one user, encoded. Raises NotFound."""
        return encode_user(_get(session, user_id))

    def activate_invited(self, session: Session, user_id: UUID) -> None:
        """Part: a user who has set the first password may sign in."""
        row = _get(session, user_id, lock=True)
        if row.state == INVITED:
            row.move_to(ACTIVE, self._clock())


def encode_user(row: UserRow) -> user_pb2.User:
    """A user as the contract has it."""
    user = user_pb2.User(
        user_id=str(row.id),
        tenant_id=str(row.tenant_id),
        email=row.email,
        given_name=row.given_name,
        family_name=row.family_name,
        system_role=role_value(row.system_role),
        state=user_pb2.UserState.Value(f"USER_STATE_{row.state}"),
        etag=row.etag,
    )
    user.create_time.FromDatetime(row.create_time)
    user.update_time.FromDatetime(row.update_time)
    return user


def _get(session: Session, user_id: UUID, *, lock: bool = False) -> UserRow:
    wanted = select(UserRow).where(UserRow.id == user_id).execution_options(populate_existing=True)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound("no such user", reason="USER_NOT_FOUND")
    return row


def _refuse_peers(session: Session, caller: Caller, role: str) -> None:
    """Raises Denied (ROLE_TOO_HIGH) unless the caller's own role, as it is now, stands above `role`."""
    own = session.scalar(select(UserRow.system_role).where(UserRow.id == UUID(caller.id)))
    if own is None or not may_manage(own, role):
        raise Denied("you may manage only roles below your own", reason="ROLE_TOO_HIGH")


def _lock_admins(session: Session) -> None:
    """Two administrators who deactivate each other at once come one after the other, and the second is refused."""
    session.execute(
        select(UserRow.id).where(UserRow.system_role == TENANT_ADMIN).order_by(UserRow.id).with_for_update()
    ).all()


def _refuse_last_admin(session: Session, row: UserRow) -> None:
    others = session.scalar(
        select(func.count())
        .select_from(UserRow)
        .where(UserRow.system_role == TENANT_ADMIN, UserRow.state == ACTIVE, UserRow.id != row.id)
    )
    if row.system_role == TENANT_ADMIN and row.state == ACTIVE and not others:
        raise FailedPrecondition("a tenant needs one active administrator", reason="LAST_TENANT_ADMIN")
