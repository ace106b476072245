"""What the figures were measured on and with."""

import os
import platform
import re
import resource
import subprocess


class Machine:
    """The cores and descriptors that a measurement has, split between server and tester."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        self.server_cores = set(cores[:1])
        self.tester_cores = set(cores[1:])
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.descriptors = hard if hard != resource.RLIM_INFINITY else 1 << 20

    @property
    def most_streams(self):
        """How many streams one server process can hold: a node keeps 1,000 descriptors for other things."""
        return self.descriptors - 1000

    def facts(self):
        """The machine in words; nothing that names it."""
        kibibytes = int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo"))
        return {
            "processor": _first(r"model name\s*: (.*)", "/proc/cpuinfo") or platform.machine(),
            "cores": len(self.server_cores) + len(self.tester_cores),
            "memory": f"{kibibytes / 1048576:.0f} GiB",
            "kernel": re.match(r"[\d.]*\d", platform.release()).group(),
            "system": _first(r'PRETTY_NAME="(.*)"', "/etc/os-release"),
            "descriptors": self.descriptors,
        }


def versions(gateway):
    """The version of everything that takes part."""
    return {
        "chat-gateway": _version([gateway, "--version"]),
        "build": "release build" if "release" in gateway.split("/") else "another build",
        "commit": _version(["git", "describe", "--always", "--dirty"]),
        "swift": _version(["swift", "--version"], r"Swift version (\S+)"),
        "nginx": _version(["nginx", "-v"], r"nginx/(\S+)"),
        "nchan": _version(["dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan"]),
        "node": _version(["node", "--version"]),
        "redis": _version(["redis-server", "--version"], r"v=(\S+)"),
        "cc": _version(["cc", "--version"]),
    }


def _version(command, pattern=r"(.+)"):
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError:
        return "none"
    found = re.search(pattern, run.stdout)
    return found.group(1).strip() if found else "?"


def _first(pattern, path):
    with open(path, encoding="utf-8") as file:
        found = re.search(pattern, file.read())
    return found.group(1).strip() if found else ""
