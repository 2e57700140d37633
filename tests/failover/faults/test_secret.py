"""What is said of a target or a command: never the password in it."""

import asyncio
import json
import sys

import pytest
import redis

from failover.faults import process
from failover.faults.catalogue import KINDS, make
from failover.faults.fault import CannotRehearse, NotHealed, rehearse
from failover.faults.operator import OperatorCommand
from failover.faults.redis import RedisFreeze, RedisKill
from failover.faults.secret import shown

_HARD = 'it\'s "se cret"#\\x'


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("4711", "4711"),
        ("/var/lib/a@b", "/var/lib/a@b"),
        ("redis://127.0.0.1:6379/2", "redis://127.0.0.1:6379/2"),
        ("rediss://me:secret@[::1]:6379/0", "rediss://[::1]:6379/0"),
        ("unix://:secret@/run/redis.sock?db=1", "unix:///run/redis.sock"),
        ("redis://h?password=secret", "redis://h"),
        ("redis://h?password=a@secret", "redis://…"),
        ("redis://:sec/ret@h:6379", "redis://…"),
        ("redis://me:12/secret@h:6379", "redis://…"),
        ("redis://:sec#ret@h", "redis://…"),
        ("redis://[secret@h", "redis://…"),
    ],
)
def test_a_target_is_shown_without_what_is_secret(target, said):
    assert shown(target) == said


@pytest.mark.parametrize("name", [name for name in KINDS if name != "operator"])
@pytest.mark.parametrize("url", ["redis://me:secret@127.0.0.1:9", "redis://:secret/@h", "http://:secret@h"])
def test_no_refusal_names_a_password(name, url):
    knobs = {"delay_ms": 1.0, "bytes_per_s": 1.0, "share": 0.5, "step_s": 9.0}
    with pytest.raises(CannotRehearse) as refusal:
        make(name, url, knobs)
    assert "secret" not in str(refusal.value)


async def test_the_command_names_no_password():
    command = [sys.executable, "-m", "failover.faults", "run", "redis-kill", "--target", "redis://:secret@127.0.0.1:9"]
    for how in ([], ["--json"]):
        child = await asyncio.create_subprocess_exec(*command, *how, stdout=asyncio.subprocess.PIPE)
        out, _ = await asyncio.wait_for(child.communicate(), 30)
        assert child.returncode == 3
        assert b"redis://127.0.0.1:9" in out
        assert b"secret" not in out
    assert json.loads(out)["target"] == "redis://127.0.0.1:9"


def test_a_failed_command_is_named_by_its_program_alone(tmp_path):
    program = tmp_path / "fails"
    program.write_text("#!/bin/sh\nexit 7\n")
    program.chmod(0o755)
    fault = OperatorCommand("lb", {f"FAULT_LB{part}_COMMAND": f"{program} secret" for part in ("", "_HEAL", "_CHECK")})
    for broken in (fault.inject, fault.heal):
        with pytest.raises(CannotRehearse, match=f"the command '{program}' ended with code 7$"):
            broken()
    program.unlink()
    with pytest.raises(CannotRehearse, match=f"the command '{program}' failed"):
        fault.bit()
    with pytest.raises(CannotRehearse) as refusal:
        OperatorCommand("lb", {"FAULT_LB_COMMAND": "say 'secret"})
    assert "secret" not in str(refusal.value)


def test_what_a_redis_says_it_is_names_no_password(start_redis, monkeypatch):
    monkeypatch.setattr("failover.faults.redis._BACK_S", 0.2)
    plain = start_redis()
    with redis.Redis.from_url(plain) as client:
        client.config_set("requirepass", "secret")
        url = plain.replace("redis://", "redis://:secret@")
    with redis.Redis.from_url(url) as client:
        pid = client.info("server")["process_id"]
        fault = RedisFreeze(
            url, {"FAULT_REDIS_FREEZE_COMMAND": f"kill -STOP {pid}", "FAULT_REDIS_THAW_COMMAND": "true"}
        )
    with pytest.raises(NotHealed, match=f"Redis at {plain} did not come back"):
        rehearse(fault, 0, lambda *_: None)


@pytest.mark.parametrize("configured", [False, True])
def test_a_redis_started_again_keeps_its_password_and_its_command_line_does_not_name_it(
    start_redis, tmp_path, configured
):
    (tmp_path / "redis.conf").write_text("maxclients 77\n")
    plain = start_redis(file=tmp_path / "redis.conf" if configured else None)
    with redis.Redis.from_url(plain) as client:
        client.config_set("requirepass", _HARD)
    # Asked by hand: what is hard about this password is no matter of addresses.
    port = int(plain.rpartition(":")[2])
    with redis.Redis(port=port, password=_HARD) as client:
        assert client.ping()
    url = f"{plain}?password=it%27s%20%22se%20cret%22%23%5Cx"
    fault = RedisKill(url, {})
    assert fault._kill._start.argv.count("-") == 1
    assert not [word for word in fault._kill._start.argv if "cret" in word]
    rehearsed: list[str] = []
    rehearse(fault, 0, lambda what, _: rehearsed.append(what))
    child = process._started[-1]
    try:
        assert rehearsed == ["injected", "bit", "healed"]
        with redis.Redis(port=port, password=_HARD) as client:
            assert client.ping()
        with redis.Redis(port=port) as client, pytest.raises(redis.AuthenticationError):
            client.ping()
    finally:
        child.kill()
        child.wait()
