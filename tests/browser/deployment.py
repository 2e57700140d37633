"""A real deployment for the browser tests: the embedded demo, or several processes on a real Redis."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent.parent
COMMANDS = {"embedded": "demo", "cluster": "cluster"}


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Deployment:
    """Started by the command a user would type; ended by the signal that Ctrl-C sends."""

    def __init__(self, make: str, **settings: str) -> None:
        self.make = make
        self._folder = Path(tempfile.mkdtemp(prefix=f"{make}-"))
        self._links = Path(settings.get("LINKS", self._folder / "links.json"))
        self._output = (self._folder / "output").open("w+")
        environment = {
            **os.environ,
            "PORT": str(free_port()),
            "LINKS": str(self._links),
            "DATA_DIR": str(self._folder / "data"),
            **settings,
        }
        self._process = subprocess.Popen(
            [str(Path(sys.executable).with_name("liveserver")), COMMANDS[make]],
            cwd=ROOT,
            env=environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.links: dict[str, Any] = self._wait()
        self._events = 0

    def _wait(self) -> dict[str, Any]:
        end = time.monotonic() + 40
        while time.monotonic() < end:
            if self._links.exists():
                return dict(json.loads(self._links.read_text()))
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        output = self.output()
        self.close()
        raise AssertionError(f"the {self.make} deployment did not get ready:\n{output}")

    def output(self) -> str:
        """What it printed so far."""
        return Path(self._output.name).read_text()

    @property
    def pid(self) -> int:
        """The process that was started: in the embedded make, the whole deployment."""
        return self._process.pid

    @property
    def gateways(self) -> list[str]:
        """Base URLs of the gateways: one in the embedded make, two or more in the cluster."""
        return list(self.links.get("gateways") or [self.links["base"]])

    def event(self, plan: str, *, title: str = "Ink and Water") -> "Show":
        """A new event of its own, with this plan, its doors open."""
        self._events += 1
        name = f"show-{os.getpid()}-{self._events}"
        plan = plan.replace("EVENT", name)
        answer = httpx.post(
            f"{self.links['base']}/api/v1/events",
            headers={"Authorization": f"Bearer {self.links['tokens']['operator']}"},
            json={"id": name, "title": title, "host": "Ada Example", "plan": plan, "guests": True, "open": True},
            timeout=10,
        )
        assert answer.status_code == 201, answer.text
        return Show(self, name, answer.json())

    def kill(self, process: str) -> None:
        """SIGKILL to one process of the cluster (`gateway.1`, `media.1`, `failover.1`, `redis`)."""
        os.kill(int(self.links["processes"][process]), signal.SIGKILL)

    def close(self) -> None:
        """Ctrl-C, and if that does not end it within 20 s, the whole group is killed and the test told."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(10)
                raise AssertionError(f"Ctrl-C did not end the {self.make} deployment:\n{self.output()}") from None
            finally:
                self._output.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class Show:
    """One event on a deployment, and where its pages are."""

    def __init__(self, deployment: Deployment, name: str, made: dict[str, Any]) -> None:
        self.deployment = deployment
        self.name = name
        self.tokens: dict[str, str] = made["tokens"]
        self.pages: dict[str, str] = made["pages"]

    def steps(self) -> str:
        """What its incidents' timelines say, line by line."""
        answer = httpx.get(
            f"{self.deployment.links['base']}/api/v1/ops/incidents",
            params={"event": self.name},
            headers={"Authorization": f"Bearer {self.tokens['host']}"},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return "\n".join(step["text"] for one in answer.json()["incidents"] for step in one["steps"])

    def page(self, page: str, gateway: int = 0) -> str:
        """The link of a page (`attendee`, `studio`, `standby`, `desk`, `operator`) on the gateway of that number."""
        gateways = self.deployment.gateways
        return self.pages[page].replace(gateways[0], gateways[gateway % len(gateways)])
