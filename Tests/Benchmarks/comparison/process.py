"""Starting, reaching and stopping the programs that are compared."""

import http.client
import os
import socket
import subprocess
import time


class Failure(Exception):
    """A run that gave no figures; its text stands in the table."""


class Process:
    """A program of a measurement, pinned to some cores and in a quota's group; what it prints goes to a file."""

    def __init__(self, command, cores, log, quota=None):
        self.log = log

        def prepare():
            os.sched_setaffinity(0, cores)
            if quota:
                quota.enter()

        with open(log, "wb") as output:
            try:
                self.child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    preexec_fn=prepare,
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise Failure(f"cannot be started: {error}") from None
        self.pid = self.child.pid

    def has_ended(self):
        return self.child.poll() is not None

    def why(self):
        """The last thing it said."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file if line.strip()]
        return lines[-1][:120] if lines else f"exit code {self.child.returncode}"

    def stop(self):
        if self.has_ended():
            return
        self.child.terminate()
        try:
            self.child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def until(what, process, seconds, is_so):
    """Asks again and again; fails where the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := is_so()):
        if process.has_ended():
            raise Failure(f"{what}: {process.why()}")
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return answer


def takes_messages(port, path):
    """Whether a message posted to the path is acknowledged."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("POST", path, '{"text":"probe"}', {"Content-Type": "application/json"})
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
