"""Choosing ports: the preferred one, a named substitute, never the same twice."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from blacklight_local.servers.ports import HOST, pick_port


def free_number() -> int:
    port = pick_port()
    port.free()
    return port.number


def test_gives_the_preferred_port_when_it_is_free() -> None:
    number = free_number()
    port = pick_port(number)
    assert (port.number, port.notice) == (number, None)
    port.free()


def test_names_a_taken_port_and_its_substitute() -> None:
    with socket.socket() as somebody:
        somebody.bind((HOST, free_number()))
        somebody.listen()
        number = somebody.getsockname()[1]
        port = pick_port(number)
    assert port.number != number
    assert port.notice == f"port {number} is taken; using {port.number}"
    port.free()


def test_a_port_let_go_for_its_server_is_not_given_to_another_launcher() -> None:
    port = pick_port()
    port.let_go()
    code = f"from blacklight_local.servers.ports import pick_port; print(pick_port({port.number}).number)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) != port.number
    port.free()


def test_a_held_port_cannot_be_bound_by_a_stranger() -> None:
    port = pick_port()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            stranger.bind((HOST, port.number))
    port.free()


def test_a_port_given_back_can_be_had_again_at_once() -> None:
    port = pick_port()
    with socket.create_connection((HOST, port.number)):
        port.free()
    again = pick_port(port.number)
    assert again.number == port.number
    again.free()
