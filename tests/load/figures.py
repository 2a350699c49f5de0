"""The form of a figure: one line for each row of the quality targets that was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`ID ours=… baseline=… ratio=… target=… calibration=… verdict`; the texts name their units."""

    id: str
    ours: str
    baseline: str
    ratio: str
    target: str
    calibration: float
    verdict: str

    def __str__(self) -> str:
        return (
            f"{self.id} ours={self.ours} baseline={self.baseline} ratio={self.ratio} target={self.target} "
            f"calibration={self.calibration:.2f} {self.verdict}"
        )


def verdict(met: bool) -> str:
    """`met` or `short`."""
    return "met" if met else "short"
