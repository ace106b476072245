"""Less than a core for a server, so that it is what ends a measurement and not the tester beside it."""

import contextlib
import os
import pathlib

from comparison.process import Failure

ROOT = pathlib.Path("/sys/fs/cgroup")
# Microseconds; short, so that who has used up its part waits a moment at a time.
PERIOD = 10_000


class Quota:
    """A control group whose processes together get a part of a core; needs root."""

    def __init__(self, part):
        is_unified = (ROOT / "cgroup.controllers").exists()
        self.folder = (ROOT if is_unified else ROOT / "cpu") / f"chat-gateway-comparison-{os.getpid()}"
        runtime = round(part * PERIOD)
        try:
            if is_unified:
                (ROOT / "cgroup.subtree_control").write_text("+cpu", encoding="ascii")
            self.folder.mkdir()
            if is_unified:
                self._set("cpu.max", f"{runtime} {PERIOD}")
            else:
                self._set("cpu.cfs_period_us", PERIOD)
                self._set("cpu.cfs_quota_us", runtime)
        except OSError as error:
            self.remove()
            raise Failure(f"no control group: {error.strerror}") from None

    def _set(self, name, value):
        (self.folder / name).write_text(str(value), encoding="ascii")

    def enter(self):
        """Puts the calling process in, with those that it will start."""
        self._set("cgroup.procs", 0)

    def remove(self):
        # Where a process has not left yet, the group stays behind, empty a moment later.
        with contextlib.suppress(OSError):
            self.folder.rmdir()
