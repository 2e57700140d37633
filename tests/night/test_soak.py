"""A long night: a crowd on the cluster, something breaking every half a minute, and nothing may be lost or doubled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.deployment import Deployment

pytestmark = pytest.mark.night

PLAN = """version = 1
seed = {seed}

[random]
faults = {faults}
from_s = 15
to_s = {to_s}
choices = [
  {{fault = "freeze", target = "gateway.1", for_s = 2}},
  {{fault = "freeze", target = "gateway.2", for_s = 4}},
  {{fault = "freeze", target = "media.1", for_s = 3}},
  {{fault = "freeze", target = "failover.1", for_s = 6}},
  {{fault = "redis-freeze", target = "redis", for_s = 3}},
  {{fault = "freeze", target = "main", for_s = 6}},
]

[objectives]
reach_min = 0.99
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_a_night_of_faults_loses_and_doubles_nothing(seed: int, tmp_path: Path) -> None:
    lasts_s = int(os.environ.get("NIGHT_S", "1800")) // 2
    plan = tmp_path / "night.toml"
    plan.write_text(PLAN.format(seed=seed, faults=max(1, lasts_s // 30), to_s=lasts_s - 15))
    links = tmp_path / "links.json"
    deployment = Deployment("cluster", LINKS=str(links))
    try:
        command = [sys.executable, "-m", "loadtest", "run", "--links", str(links), "--shape", "steady"]
        command += ["--users", "100", "--for", f"{lasts_s}s", "--faults", str(plan)]
        command += ["--report", str(tmp_path / "report.html")]
        run = subprocess.run(command, capture_output=True, text=True, timeout=lasts_s + 300, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
    finally:
        deployment.close()
