"""One run: a fresh server, the tester against it, and the report or the reason why there is none."""

import json
import subprocess

from comparison.measurements import PUBLISHERS, WIRE, bytes_per_delivery
from comparison.process import Failure, Process


class Runs:
    """Runs measurements against servers, all in one folder."""

    def __init__(self, machine, folder, gateway):
        self.machine = machine
        self.folder = folder
        self.gateway = gateway
        self.payloads = {}

    def run(self, kind, measurement, number):
        """A record for the raw JSON: with `report`, or with `failure`."""
        record = {"run": number, "server": kind.name, "measurement": measurement.name}
        name = f"{measurement.name}-{kind.name}-{number}"
        server = kind(self.machine, self.folder, self.gateway)
        try:
            options = measurement.options
            if measurement.publishes:
                options = options + ["--connections", str(PUBLISHERS), "--payload", str(self.payload(kind))]
            server.start(measurement.part)
            record["command"] = self.command(server, measurement.listeners, measurement.seconds, options)
            record["report"] = self._bench(server, name, record["command"], measurement.seconds, measurement.is_wide)
            self._check(server, measurement, record["report"])
        except Failure as failure:
            record["failure"] = str(failure)
        finally:
            server.stop()
        return record

    def payload(self, kind):
        """The payload with which a delivery of this server has WIRE bytes; found out once, by a short run."""
        if kind.name not in self.payloads:
            server = kind(self.machine, self.folder, self.gateway)
            try:
                server.start()
                options = ["--rate", "50", "--warm-up", "200ms", "--payload", "100"]
                command = self.command(server, 1, 0.5, options)
                report = self._bench(server, f"framing-{kind.name}", command, 1)
                if report["listeners"]["deliveries"] == 0:
                    raise Failure("nothing was delivered")
                self.payloads[kind.name] = 100 + WIRE - round(bytes_per_delivery(report))
            finally:
                server.stop()
        return self.payloads[kind.name]

    def command(self, server, listeners, seconds, options):
        """The tester's options, those apart that say where the server is and where the report goes."""
        each = self.machine.descriptors - 500
        processes = ["--processes", str(-(-listeners // each))] if listeners > each else []
        duration = ["--duration", f"{round(seconds * 1000)}ms"]
        return ["--listeners", str(listeners)] + processes + options + duration + server.bench

    def _bench(self, server, name, options, seconds, is_wide=False):
        report = self.folder / f"{name}.json"
        report.unlink(missing_ok=True)
        command = [self.gateway, "bench", "--url", server.url, "--json", str(report)] + options
        for pid in server.pids:
            command += ["--pid", str(pid)]
        cores = self.machine.tester_cores | (self.machine.server_cores if is_wide else set())
        tester = Process(command, cores, self.folder / f"{name}.txt")
        try:
            tester.child.wait(timeout=seconds + 120)
        except subprocess.TimeoutExpired:
            raise Failure(f"the run did not end {seconds + 120:.0f} s after its start") from None
        finally:
            tester.stop()
        # Exit code 1 says that messages were lost, too: that is a figure of the report, not a failed run.
        if not report.exists() or report.stat().st_size == 0:
            raise Failure(f"the tester gave up: {tester.why()}")
        return json.loads(report.read_text(encoding="utf-8"))

    def _check(self, server, measurement, report):
        seen = report["listeners"]
        errors = ", ".join(f"{count} x {what}" for what, count in sorted(report["errors"].items()))
        if server.process.has_ended():
            raise Failure(f"the server ended: {server.process.why()}")
        if seen["opened"] < measurement.listeners:
            raise Failure(f"{seen['opened']:,} of {measurement.listeners:,} streams opened: {errors}"[:160])
        if measurement.publishes and seen["deliveries"] == 0:
            raise Failure(f"nothing was delivered: {errors}"[:160])
