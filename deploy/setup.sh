#!/bin/sh
# Prepares .tools (uv) and .venv (everything pinned in requirements.lock) under the repository.
# Needs Python >= 3.11 and a package index; PYTHON=/path/to/python3 picks the interpreter.
set -eu
cd "$(dirname "$0")/.."
UV_VERSION=0.13.9
export UV_PYTHON_DOWNLOADS=never

PYTHON=${PYTHON:-python3}
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  echo "setup: Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 1; }
if [ ! -x .tools/bin/uv ] || [ "$(.tools/bin/uv --version | cut -d' ' -f2)" != "$UV_VERSION" ]; then
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || {
    echo "setup: this Python has no venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
  echo "setup: uv $UV_VERSION"
  "$PYTHON" -m venv .tools
  .tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi
members="protos/gen libs/* services/* gateway deploy/local"
stamp=$(cat requirements.lock deploy/setup.sh protos/gen/pyproject.toml libs/*/pyproject.toml \
  services/*/pyproject.toml gateway/pyproject.toml deploy/local/pyproject.toml | cksum; pwd)
if [ "$(cat .venv/.blacklight-stamp 2>/dev/null || true)" = "$stamp" ]; then exit 0; fi
echo "setup: virtual environment from requirements.lock"
[ -x .venv/bin/python ] || .tools/bin/uv venv --quiet --python "$PYTHON" .venv
.tools/bin/uv pip sync --quiet --python .venv/bin/python requirements.lock
editable=""
for member in $members; do editable="$editable -e $member"; done
# shellcheck disable=SC2086
.tools/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation $editable
printf '%s\n' "$stamp" > .venv/.blacklight-stamp
echo "setup: done"
