"""The servers that are compared. Each measurement gets a fresh one, and a fresh Redis where it takes one."""

import getpass
import os
import pathlib
import socket

from comparison.process import Failure, Process, free_port, takes_messages, until
from comparison.quota import Quota

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent

NCHAN = """\
load_module {module};
daemon off;
user {user};
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    tcp_nodelay on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    nchan_shared_memory_size 1G;
    nchan_message_buffer_length 10000;
    nchan_message_timeout 1h;
    {upstream}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location ~ ^/sub/(.+)$ {{
            nchan_subscriber eventsource;
            nchan_channel_id $1;
            nchan_subscriber_first_message newest;
            nchan_eventsource_ping_interval 15;
            {storage}
        }}
        location ~ ^/pub/(.+)$ {{
            nchan_publisher http;
            nchan_channel_id $1;
            {storage}
        }}
    }}
}}
"""


class Server:
    """One of the compared; `start` returns when it acknowledges messages, `stop` when it is gone."""

    uses_redis = False
    # How `chat-gateway bench` speaks to it; without options: as to the gateway.
    bench = []
    publish_path = "/rooms/{room}/messages"

    def __init__(self, machine, folder, gateway):
        self.machine = machine
        self.folder = folder
        self.gateway = gateway
        self.redis = None
        self.process = None
        self.quota = None
        self.port = None

    def start(self, part=1):
        """With a part of a core."""
        if self.uses_redis:
            self.redis = Redis(self.machine, self.folder)
        if part < 1:
            self.quota = Quota(part)
        self.port = free_port()
        log = self.folder / f"{self.name}.log"
        self.process = Process(self.command(), self.machine.server_cores, log, self.quota)
        path = self.publish_path.replace("{room}", "probe")
        until("start", self.process, 20, lambda: takes_messages(self.port, path))

    def stop(self):
        for process in (self.process, self.redis and self.redis.process):
            if process:
                process.stop()
        if self.quota:
            self.quota.remove()
        self.process = self.redis = self.quota = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        """The process that holds the streams."""
        return self.process.pid

    @property
    def pids(self):
        return [self.pid] + ([self.redis.process.pid] if self.redis else [])


class Redis:
    """A Redis that keeps nothing on disk, on the tester's cores, so that the server has its core for itself."""

    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def __init__(self, machine, folder):
        self.port = free_port()
        command = ["redis-server", "--port", str(self.port), "--dir", str(folder)] + self.options
        self.process = Process(command, machine.tester_cores, folder / "redis.log")
        try:
            until("Redis's start", self.process, 20, self._answers)
        except Failure:
            self.process.stop()
            raise

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class Floor(Server):
    name = "floor"
    title = "floor (C)"

    def command(self):
        return [str(self.folder / "floor"), str(self.port)]


class Node(Server):
    name = "node"
    title = "node:http"

    def command(self):
        return ["node", str(BENCHMARKS / "baseline.mjs"), str(self.port)]


class Nchan(Server):
    name = "nchan"
    title = "nchan, memory"
    bench = ["--stream-path", "/sub/{room}", "--publish-path", "/pub/{room}"]
    publish_path = "/pub/{room}"

    def configuration(self, folder, redis="redis://127.0.0.1:PORT"):
        return NCHAN.format(
            module=next(iter(nchan_modules()), "modules/ngx_nchan_module.so"),
            user=getpass.getuser(),
            descriptors=self.machine.descriptors,
            # With fewer than a sixteenth of them free nginx closes publishers' connections.
            connections=2 * self.machine.descriptors,
            folder=folder,
            port=self.port or "PORT",
            upstream=f"upstream redis {{ nchan_redis_server {redis}; }}" if self.uses_redis else "",
            storage="nchan_redis_pass redis;" if self.uses_redis else "",
        )

    def command(self):
        file = self.folder / f"{self.name}.conf"
        redis = f"redis://127.0.0.1:{self.redis.port}" if self.redis else ""
        file.write_text(self.configuration(self.folder, redis))
        return ["nginx", "-p", str(self.folder), "-e", str(self.folder / "nginx.log"), "-c", str(file)]

    @property
    def pid(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            if b"worker process" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        raise Failure("nginx has no worker process")


class NchanRedis(Nchan):
    name = "nchan-redis"
    title = "nchan, Redis"
    uses_redis = True


class Embedded(Server):
    name = "embedded"
    title = "**ours**, embedded"

    def command(self):
        options = ["--redis", f"redis://127.0.0.1:{self.redis.port}"] if self.redis else []
        return [self.gateway, "serve", "--port", str(self.port), "--ops-port", "0", "--loops", "1"] + options


class OnRedis(Embedded):
    name = "redis"
    title = "**ours**, Redis"
    uses_redis = True


ALL = [Floor, Node, Nchan, NchanRedis, Embedded, OnRedis]


def nchan_modules():
    folders = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules")
    files = (os.path.join(folder, "ngx_nchan_module.so") for folder in folders)
    return [file for file in files if os.path.exists(file)]
