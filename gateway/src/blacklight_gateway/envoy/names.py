"""Type URLs of Envoy's extensions."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
FILTER = "envoy.extensions.filters.http"
# Names that routes switch filters on and off by.
SMALL_BODIES = "blacklight.small_bodies"
LARGE_BODIES = "blacklight.large_bodies"


def typed(kind: str, **fields: Any) -> Json:
    """A typed_config of `kind`, e.g. `envoy.extensions.filters.http.cors.v3.Cors`."""
    return {"@type": f"type.googleapis.com/{kind}", **fields}


def http_filter(name: str, kind: str, **fields: Any) -> Json:
    """An HTTP filter."""
    return {"name": name, "typed_config": typed(kind, **fields)}


DISABLED: Json = typed("envoy.config.route.v3.FilterConfig", disabled=True)
