#!/bin/sh
# Starts a migration of one service: the next number, its name, and the revision it follows.
set -eu
cd "$(dirname "$0")/.."
service=$1; name=$2
folder="services/$service/migrations/versions"
[ -d "$folder" ] && [ -n "$name" ] || { echo "usage: make new-migration SERVICE=candidate NAME=add_languages" >&2; exit 2; }
last=$(find "$folder" -name '[0-9]*.py' -exec basename {} .py \; | sort | tail -n 1)
number=$(printf '%04d' $(( $(echo "${last%%_*}" | sed 's/^0*//') + 1 )))
before=$(sed -n 's/^revision.*= *"\(.*\)".*/\1/p' "$folder/$last.py" | head -n 1)
file="$folder/${number}_$name.py"
cat > "$file" <<PY
"""$(echo "$name" | tr '_' ' ')."""

from __future__ import annotations

from alembic import op

revision = "$number"
down_revision = "$before"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand only: what the running release still uses stays until the next one."""
    op.execute("")
PY
echo "$file"
