"""The page that is committed: the table, the goals, and everything that is needed to have it again."""

from comparison.measurements import WIRE
from comparison.servers import Nchan, NchanRedis, Redis
from comparison.table import Table, goals


def page(result, servers, measurements, machine):
    """Markdown for the documentation."""
    return "\n".join(_lines(result, servers, measurements, machine)) + "\n"


def _lines(result, servers, measurements, machine):
    table = Table(result["records"], servers, measurements)
    facts, versions, settings = result["machine"], result["versions"], result["settings"]
    yield "# Comparison"
    yield ""
    yield "The gateway beside a bare loop in C, node:http and nchan: what each costs on one core, and how to measure it again."
    yield ""
    yield "## Overview"
    yield ""
    yield f"Measured on {result['date']} with `{settings['command']}`,"
    yield "which installs what is missing and writes this page."
    yield f"Medians of {settings['rounds']} rounds; the servers take turns, each measurement starts a fresh one. µs and % are"
    yield "of a single core, which the server has for itself."
    yield ""
    yield from table.lines()
    yield ""
    yield "† the tester, or the cores that it shares with Redis, had no time left: the server may be able to do more."
    yield ""
    reached = goals(table)
    if reached:
        yield "### What the gateway wants to reach"
        yield ""
        yield "| goal | here | the floor's own | reached |"
        yield "|---|---|---|---|"
        for row in reached:
            yield "| " + " | ".join(row) + " |"
        yield ""
        yield "A ratio is the median of the rounds' own (of each turn's, for connects), because the speed of a machine changes."
        yield ""
        offered = 200 * settings["listeners"]
        yield f"200 messages/s to {settings['listeners']:,} listeners are {offered:,} deliveries/s, and more cannot be made of them: twelve"
        yield f"times nchan's is out of reach there where nchan makes more than {offered // 12:,}. 600 messages/s leave room for it."
        yield ""
    yield "### What went wrong"
    yield ""
    troubles = list(table.troubles())
    nothing = ["Nothing: no run failed, and no listener missed, repeated or reordered a message."]
    yield from [f"- {line}" for line in troubles] or nothing
    yield ""
    yield "## How it is measured"
    yield ""
    yield "- **Server**: one core, one loop (`--loops 1`), one nginx worker. The tester has the other cores; Redis, fresh for"
    yield "  each run and without persistence for all alike, runs there too."
    yield "- **Connects**: 256 at a time for each thread of the tester, in five turns of each round, without messages."
    yield "  Half a core is a quota of the kernel's: 5 of each 10 ms."
    yield f"- **Delivery**: one message to one listener, {WIRE} bytes on the wire, the server's own framing included."
    yield "- **Latency**: from the time at which a message was due, whether or not the server let it leave then, to its last byte."
    yield "  What every publisher was too busy to send in the window is sent after it, for up to ten seconds. Where a server is so"
    yield "  far behind that some never left, they are not in it: it is then a lower bound."
    yield "- **CPU**: user and system time of the server's process in the measured window. Redis is shown apart."
    yield "- **Memory**: RSS of the process that holds the streams, with all of them idle, less its RSS before the first one."
    yield "  For nchan that is the worker; the shared memory that it has touched counts in its RSS, and what nginx sets aside"
    yield "  for its connections at the start does not. Socket buffers are the kernel's, and in nobody's figure."
    yield "- **Idle**: every 15 s a comment line, from nchan its `ping` event, goes to each stream; the floor sends nothing."
    yield "- **nchan** keeps as much history as the gateway does by default: 10,000 messages and an hour."
    yield "- **node:http** is what tutorials teach: a set of responses for each room (`Tests/Benchmarks/baseline.mjs`)."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| machine | {facts['processor']}, {facts['cores']} cores, {facts['memory']} |"
    yield f"| system | {facts['system']}, Linux {facts['kernel']}, {facts['descriptors']:,} descriptors for a process |"
    yield f"| gateway | {versions['chat-gateway']}, commit {versions['commit']}, Swift {versions['swift']}, {versions['build']} |"
    yield f"| nginx, nchan | {versions['nginx']}, {versions['nchan']} |"
    yield f"| node | {versions['node']} |"
    yield f"| Redis | {versions['redis']} |"
    yield f"| C compiler | {versions['cc']}, -O2 |"
    yield ""
    yield "Servers (`PORT` is one that is free):"
    yield ""
    yield "```"
    yield "floor PORT"
    yield "node Tests/Benchmarks/baseline.mjs PORT"
    yield "nginx -c nchan.conf"
    yield "chat-gateway serve --port PORT --ops-port 0 --loops 1 [--redis redis://127.0.0.1:PORT]"
    yield "redis-server --port PORT " + " ".join(option or "''" for option in Redis.options)
    yield "```"
    yield ""
    yield "The tester, each time with `--url`, `--pid` of the server and of its Redis, and `--json`:"
    yield ""
    yield "```"
    yield from _commands(result["records"])
    yield "```"
    yield ""
    yield "nginx's configuration with the memory store:"
    yield ""
    yield "```"
    yield from (line for line in Nchan(machine, None, None).configuration("FOLDER").splitlines() if line.strip())
    yield "```"
    yield ""
    yield "With the Redis store it has, besides, the last in both locations:"
    yield ""
    yield "```"
    lines = NchanRedis(machine, None, None).configuration("FOLDER").splitlines()
    yield from dict.fromkeys(line.strip() for line in lines if "redis" in line)
    yield "```"


def _commands(records):
    """One command for each measurement that ran; the payload and the paths differ by server."""
    shown = set()
    for record in records:
        if "command" in record and record["measurement"] not in shown:
            shown.add(record["measurement"])
            yield f"chat-gateway bench {' '.join(record['command'])}   # {record['measurement']}, {record['server']}"
