"""Faults for drills, tests and load: each one injects, heals, and proves that it bit."""
