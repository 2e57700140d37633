"""The Redis primary: killed and frozen for real, by number or by the operator's command."""

import pytest
import redis

from failover.faults import process
from failover.faults.fault import CannotRehearse, until
from failover.faults.redis import OperatorCommand, RedisFreeze, RedisKill


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
    fault.heal()
    try:
        assert answers(redis_url)
    finally:
        child = next(child for child in process._started if child.pid == fault.restarted)
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


def test_a_killing_command_may_have_a_starting_one(redis_url, tmp_path):
    done = tmp_path / "done"
    commands = {"FAULT_REDIS_KILL_COMMAND": f"touch {done}", "FAULT_REDIS_START_COMMAND": f"rm {done}"}
    fault = RedisKill(redis_url, commands)
    fault.inject()
    assert done.exists()
    fault.heal()
    assert not done.exists()
    assert fault.restarted is None


def test_a_freezing_command_alone_is_refused(redis_url):
    with pytest.raises(CannotRehearse, match="needs FAULT_REDIS_THAW_COMMAND"):
        RedisFreeze(redis_url, {"FAULT_REDIS_FREEZE_COMMAND": "true"})


def test_a_command_that_fails_is_said(redis_url):
    fault = RedisKill(redis_url, {"FAULT_REDIS_KILL_COMMAND": "/no/such/command"})
    with pytest.raises(CannotRehearse, match="/no/such/command"):
        fault.inject()


def test_nobody_at_the_address_is_said():
    with pytest.raises(CannotRehearse, match="does not answer"):
        RedisKill("redis://127.0.0.1:9", {})


def test_the_operators_own_fault_breaks_checks_and_heals(tmp_path):
    broken = tmp_path / "broken"
    environ = {
        "FAULT_LOAD_BALANCER_COMMAND": f"touch {broken}",
        "FAULT_LOAD_BALANCER_HEAL_COMMAND": f"rm {broken}",
        "FAULT_LOAD_BALANCER_CHECK_COMMAND": f"test -e {broken}",
    }
    fault = OperatorCommand("load-balancer", environ)
    assert not fault.bit()
    fault.inject()
    assert fault.bit()
    fault.heal()
    assert not fault.bit()


def test_without_the_operators_commands_it_cannot_be_rehearsed():
    with pytest.raises(CannotRehearse, match="cannot be rehearsed here: FAULT_LB_COMMAND, FAULT_LB_HEAL_COMMAND"):
        OperatorCommand("lb", {})
