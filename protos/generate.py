"""Generates `protos/gen` from the contract: messages, stubs, types and the descriptor set.

`python protos/generate.py` writes; with `--check` it writes elsewhere and fails where `protos/gen` is stale;
with `--release` it also rewrites `protos/baseline.binpb`, the contract that `buf breaking` compares with.
"""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import google.api  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent
GEN = ROOT / "gen"
COMMON = Path(google.api.__path__[0]).parents[1]
OWN = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "blacklight").rglob("*.proto"))
VENDORED = ["buf/validate/validate.proto"]
# Envoy answers an empty body for an error whose details it cannot find in the descriptor set.
ERROR_DETAILS = ["google/rpc/error_details.proto", "google/rpc/status.proto"]
DESCRIPTOR = "blacklight/descriptor.binpb"


def protoc(*args: str) -> None:
    """Runs the compiler that grpcio-tools carries, with the mypy plugins of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"-I{ROOT}",
        f"-I{ROOT / 'third_party'}",
        f"-I{COMMON}",
        *args,
    ]
    subprocess.run(command, check=True, env={**os.environ, "PATH": path})


def generate(target: Path) -> None:
    """Writes every generated file below `target`."""
    protoc(
        f"--python_out={target}",
        f"--grpc_python_out={target}",
        f"--mypy_out=quiet:{target}",
        f"--mypy_grpc_out=quiet:{target}",
        *OWN,
    )
    protoc(f"--python_out={target}", f"--mypy_out=quiet:{target}", *VENDORED)
    for folder in ("blacklight", "buf"):
        (target / folder / "py.typed").touch()
    protoc("--include_imports", f"--descriptor_set_out={target / DESCRIPTOR}", *ERROR_DETAILS, *OWN)


def stale(fresh: Path) -> list[str]:
    """Names of generated files that differ from, or are missing in, `protos/gen`, or should not be there."""
    made = {str(p.relative_to(fresh)) for p in fresh.rglob("*") if p.is_file()}
    kept = {
        str(p.relative_to(GEN))
        for folder in ("blacklight", "buf")
        for p in (GEN / folder).rglob("*")
        if p.is_file() and p.suffix != ".pyc"
    }
    same = {name for name in made & kept if filecmp.cmp(fresh / name, GEN / name, shallow=False)}
    return sorted((made | kept) - same)


def image(target: Path) -> None:
    """Writes the contract with its comments, the form that buf reads."""
    protoc("--include_imports", "--include_source_info", f"--descriptor_set_out={target}", *OWN)


def main(args: list[str]) -> int:
    """Generates, checks or releases; the exit status says whether all was well."""
    if "--image" in args:
        image(Path(args[args.index("--image") + 1]))
        return 0
    if "--check" in args:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("blacklight", "buf"):
                (Path(folder) / name).mkdir()
            generate(Path(folder))
            names = stale(Path(folder))
        for name in names:
            sys.stderr.write(f"protos/gen/{name} is stale: run `make protos`\n")
        return 1 if names else 0
    generate(GEN)
    if "--release" in args:
        image(ROOT / "baseline.binpb")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
