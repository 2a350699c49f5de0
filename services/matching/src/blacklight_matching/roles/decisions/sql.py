"""The statements that move what hangs on a role to another. Pure text."""

from __future__ import annotations

LOCK = "SELECT pg_advisory_xact_lock(hashtext('matching.role_links'))"
"""Nobody links until the commit; see `roles.service`."""

MOVE = (
    # A candidate or posting of both keeps one link (P-48).
    """
    INSERT INTO candidate_roles (tenant_id, candidate_id, role_id, create_time)
    SELECT tenant_id, candidate_id, :into, create_time FROM candidate_roles WHERE role_id = :role_id
    ON CONFLICT DO NOTHING
    """,
    "DELETE FROM candidate_roles WHERE role_id = :role_id",
    """
    INSERT INTO posting_roles (posting_id, role_id, tenant_id, searched, link_time)
    SELECT posting_id, :into, tenant_id, searched, link_time FROM posting_roles WHERE role_id = :role_id
    ON CONFLICT (posting_id, role_id) DO UPDATE SET searched = posting_roles.searched OR excluded.searched,
      link_time = least(posting_roles.link_time, excluded.link_time)
    """,
    "DELETE FROM posting_roles WHERE role_id = :role_id",
    "UPDATE role_aliases SET role_id = :into WHERE role_id = :role_id",
    # Roles that went into this one before lead to the other directly.
    "UPDATE canonical_roles SET merged_into = :into WHERE merged_into = :role_id",
)
