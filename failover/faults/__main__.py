"""`python -m failover.faults`: the fault commands alone, without the guard."""

from failover.faults.cli import fault

if __name__ == "__main__":
    fault()
