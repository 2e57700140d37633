"""What the documents claim: settings, commands, close codes and the demo's plan are the code's own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from broadcast.core.codes import Close, Reject
from broadcast.core.commands import COMMANDS
from broadcast.core.wire import schema
from failover.core.planfile import read_plan
from liveserver import plan as sample

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SETTINGS = ("broadcast/settings.py", "liveserver/settings.py", "failover/settings.py")


def test_every_setting_that_is_read_is_documented_and_no_other() -> None:
    read = set()
    for module in SETTINGS:
        text = (ROOT / module).read_text()
        read |= set(re.findall(r'(?:reader|self)\.\w+\(\s*"([A-Z_]+)"', text))
        read |= set(re.findall(r'_nodes?\(\s*reader,\s*"([A-Z_]+)"', text))
    read |= {"SECRET", "PORT", "ALLOWED_ORIGINS", "NODE_ID"}
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", (DOCS / "operating.md").read_text(), re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert documented == read | {"GATEWAYS", "MEDIA_NODES"}


def test_every_command_and_code_is_in_the_protocol() -> None:
    text = (DOCS / "protocol.md").read_text()
    assert [name for name in COMMANDS if f"`{name}`" not in text] == []
    assert [code for code in Close if str(int(code)) not in text] == []
    internal = {Reject.STALE_LEASE}
    assert [code.value for code in Reject if f"`{code.value}`" not in text and code not in internal] == []


def test_the_schema_in_the_documents_is_the_codes_own() -> None:
    kept = json.loads((DOCS / "protocol.schema.json").read_text())
    assert kept == json.loads(json.dumps(schema()))


def test_the_plan_in_the_documents_is_the_demos() -> None:
    text = (DOCS / "plan.md").read_text()
    block = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[-1]
    shown = read_plan(block, event="demo")
    used = read_plan(sample.usual("demo", lead="Ada Example", deputy="Ben Example"), event="demo")
    assert shown == used


@pytest.mark.parametrize("target", ["demo", "demo-cluster", "test", "check", "bench", "load", "night", "screenshots"])
def test_every_target_that_the_readme_names_exists(target: str) -> None:
    assert f"make {target}" in (ROOT / "README.md").read_text()
    made = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert made.returncode == 0, made.stderr


def test_every_link_between_documents_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *DOCS.glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name} → {link}"


def test_the_command_lines_in_the_documents_work() -> None:
    for command in (["failover", "plan"], ["broadcast", "publish"], ["liveserver", "demo"]):
        program = Path(sys.executable).with_name(command[0])
        subprocess.run([program, command[1], "--help"], check=True, capture_output=True, timeout=30)
