"""Why a decision on a role is refused. Pure."""

from __future__ import annotations

from blacklight_servicekit.errors import AlreadyExists, Exhausted, FailedPrecondition, Invalid


class RoleMerged(FailedPrecondition):
    """The role went into another."""

    def __init__(self) -> None:
        super().__init__(
            "this role was merged into another, which is final; decide on that one (merged_into)", reason="ROLE_MERGED"
        )


class RoleNotLive(FailedPrecondition):
    """A role can only go into one that names lead to."""

    def __init__(self) -> None:
        super().__init__(
            "a role goes only into a pending or approved one; approve the other first, or choose another",
            reason="ROLE_NOT_LIVE",
        )


class MergeIntoItself(Invalid):
    """Both ids are one."""

    def __init__(self) -> None:
        super().__init__("a role cannot go into itself", reason="MERGE_INTO_ITSELF", field="into_role_id")


class ImplausibleName(Invalid):
    """The text cannot be a role's name (P-74)."""

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field} is no name of a role: a few words, mostly letters, no sentence and no address",
            reason="IMPLAUSIBLE_NAME",
            field=field,
        )


class NameTaken(AlreadyExists):
    """The name leads to another role."""

    def __init__(self, field: str, role_id: str) -> None:
        super().__init__(
            f"{field} leads to role {role_id} already; merge the two, or take it off there first",
            reason="ROLE_NAME_TAKEN",
            field=field,
        )


class TooManyAliases(Exhausted):
    """The role has as many other names as it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"a role has at most {most} aliases; take one off that nobody searches for", reason="TOO_MANY_ALIASES"
        )
