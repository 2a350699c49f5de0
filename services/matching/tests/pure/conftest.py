"""Seeded pairs for the scorer's tests, from the tool that writes the golden file."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from blacklight_matching.scoring import CandidateSide, PostingSide
from hypothesis import settings

# The first example of a process loads the taxonomy or the table.
settings.register_profile("pure", deadline=None)
settings.load_profile("pure")

TOOL = Path(__file__).resolve().parents[2] / "tools" / "golden_scores.py"


@pytest.fixture(scope="session")
def golden() -> ModuleType:
    """The tool that writes the golden file."""
    spec = importlib.util.spec_from_file_location("golden_scores", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def score_pairs(golden: ModuleType) -> Callable[[int, str], list[tuple[CandidateSide, PostingSide]]]:
    """Makes so many pairs of a seed."""
    make: Callable[[int, str], list[tuple[CandidateSide, PostingSide]]] = golden.make_pairs
    return make
