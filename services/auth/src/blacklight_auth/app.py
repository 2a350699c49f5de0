"""The composition root of `auth`: the one module that wires everything."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from uuid import UUID

from blacklight_servicekit import logs, rpc
from blacklight_servicekit.app import Kit, Parts, ServiceApp
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import ServiceError
from blacklight_servicekit.identity import SessionAccess
from blacklight_servicekit.ids import new_id
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from blacklight_auth.accounts.hashing import PasswordHasher
from blacklight_auth.accounts.secret import new_secret
from blacklight_auth.accounts.service import Accounts
from blacklight_auth.admins.service import Admins
from blacklight_auth.keys.service import SigningKeys
from blacklight_auth.models import Base
from blacklight_auth.roles.servicer import RoleServicer
from blacklight_auth.sessions.service import Sessions
from blacklight_auth.settings import AuthSettings
from blacklight_auth.signin.service import Features, SignIn
from blacklight_auth.signin.servicer import AuthServicer
from blacklight_auth.tenants.service import Tenants
from blacklight_auth.tenants.servicer import TenantServicer
from blacklight_auth.users.events import UserEvents
from blacklight_auth.users.service import Users
from blacklight_auth.users.servicer import UserServicer

log = logs.get(__name__)
SERIOUS_ROUNDS = 10
BCRYPT_THREADS = 2
# Workers that sign-ins leave to everybody else.
SPARED_WORKERS = 2
SWEEP_SECONDS = 3600.0


def _features(kit: Kit[AuthSettings]) -> Features:
    accounts = Accounts(kit.clock, new_secret)
    sessions = Sessions(kit.clock, new_id, new_secret)
    users = Users(kit.database, accounts, sessions, kit.clock, new_id)
    return Features(
        accounts=accounts,
        sessions=sessions,
        users=users,
        tenants=Tenants(kit.database, users, kit.clock, new_id),
        admins=Admins(kit.database, accounts, kit.clock, new_id),
        keys=SigningKeys(kit.database, kit.settings.encryption_key, kit.clock),
    )


def _hasher(settings: AuthSettings) -> PasswordHasher:
    if settings.bcrypt_rounds < SERIOUS_ROUNDS:
        log.warning("auth.weak_bcrypt_rounds", rounds=settings.bcrypt_rounds, at_least=SERIOUS_ROUNDS)
    return PasswordHasher(
        settings.bcrypt_rounds, threads=BCRYPT_THREADS, places=settings.database_pool_size - SPARED_WORKERS
    )


def build(kit: Kit[AuthSettings]) -> Parts:
    """The parts of the service. It verifies tokens and asks for access without a call to itself."""
    of, hasher = _features(kit), _hasher(kit.settings)
    sign_in = SignIn(kit.database, of, hasher, kit.clock, new_id)

    async def key_source() -> Mapping[str, Ed25519PublicKey]:
        return await rpc.blocking(of.keys.public_keys)

    async def session_access(session_id: str) -> SessionAccess:
        return await rpc.blocking(sign_in.session_access, UUID(session_id))

    async def sweep() -> None:
        while True:
            log.info("sessions.forgotten", count=await asyncio.to_thread(sign_in.forget_ended))
            await asyncio.sleep(SWEEP_SECONDS)

    return Parts(
        servicers=[
            AuthServicer(sign_in, of.keys),
            TenantServicer(of.tenants),
            UserServicer(of.users),
            RoleServicer(),
        ],
        task_queue="auth",
        key_source=key_source,
        session_access=session_access,
        events=UserEvents(kit.clients).handlers,
        background=[sweep],
        dispose=[hasher.close],
    )


def create_admin(kit: Kit[AuthSettings], args: list[str]) -> int:
    """`create-admin --email X`: prints the one-time token that sets the password of a new administrator."""
    if len(args) != 2 or args[0] != "--email":
        sys.stderr.write("usage: python -m blacklight_auth create-admin --email ADDRESS\n")
        return 2
    try:
        token = _features(kit).admins.invite(Caller.service("auth", None), email=args[1])
    except ServiceError as error:
        sys.stderr.write(f"create-admin: {error.message}\n")
        return 1
    sys.stdout.write(f"{token}\n")
    return 0


def rotate_keys(kit: Kit[AuthSettings], args: list[str]) -> int:
    """`rotate-keys`: makes a new signing key, in use ten minutes from now; prints its id."""
    sys.stdout.write(f"{_features(kit).keys.rotate()}\n")
    return 0


APP = ServiceApp(
    name="auth",
    settings=AuthSettings,
    base=Base,
    build=build,
    commands={"create-admin": create_admin, "rotate-keys": rotate_keys},
)
