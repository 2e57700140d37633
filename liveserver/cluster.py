"""The sample event on several processes: what the Procfile names, on a Redis of its own and one SQLite file. It joins
nothing in memory: every process is started as an operator would start it, and one that dies is left dead, so that one
can watch the others carry on. `liveserver cluster` (and so `make demo-cluster`) runs it.
"""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from honcho.environ import parse_procfile

from broadcast.core.errors import Outage, SettingsError
from broadcast.settings import Reader
from liveserver import place, sample
from liveserver.demo import DemoSettings, forget
from liveserver.people.links import Links
from liveserver.serve import run
from liveserver.settings import GatewaySettings, local_url
from liveserver.troupe import Troupe, bound_to_parent

HOST: Final = "127.0.0.1"
ROOT: Final = Path(__file__).parent.parent
READY_WITHIN_S: Final = 30.0
REDIS_WITHIN_S: Final = 10.0
# Where each kind of process is looked for, above PORT: as honcho spaces them.
SPACING: Final = {"gateway": 0, "media": 100, "failover": 200}


@dataclass(frozen=True, slots=True)
class Layout:
    """Which processes there are, and where: urls by name (`gateway.1`), and what each is started with."""

    commands: dict[str, str]
    urls: dict[str, str]
    environ: dict[str, dict[str, str]]

    def of(self, kind: str) -> list[str]:
        """The urls of one kind of process."""
        return [url for name, url in self.urls.items() if name.partition(".")[0] == kind]


@dataclass(slots=True)
class Redis:
    """A redis-server of our own, keeping nothing on disk."""

    url: str
    process: subprocess.Popen[bytes] | None = None
    folder: Path | None = field(default=None)

    @classmethod
    def start(cls, folder: Path) -> "Redis":
        """Return once it answers. SettingsError where there is none to start."""
        program = shutil.which("redis-server")
        if program is None:
            raise SettingsError(
                ["REDIS_URL: is not set, and there is no redis-server here; apt-get install redis-server, or set it"]
            )
        port = free_port(0)
        process = subprocess.Popen(  # noqa: S603  # the program was looked up, the rest is ours
            [program, "--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no", "--dir", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=bound_to_parent,  # noqa: PLW1509  # no thread runs yet
        )
        started = cls(f"redis://{HOST}:{port}/0", process, folder)
        end = time.monotonic() + REDIS_WITHIN_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                started.end()
                raise Outage("redis-server", "it was started but does not answer")
            time.sleep(0.02)
        return started

    def end(self) -> None:
        """End it, frozen or not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def cluster(environ: Mapping[str, str], links: Path | None, counts: Mapping[str, int]) -> int:
    """Run it all until Ctrl-C; the exit code. SettingsError and Outage before anything is printed."""
    demo = DemoSettings.read({"DATA_DIR": "./var/cluster", **environ}, links)
    place.prepare(demo.data_dir)
    if demo.links is not None:
        place.prepare_file(demo.links)
    secret = environ.get("SECRET") or place.signing_key(demo.data_dir)
    given = Reader(environ).text("REDIS_URL", "")
    redis = Redis(given) if given else Redis.start(demo.data_dir.resolve())
    try:
        arranged = layout({**environ, "SECRET": secret, "REDIS_URL": redis.url}, demo, counts)
        settings = GatewaySettings.read(arranged.environ["gateway.1"])
        forget(settings.database_url)
        run(lambda: sample.plant(settings))
        troupe = Troupe()
        for name, command in arranged.commands.items():
            troupe.add_process(name, command, env=arranged.environ[name], cwd=str(ROOT))
        teller = threading.Thread(
            target=_tell, args=(troupe, arranged, settings, demo, redis), name="readiness", daemon=True
        )
        teller.start()
        troupe.loop()
        return troupe.outcome
    finally:
        redis.end()


def layout(environ: Mapping[str, str], demo: DemoSettings, counts: Mapping[str, int]) -> Layout:
    """Every process's place and environment. SettingsError where PORT is taken."""
    procfile = ROOT / "Procfile"
    if not procfile.is_file():
        raise SettingsError([f"Procfile: there is none in {ROOT}; run this from the project's own folder"])
    kinds: dict[str, str] = parse_procfile(procfile.read_text(encoding="utf-8")).processes
    commands = {f"{kind}.{n}": kinds[kind] for kind in SPACING for n in range(1, counts[kind] + 1)}
    ports: dict[str, int] = {}
    first = demo.port or free_port(0)
    for name in commands:
        kind, _, number = name.partition(".")
        wanted = first + SPACING[kind] + int(number) - 1
        ports[name] = free_port(wanted, exactly=name == "gateway.1", beside=ports.values())
    urls = {name: local_url(HOST, port) for name, port in ports.items()}
    made = Layout(commands, urls, {})
    shared = {
        "LOG_LEVEL": "warning",
        "MEDIA_ADDRESS": HOST,
        "DRAIN_S": "1",
        "ALLOWED_ORIGINS": "loopback",
        **environ,
        "HOST": HOST,
        "MEDIA_NODES": ",".join(made.of("media")),
        "FAILOVER_NODES": ",".join(made.of("failover")),
        "GATEWAYS": ",".join(made.of("gateway")),
        "DATA_DIR": str(demo.data_dir.resolve()),
        "DATABASE_URL": f"sqlite:///{demo.data_dir.resolve()}/cluster-{ports['gateway.1']}.db",
        "PYTHONUNBUFFERED": "1",
    }
    for name, url in urls.items():
        own = {"NODE_ID": name, "HONCHO_PROCESS_NAME": name, "PORT": str(ports[name]), "PUBLIC_URL": url}
        made.environ[name] = {**shared, **own}
    return made


def free_port(wanted: int, *, exactly: bool = False, beside: Any = ()) -> int:  # noqa: ANN401
    """A port that is free now: `wanted`, or else the next one. SettingsError where it must be that one."""
    for port in range(wanted, wanted + 100):
        if port in beside or port > 65535:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                if exactly:
                    break
                continue
            return int(probe.getsockname()[1])
    raise SettingsError([f"PORT: {wanted} is taken by another program; choose another one, like PORT={wanted + 1}"])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        try:
            probe.connect((HOST, port))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _tell(troupe: Troupe, arranged: Layout, settings: GatewaySettings, demo: DemoSettings, redis: Redis) -> None:
    """Once every process is ready: write the links, print the words. If that takes too long: say who is missing."""
    end = time.monotonic() + READY_WITHIN_S
    waiting = dict(arranged.urls)
    with httpx.Client(timeout=2, trust_env=False) as client:
        while waiting:
            for name, url in list(waiting.items()):
                try:
                    if client.get(f"{url}/readyz").status_code == 200:
                        del waiting[name]
                except httpx.HTTPError:
                    continue
            if waiting and (time.monotonic() > end or troupe.dead(waiting)):
                sys.stderr.write(f"liveserver: not ready: {', '.join(waiting)}; what they said stands above\n")
                troupe.give_up()
                return
            time.sleep(0.05)
    event = sample.sample_event()
    signing = Links(settings.secret, settings.public_url)
    shown = sample.links_file(signing, event, settings)
    shown |= {
        "gateways": arranged.of("gateway"),
        "media": arranged.of("media"),
        "failover": arranged.of("failover"),
        "redis": redis.url,
        "processes": troupe.pids() | ({"redis": redis.process.pid} if redis.process else {}),
    }
    others = [
        (f"Attendee, on gateway {number}", f"{url}/e/{event.id}")
        for number, url in enumerate(arranged.of("gateway")[1:], 2)
    ]
    if demo.links is not None:
        place.write_whole(demo.links, sample.as_json(shown))
    pids = ", ".join(f"{name} {pid}" for name, pid in shown["processes"].items())
    sys.stdout.write(sample.words(shown, others) + f"Kill one and watch (kill -9, kill -STOP): {pids}\n\n")
    sys.stdout.flush()


def counts_of(gateways: int, media: int, failover: int) -> dict[str, int]:
    """How many of each process. SettingsError for none or far too many."""
    counts = {"gateway": gateways, "media": media, "failover": failover}
    options = {"gateway": "--gateways", "media": "--media", "failover": "--failover"}
    faults = [f"{options[kind]}: {count}; use 1 to 9" for kind, count in counts.items() if not 1 <= count <= 9]
    if faults:
        raise SettingsError(faults)
    return counts
