"""The Redis primary: killed and frozen for real, by number or by the operator's command."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from failover.faults import process
from failover.faults.fault import CannotRehearse, NotHealed, rehearse, until
from failover.faults.redis import RedisFreeze, RedisKill


def answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=0.3, retry=None) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def test_a_frozen_redis_does_not_answer_and_is_thawed(redis_url):
    fault = RedisFreeze(redis_url, {})
    assert not fault.bit()
    fault.inject()
    assert until(fault.bit)
    fault.heal()
    assert answers(redis_url)


def test_a_killed_redis_is_gone_and_started_again(redis_url):
    fault = RedisKill(redis_url, {})
    fault.inject()
    assert until(fault.bit)
    started = fault.heal()
    child = next(child for child in process._started if child.pid == started)
    try:
        assert answers(redis_url)
    finally:
        child.kill()
        child.wait()


def test_the_operators_commands_are_used_where_they_are_set(redis_url, tmp_path):
    done = tmp_path / "done"
    commands = {"FAULT_REDIS_FREEZE_COMMAND": f"touch {done}", "FAULT_REDIS_THAW_COMMAND": f"rm {done}"}
    fault = RedisFreeze(redis_url, commands)
    fault.inject()
    assert done.exists()
    assert not fault.bit(), "the command broke nothing, and that is seen"
    fault.heal()
    assert not done.exists()


@pytest.mark.parametrize("kind", [RedisFreeze, RedisKill])
def test_a_redis_that_does_not_come_back_is_not_healed(start_redis, monkeypatch, kind):
    monkeypatch.setattr("failover.faults.redis._BACK_S", 0.2)
    url = start_redis()
    with redis.Redis.from_url(url) as client:
        pid = int(client.info("server")["process_id"])
    stop = f"kill -STOP {pid}"
    undo = {"FAULT_REDIS_THAW_COMMAND": "true"} if kind is RedisFreeze else {}
    fault = kind(url, {"FAULT_REDIS_FREEZE_COMMAND": stop, "FAULT_REDIS_KILL_COMMAND": stop, **undo})
    with pytest.raises(NotHealed, match="did not come back within"):
        rehearse(fault, 0, lambda *_: None)


def test_a_killing_command_may_have_a_starting_one(redis_url, tmp_path):
    done = tmp_path / "done"
    commands = {"FAULT_REDIS_KILL_COMMAND": f"touch {done}", "FAULT_REDIS_START_COMMAND": f"rm {done}"}
    fault = RedisKill(redis_url, commands)
    fault.inject()
    assert done.exists()
    assert fault.heal() is None
    assert not done.exists()


def test_a_freezing_command_alone_is_refused(redis_url):
    with pytest.raises(CannotRehearse, match="needs FAULT_REDIS_THAW_COMMAND"):
        RedisFreeze(redis_url, {"FAULT_REDIS_FREEZE_COMMAND": "true"})


def test_a_command_that_fails_is_said(redis_url):
    fault = RedisKill(redis_url, {"FAULT_REDIS_KILL_COMMAND": "false"})
    with pytest.raises(CannotRehearse, match="the command 'false' ended with code 1"):
        fault.inject()


def test_a_command_that_is_not_there_is_said_before_anything_is_broken(redis_url):
    with pytest.raises(CannotRehearse, match="FAULT_REDIS_KILL_COMMAND: there is no program '/no/such/command'"):
        RedisKill(redis_url, {"FAULT_REDIS_KILL_COMMAND": "/no/such/command --now"})


def test_a_redis_that_keeps_its_settings_to_itself_is_not_killed(start_redis):
    url = start_redis("--rename-command", "CONFIG", "")
    with pytest.raises(CannotRehearse, match=r"does not say how it was started .*: set FAULT_REDIS_START_COMMAND"):
        RedisKill(url, {})
    assert answers(url)


@pytest.mark.parametrize("fault", [RedisKill, RedisFreeze])
def test_a_managed_redis_that_does_not_tell_its_process_cannot_be_broken_from_here(fault):
    with (
        managed_redis(b"$11\r\nrole:master\r\n") as url,
        pytest.raises(
            CannotRehearse, match=f"{url} is not a process of this machine: set FAULT_REDIS_{fault.verb}_COM"
        ),
    ):
        fault(url, {})


def test_a_managed_redis_that_tells_nothing_is_said_in_one_line():
    with (
        managed_redis(b"-NOPERM this user has no permissions to run the 'info' command\r\n") as url,
        pytest.raises(CannotRehearse, match="does not say who it is") as refusal,
    ):
        RedisKill(url, {})
    assert "\n" not in str(refusal.value)


@contextmanager
def managed_redis(info: bytes) -> Iterator[str]:
    """A Redis of somebody else's, behind a proxy of theirs: answers INFO with `info`, and knows little else."""

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while head := self.rfile.readline():
                words = [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2] for _ in range(int(head[1:]))]
                known = {b"HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n", b"INFO": info}
                self.wfile.write(known.get(words[0].upper(), b"-ERR unknown command\r\n"))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"redis://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_nobody_at_the_address_is_said():
    with pytest.raises(CannotRehearse, match="does not answer"):
        RedisKill("redis://127.0.0.1:9", {})
