"""`python -m blacklight_gateway openapi IMAGE`, and `… envoy --listen HOST:PORT …`: to standard output."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2

from blacklight_gateway.envoy.options import GatewayOptions
from blacklight_gateway.envoy.render import render
from blacklight_gateway.openapi import Describer

SERVICES = ("auth", "candidate", "matching", "scraper")


def openapi(image: Path) -> str:
    """The OpenAPI document, from a descriptor set with comments (`python protos/generate.py --image FILE`)."""
    files = descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes())
    return json.dumps(Describer(files).document(), indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """Prints the document asked for."""
    parser = argparse.ArgumentParser(prog="python -m blacklight_gateway")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("openapi").add_argument("image", type=Path)
    envoy = commands.add_parser("envoy")
    for name in ("listen", "admin", *SERVICES):
        envoy.add_argument(f"--{name}", required=True, metavar="HOST:PORT")
    envoy.add_argument("--cors-origin", action="append", default=[], metavar="ORIGIN")
    chosen = parser.parse_args(arguments)
    if chosen.command == "openapi":
        sys.stdout.write(openapi(chosen.image))
        return 0
    options = GatewayOptions(
        listen=chosen.listen,
        admin=chosen.admin,
        services={name: getattr(chosen, name) for name in SERVICES},
        cors_origins=chosen.cors_origin,
    )
    sys.stdout.write(render(options) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
