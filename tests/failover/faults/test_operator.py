"""The operator's own commands: they break, check and heal, and are looked at before anything is broken."""

import pytest

from failover.faults.fault import CannotRehearse
from failover.faults.operator import OperatorCommand


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


@pytest.mark.parametrize(
    ("command", "why"), [("/no/such/program", "there is no program '/no/such/program'"), ("say 'it", "is no command")]
)
def test_a_check_that_cannot_be_run_is_said_before_anything_is_broken(command, why):
    environ = {"FAULT_LB_COMMAND": "true", "FAULT_LB_HEAL_COMMAND": "true", "FAULT_LB_CHECK_COMMAND": command}
    with pytest.raises(CannotRehearse, match=f"FAULT_LB_CHECK_COMMAND: .*{why}"):
        OperatorCommand("lb", environ)


def test_a_command_that_goes_away_meanwhile_is_one_line(tmp_path):
    check = tmp_path / "check"
    check.write_text("#!/bin/sh\n")
    check.chmod(0o755)
    fault = OperatorCommand(
        "lb", {"FAULT_LB_COMMAND": "true", "FAULT_LB_HEAL_COMMAND": "true", "FAULT_LB_CHECK_COMMAND": str(check)}
    )
    assert fault.bit()
    check.unlink()
    with pytest.raises(CannotRehearse, match="failed: No such file or directory"):
        fault.bit()


def test_what_the_commands_say_is_not_mixed_with_the_rehearsals_own_words(capfd):
    loud = "sh -c 'echo out; echo err >&2'"
    fault = OperatorCommand(
        "lb", {"FAULT_LB_COMMAND": loud, "FAULT_LB_HEAL_COMMAND": loud, "FAULT_LB_CHECK_COMMAND": loud}
    )
    fault.inject()
    assert fault.bit()
    fault.heal()
    assert capfd.readouterr() == ("", "")
