"""Reports each core module's branch coverage by its own test file, and fails below 100 %.

A machine that is only covered by somebody else's test is not tested: so `broadcast/core/history.py` is measured under
`tests/broadcast/core/test_history.py` alone. Exhaustive walks are left out: they show that nothing breaks the law, not
that each branch does what it is for. Run it as `python -m tests.core_coverage [module …]`.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("broadcast", "liveserver", "failover")


def modules() -> list[Path]:
    """Every module of every core, without the packages' own docstrings."""
    found = [path for package in PACKAGES for path in (ROOT / package / "core").rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in found if path.name != "__init__.py")


def measure(module: Path) -> tuple[Path, float, str]:
    """`(module, percent, what is missing)`; percent counts lines and branches together."""
    test = Path("tests") / module.parent / f"test_{module.name}"
    if not (ROOT / test).exists():
        return module, 0.0, f"{test} does not exist"
    with tempfile.TemporaryDirectory() as folder:
        data, report = f"{folder}/data", f"{folder}/report.json"
        coverage = [sys.executable, "-m", "coverage"]
        run = subprocess.run(
            [
                *coverage,
                "run",
                f"--data-file={data}",
                "--branch",
                f"--include={module}",
                "-m",
                "pytest",
                "-k",
                "not walk",
                str(test),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if run.returncode != 0:
            return module, 0.0, run.stdout[-2000:] + run.stderr[-2000:]
        command = [*coverage, "json", f"--data-file={data}", "-o", report, "-q"]
        subprocess.run(command, cwd=ROOT, check=True, timeout=60)
        files = json.loads(Path(report).read_text())["files"]
    if not files:
        return module, 0.0, f"{test} never imports it"
    found = files[str(module)]
    gaps = [f"line {line}" for line in found["missing_lines"]]
    gaps += [f"branch {a}→{b}" for a, b in found["missing_branches"]]
    return module, float(found["summary"]["percent_covered"]), ", ".join(gaps)


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where a module is short of 100 %."""
    wanted = [Path(name) for name in arguments] or modules()
    short = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for module, percent, gaps in pool.map(measure, wanted):
            print(f"{percent:6.1f} %  {module}" + (f"  missing: {gaps}" if gaps else ""))
            short += percent < 100.0
    print(f"{len(wanted) - short} of {len(wanted)} core modules fully covered by their own test file")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
