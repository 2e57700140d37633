"""Plans for the suite's shows: the demo's ladder with its times made short."""

RUNGS = """
[[rung]]
kind = "main"

[[rung]]
kind = "standby"
words = "The host's camera has dropped out. You're on the second camera."

[[rung]]
kind = "audio"
words = "You're on sound only: no camera is reaching us."

[[rung]]
kind = "slate"
words = "Picture and sound are away. Ask here; the host answers in writing."
leads_on_after_s = {slate_s}

[[rung]]
kind = "backup_room"
room = "EVENT.backup"
words = "We're moving to the backup room. Stay on this page."
spread_ms = {spread_ms}
"""


def plan(
    *, slate_s: int = 60, goes_live: str = "first_publisher", clean_spell_s: float = 3, spread_ms: int = 500
) -> str:
    """A plan's text; `EVENT` stands for the event's id."""
    return f"""version = 1

[show]
goes_live = "{goes_live}"

[owners]
lead = "Ada Example"
deputy = "Ben Example"

[recovery]
clean_spell_s = {clean_spell_s:g}
moves_max = 30
moves_window_s = 600
{RUNGS.format(slate_s=slate_s, spread_ms=spread_ms)}"""
