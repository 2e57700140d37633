"""The folder between runs: one key, however many ask for it at once; files that are whole or not there."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broadcast.core.errors import SettingsError
from liveserver import place


def test_everyone_who_asks_at_once_gets_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: place.signing_key(tmp_path), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 32
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_file_is_written_whole_over_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    for number in range(3):
        place.write_whole(path, json.dumps({"number": number}))
        assert json.loads(path.read_text()) == {"number": number}
    assert [found.name for found in tmp_path.iterdir()] == ["links.json"]


def test_a_database_in_a_folder_that_cannot_be_is_named_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="DATABASE_URL: cannot write"):
        place.prepare_for(f"sqlite+aiosqlite:///{tmp_path / 'file' / 'live.db'}")
    place.prepare_for(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'live.db'}")
    assert (tmp_path / "new").is_dir()
    for elsewhere in ("postgresql+asyncpg://db/live", "sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"):
        place.prepare_for(elsewhere)
