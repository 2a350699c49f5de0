"""Becomes the program it is told to run, after binding its life to its parent's. Run as a script, by itself.

    python -I -S exec_child.py PARENT_PID DEATH_SIGNAL UID GID PROGRAM ARGUMENTS...

This is not done in the forked child of a supervisor (`preexec_fn`, `user=`): those make Python use fork(),
whose handlers abort the child when gRPC's threads run in the parent. Without them it uses vfork(), which
calls none. UID and GID may be `-`.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Drop privileges, ask for the signal (changing the user id would clear it), look back, exec."""
    parent, death_signal, uid, gid, *command = sys.argv[1:]
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):  # it died before the request: no signal would ever come
        sys.exit(127)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
