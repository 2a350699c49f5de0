"""Runs on the wire."""

from __future__ import annotations

from blacklight.matching.v1 import run_pb2

from blacklight_matching.runs.view import RunView
from blacklight_matching.wire import timestamp, without_prefix


def encode_run(run: RunView) -> run_pb2.Run:
    """A run."""
    return run_pb2.Run(
        run_id=str(run.run_id),
        tenant_id="" if run.tenant_id is None else str(run.tenant_id),
        kind=run_pb2.RunKind.Value(f"RUN_KIND_{run.kind}"),
        state=run_pb2.RunState.Value(f"RUN_STATE_{run.state}"),
        done=run.done,
        failed=run.failed,
        total=run.total,
        starter_id=run.starter_id,
        create_time=timestamp(run.create_time),
        update_time=timestamp(run.update_time),
        end_time=timestamp(run.end_time),
        reason=run.reason,
        error=run.error,
    )


def kind_of(kind: run_pb2.RunKind.ValueType) -> str:
    """The kind asked for; empty for any."""
    return without_prefix(run_pb2.RunKind.Name(kind), "RUN_KIND_")


def state_of(state: run_pb2.RunState.ValueType) -> str:
    """The state asked for; empty for any."""
    return without_prefix(run_pb2.RunState.Name(state), "RUN_STATE_")
