#!/bin/sh
# Re-resolves requirements.lock from every member's pyproject.toml; keeps the versions it can.
# `deploy/lock.sh --upgrade` moves them. The file names no index: it works with any mirror.
set -eu
cd "$(dirname "$0")/.."
files=""; own=""
for member in protos/gen libs/* services/* gateway deploy/local; do
  files="$files $member/pyproject.toml"
  own="$own --no-emit-package $(sed -n 's/^name = "\(.*\)"/\1/p' "$member/pyproject.toml" | head -n 1)"
done
# shellcheck disable=SC2086
UV_PYTHON_DOWNLOADS=never .tools/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-header --no-annotate $files --group pyproject.toml:dev $own \
  -o requirements.lock "$@"
