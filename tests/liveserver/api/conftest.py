"""A gateway's whole API over a log in memory and a SQLite file, asked through its real application."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from broadcast.core.entries import Role
from broadcast.log.memory import MemoryLog
from liveserver.app import GatewayProcess
from liveserver.sample import sample_event
from liveserver.settings import GatewaySettings

SECRET = "0123456789abcdef0123456789abcdef"
BASE = "http://live.test"


class House:
    """The process under test, and somebody who asks it."""

    def __init__(self, folder: Path, **environ: str) -> None:
        given = {
            "SECRET": SECRET,
            "NODE_ID": "g1",
            "PUBLIC_URL": BASE,
            "DATABASE_URL": f"sqlite:///{folder / 'live.db'}",
            "MEDIA_NODES": "http://m1.test,http://m2.test",
            "FAILOVER_NODES": "http://127.0.0.1:9",
            "GATEWAYS": f"http://other.test,{BASE}",
            "ALLOWED_ORIGINS": "loopback,https://page.example",
            **environ,
        }
        self.log = MemoryLog()
        self.process = GatewayProcess(GatewaySettings.read(given, alone=True), self.log)
        self.event = sample_event()
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.process.app()), base_url=BASE)

    def token(self, role: Role, event: str = "demo", **more: Any) -> dict[str, str]:
        """Headers with a token of that role."""
        signed = self.process.links.token(member=f"{role}-1", name="Ada", role=role, event=event, **more)
        return {"authorization": f"Bearer {signed}"}

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        return self.client.post(path, json=body, headers=headers)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    await made.process.database.open()
    await made.process.events.add(made.event)
    yield made
    await made.client.aclose()
    await made.process.close()
    await made.log.close()


def fault(answer: httpx.Response, status: int, code: str, field: str | None = None) -> str:
    """The fault's reason, after checking the rest of it."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"code", "field", "reason"}
    assert body["code"] == code, body
    assert body["field"] == field, body
    assert body["reason"]
    return str(body["reason"])
