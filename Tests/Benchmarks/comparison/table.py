"""The Markdown page out of the raw records."""

import statistics

from comparison.measurements import tester_was_full

# What a verification may find that is not a delivery as it should be.
WRONG = ("lost", "told", "repeated", "repeatedAsTold", "reordered", "misordered", "strayed", "unfinished")
FULL = " †"


class Table:
    """Medians over the rounds, as rows of figures and columns of servers."""

    def __init__(self, records, servers, measurements):
        self.records = records
        self.servers = servers
        self.measurements = measurements

    def runs(self, server, measurement):
        return [r for r in self.records if r["server"] == server and r["measurement"] == measurement]

    def values(self, server, measurement, key):
        """What each run gave, in their order; None for one that failed or has no such figure."""
        figures = [f for m in self.measurements if m.name == measurement for f in m.figures if f.key == key]
        runs = self.runs(server, measurement) if figures else []
        return [None if "failure" in r else figures[0].value(r["report"]) for r in runs]

    def median(self, server, measurement, key):
        """None where no run gave the figure."""
        values = [value for value in self.values(server, measurement, key) if value is not None]
        return statistics.median(values) if values else None

    def ratios(self, above, below):
        """What runs of the same turn gave of each other; both are (server, measurement, key)."""
        pairs = zip(self.values(*above), self.values(*below))
        return [ours / theirs for ours, theirs in pairs if ours is not None and theirs]

    def was_full(self, server, measurement):
        """Whether the tester had no time left in a run."""
        (known,) = (m for m in self.measurements if m.name == measurement)
        return any("failure" not in r and tester_was_full(known, r["report"]) for r in self.runs(server, measurement))

    def traffic(self, measurement, each):
        """Rooms and the listeners of each, of a measurement with many."""
        rooms = [m.listeners // each for m in self.measurements if m.name == measurement]
        return f"{rooms[0]:,} x {each}" if rooms else measurement

    def cell(self, server, measurement, figure):
        runs = self.runs(server.name, measurement.name)
        failures = [r["failure"] for r in runs if "failure" in r]
        if not runs:
            return "-" if measurement.servers else "not run"
        if len(failures) == len(runs):
            return f"failed: {failures[0]}".replace("|", "/") if figure is measurement.figures[0] else "failed"
        value = self.median(server.name, measurement.name, figure.key)
        if value is None:
            return "-"
        text = f"{value:,.{figure.digits}f}"
        if self.was_full(server.name, measurement.name):
            text += FULL
        return text + (f" ({len(failures)} of {len(runs)} failed)" if failures else "")

    def lines(self):
        yield "| | " + " | ".join(server.title for server in self.servers) + " |"
        yield "|---|" + "---|" * len(self.servers)
        for measurement in self.measurements:
            yield f"| **{measurement.title}** |" + " |" * len(self.servers)
            for figure in measurement.figures:
                cells = [self.cell(server, measurement, figure) for server in self.servers]
                if any(cell != "-" for cell in cells):
                    yield f"| {figure.title} | " + " | ".join(cells) + " |"

    def troubles(self):
        """What the listeners missed or got wrongly, and what failed, run by run."""
        for record in self.records:
            where = f"{record['measurement']}, {record['server']}, run {record['run']}"
            if "failure" in record:
                yield f"{where}: failed: {record['failure']}"
                continue
            found = record["report"].get("verdict") or {}
            wrong = {what: found.get(what, 0) for what in WRONG}
            words = [f"{count:,} {what}" for what, count in wrong.items() if count]
            words += [f"{count:,} x {what}" for what, count in sorted(record["report"]["errors"].items())]
            ended = record["report"]["listeners"]["ended"]
            words += [f"{ended:,} streams ended early"] if ended else []
            if words:
                yield f"{where}: {', '.join(words)}"


def goals(table):
    """What the gateway wants to reach, what it did, and whether that is enough; without its figures a goal is left out."""

    def ratio(title, limit, at_most, ours, theirs):
        values = table.ratios(ours, theirs) if theirs else [v for v in table.values(*ours) if v is not None]
        if not values:
            return []
        reached = statistics.median(values)
        few = len(values) < len(table.runs(*ours[:2]))
        is_enough = reached <= limit if at_most else reached >= limit
        text = f"{reached:.2f}" + (f" ({len(values)} runs)" if few else "")
        if any(table.was_full(*side[:2]) for side in (ours, theirs) if side):
            text += FULL
        return [(title, text, floors(ours, theirs), "yes" if is_enough else "**no**")]

    def floors(ours, theirs):
        """The floor's own ratio of two measurements: what is the kernel's, and not the gateway's to save."""
        if not theirs or theirs[0] != ours[0]:
            return "-"
        own = table.ratios(("floor", *ours[1:]), ("floor", *theirs[1:]))
        return f"{statistics.median(own):.2f}" if own else "-"

    rows = []
    for ours, name, least in (("embedded", "embedded", 1.2), ("redis", "with Redis", 1.25)):
        theirs = "nchan" if ours == "embedded" else "nchan-redis"
        store = "memory" if ours == "embedded" else "Redis"
        rows += ratio(f"{name}: KiB RSS per idle stream, at most 3.5", 3.5, True, (ours, "idle", "memory"), None)
        rows += ratio(f"{name}: % of a core that idle streams cost, under 2", 2, True, (ours, "idle", "idle"), None)
        rows += ratio(f"{name}: connects/s over nchan's ({store}), at least 1", 1, False,
                      (ours, "connects", "connects"), (theirs, "connects", "connects"))
        rows += ratio(f"{name}: the same, each on half a core, at least 1", 1, False,
                      (ours, "half", "connects"), (theirs, "half", "connects"))
        rows += ratio(f"{name}: CPU per connect over nchan's ({store}), at most 1", 1, True,
                      (ours, "connects", "cost"), (theirs, "connects", "cost"))
        rows += ratio(f"{name}: CPU per delivery over the floor's, at most {least}", least, True,
                      (ours, "rate20", "cost"), ("floor", "rate20", "cost"))
        for rate in (200, 600):
            overload = f"rate{rate}"
            rows += ratio(f"{name}: {rate} messages/s, deliveries/s over nchan's ({store}), at least 12", 12, False,
                          (ours, overload, "deliveries"), (theirs, overload, "deliveries"))
            rows += ratio(f"{name}: {rate} messages/s, p99 over nchan's ({store}), at most 0.1", 0.1, True,
                          (ours, overload, "p99"), (theirs, overload, "p99"))
        for many, single, each in (("rooms1000", "room10", 10), ("rooms10000", "room2", 2)):
            traffic = table.traffic(many, each)
            rows += ratio(f"{name}: CPU per delivery, {traffic}, over one room with as many messages, at most 1.3",
                          1.3, True, (ours, many, "cost"), (ours, single, "cost"))
            rows += ratio(f"{name}: the same over the large room with 20 messages/s, at most 1.3", 1.3, True,
                          (ours, many, "cost"), (ours, "rate20", "cost"))
    rows += ratio("publishes/s through Redis over nchan's, at least 2", 2, False,
                  ("redis", "publish", "acknowledged"), ("nchan-redis", "publish", "acknowledged"))
    return rows
