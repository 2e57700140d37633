"""A ledger on a real SQLite file, beside a real log in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from liveserver.store.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'live.db'}")
    await opened.open()
    yield opened
    await opened.close()
