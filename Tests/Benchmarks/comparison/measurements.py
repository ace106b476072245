"""What is measured: each measurement is one run of `chat-gateway bench` against a fresh server."""

import dataclasses
from collections.abc import Callable

# Bytes on the wire of one delivery, the same for all: what each server puts around a payload is measured first.
WIRE = 250
PUBLISHERS = 64
# Streams per second, few enough for all servers: who waits then waits for the server.
CONNECT_RATE = 4000


@dataclasses.dataclass
class Figure:
    """One row of the table, out of a measurement's report."""

    key: str
    title: str
    value: Callable[[dict], float | None]
    digits: int = 0


@dataclasses.dataclass
class Measurement:
    name: str
    title: str
    listeners: int
    seconds: float
    options: list[str]
    figures: list[Figure]
    # Whether messages are published.
    publishes: bool = True
    # Whether the tester has the server's core too.
    is_wide: bool = False
    # Seconds that a run takes besides its window: starting, opening streams, warming up, settling, stopping.
    overhead: float = 5
    # The part of its core that the server may use.
    part: float = 1
    # The servers that it is for; None: all.
    servers: frozenset[str] | None = None
    # Whether what it measures is over when all streams are open.
    is_opening: bool = False
    # How many times it is done in a round, all servers taking turns.
    times: int = 1
    # Measurements that follow each other under one name are done with a server one right behind the other.
    group: str = ""


def all_measurements(seconds, listeners, streams, capacity):
    """`streams` idle ones; `capacity` bounds how many the measurements with rooms take."""
    rooms, pairs = min(1000, capacity // 10), min(10_000, capacity // 2)
    return [
        opening("connects", f"{streams:,} streams opened as fast as they are answered", streams, 1),
        # With a core of its own a fast server is faster than the tester.
        opening("half", "the same, the server on half a core", streams, 0.5),
        Measurement(
            "idle",
            f"{streams:,} idle streams",
            streams,
            # One interval, at least, of the comment lines that all but the floor send.
            max(18, 3 * seconds),
            ["--rate", "0", "--ramp-up", str(CONNECT_RATE)],
            [
                Figure("opened", f"ms until the stream's head at {CONNECT_RATE:,} connects/s, p50",
                       lambda r: percentile(r, "opens", 0.5), 2),
                Figure("openedLate", f"ms until the stream's head at {CONNECT_RATE:,} connects/s, p99",
                       lambda r: percentile(r, "opens", 0.99), 1),
                Figure("memory", "KiB RSS per stream", memory, 2),
                Figure("idle", "% of a core while idle", lambda r: share(r, 0), 2),
            ],
            publishes=False,
        ),
        Measurement(
            "rate20",
            f"{listeners:,} listeners, 20 messages/s offered",
            listeners,
            seconds,
            ["--rate", "20", "--verify"],
            [
                Figure("cost", "µs CPU per delivery", cost, 2),
                Figure("p50", "ms latency, p50", lambda r: percentile(r, "latency", 0.5)),
                Figure("p99", "ms latency, p99", lambda r: percentile(r, "latency", 0.99)),
                Figure("redis", "% of a core for Redis", lambda r: share(r, 1), 1),
            ],
        ),
        overload("rate200", 200, listeners, seconds),
        Measurement(
            "tester",
            "the same, the tester on all cores, the server's too",
            listeners,
            seconds,
            ["--rate", "200", "--warm-up", "0s", "--verify"],
            [
                Figure("deliveries", "deliveries/s", deliveries),
                Figure("testerCost", "µs CPU per delivery, the tester's", tester_cost, 2),
            ],
            is_wide=True,
            servers=frozenset({"floor", "embedded"}),
        ),
        # Of those that can be more than twelve times apart, which 200 messages/s are too few to show.
        overload("rate600", 600, listeners, seconds, frozenset({"nchan", "nchan-redis", "embedded", "redis"})),
        Measurement(
            "publish",
            f"1 listener, {PUBLISHERS} publishers that wait for each acknowledgement",
            1,
            seconds,
            ["--unpaced"],
            [
                Figure("acknowledged", "publishes/s acknowledged", acknowledged),
                Figure("cost", "µs CPU per publish, the server's", lambda r: cost_of_publish(r, 0), 1),
                Figure("redisCost", "µs CPU per publish, Redis's", lambda r: cost_of_publish(r, 1), 1),
                Figure("server", "% of a core for the server", lambda r: share(r, 0)),
                Figure("redis", "% of a core for Redis", lambda r: share(r, 1)),
                Figure("tester", "% of a core for the tester", tester_share),
            ],
        ),
        few("rooms1000", f"{rooms:,} rooms of 10 listeners, a message in each per second", 10, rooms, rooms, seconds),
        few("room10", f"1 room of 10 listeners, {rooms:,} messages/s", 10, 1, rooms, seconds),
        few("rooms10000", f"{pairs:,} rooms of 2 listeners, a message in each per 10 s", 2, pairs, pairs / 10, seconds),
        few("room2", f"1 room of 2 listeners, {pairs / 10:,.0f} messages/s", 2, 1, pairs / 10, seconds),
    ]


def opening(name, title, streams, part):
    """A crowd that comes at once, in a server's part of a core."""
    figures = [
        Figure("connects", "connects/s", connects),
        Figure("cost", "µs CPU per connect, the server's", lambda r: cost_of_connect(r, r["servers"][0])),
        Figure("testerCost", "µs CPU per connect, the tester's", lambda r: cost_of_connect(r, r["tester"])),
    ]
    options = ["--rate", "0", "--warm-up", "0s", "--settle", "0s"]
    # It is over in a second or two, in which a machine that others use too may be slow or fast: five times.
    return Measurement(name, title, streams, 0.2, options, figures, publishes=False, part=part, is_opening=True, times=5)


def overload(name, rate, listeners, seconds, servers=None):
    """More than can be delivered one by one."""
    figures = [
        Figure("deliveries", "deliveries/s", deliveries),
        Figure("p99", "ms latency, p99", lambda r: percentile(r, "latency", 0.99)),
        Figure("cost", "µs CPU per delivery", cost, 2),
        Figure("testerCost", "µs CPU per delivery, the tester's", tester_cost, 2),
    ]
    # What a warm-up leaves behind would keep a server that is too slow busy for all of the window.
    options = ["--rate", str(rate), "--warm-up", "0s", "--verify"]
    title = f"{listeners:,} listeners, {rate} messages/s offered"
    # Whoever is too slow is sent the rest after the window, for up to ten seconds.
    return Measurement(name, title, listeners, seconds, options, figures, servers=servers, overhead=12)


def few(name, title, listeners, rooms, rate, seconds):
    """Few listeners to a room: publishing is a large part of what a delivery costs."""
    figures = [
        Figure("cost", "µs CPU per delivery, publishing included", cost, 2),
        Figure("p99", "ms latency, p99", lambda r: percentile(r, "latency", 0.99)),
    ]
    # Rooms are told who is in them a second or two after a crowd has come: that is no part of a delivery.
    options = ["--rooms", str(rooms), "--rate", f"{rate:g}", "--warm-up", "4s", "--verify"]
    return Measurement(name, title, listeners * rooms, seconds, options, figures, group=f"of{listeners}")


def memory(report):
    server = report["servers"][0]
    return (server["residentKiBWithStreams"] - server["residentKiBBefore"]) / report["streamsBeforeWindow"]


def connects(report):
    return report["listeners"]["opened"] * 1e9 / max(1, report["listeners"]["opening"])


def cost_of_connect(report, whose):
    return whose["openingCPUSeconds"] * 1e6 / max(1, report["streamsBeforeWindow"])


def cost(report):
    return report["servers"][0]["cpuSeconds"] * 1e6 / max(1, report["listeners"]["deliveries"])


def cost_of_publish(report, place):
    """Of the server in place 0, of its Redis in place 1."""
    if place >= len(report["servers"]):
        return None
    return report["servers"][place]["cpuSeconds"] * 1e6 / max(1, report["published"]["acknowledged"])


def deliveries(report):
    return report["listeners"]["deliveries"] / report["settings"]["window"]


def acknowledged(report):
    return report["published"]["acknowledged"] / report["settings"]["window"]


def share(report, place):
    """Percent of a core; the server is in place 0, its Redis in place 1."""
    if place >= len(report["servers"]):
        return None
    return 100 * report["servers"][place]["cpuSeconds"] / report["settings"]["window"]


def tester_cost(report):
    return report["tester"]["cpuSeconds"] * 1e6 / max(1, report["listeners"]["deliveries"])


def tester_share(report):
    return 100 * report["tester"]["cpuSeconds"] / report["settings"]["window"]


def percentile(report, which, part):
    """In milliseconds. The histogram is the longest, then pairs of microseconds and count."""
    pairs = report["listeners"][which][1:]
    counts = list(zip(pairs[::2], pairs[1::2]))
    left = part * sum(count for _, count in counts)
    for value, count in counts:
        left -= count
        if left <= 0:
            return value / 1000
    return None


def tester_was_full(measurement, report):
    """Whether a thread of the tester, or its cores together with Redis on them, had no time left."""
    tester = report["tester"]
    if measurement.is_opening:
        # As many as `bench` has by default. What interrupts take of their cores is nobody's time.
        threads = max(1, min(4, tester["cores"] - 1))
        return tester["openingCPUSeconds"] > 0.8e-9 * report["listeners"]["opening"] * threads
    used = tester["cpuSeconds"] + sum(server["cpuSeconds"] for server in report["servers"][1:])
    return tester["busiestThread"] > 0.9 or used > 0.95 * tester["window"] * tester["cores"]


def bytes_per_delivery(report):
    return report["listeners"]["bytes"] / max(1, report["listeners"]["deliveries"])
