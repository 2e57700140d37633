"""Where the fields of a TOML text stand."""

from failover.core.lines import Lines

TEXT = '''\
version = 1
"quoted" = 2
[show]
goes_live = "host"
[[rung]]
kind = "main"
words = """
kind = "not me"
"""
late = 1
[[rung]]
kind = "slate"
'''


def test_keys_and_tables_are_found_on_their_lines() -> None:
    lines = Lines(TEXT)
    wanted = {
        "version": 1,
        "quoted": 2,
        "show": 3,
        "show.goes_live": 4,
        "rung": 5,
        "rung[0].kind": 6,
        "rung[1].kind": 12,
    }
    assert {path: lines.of(path) for path in wanted} == wanted


def test_text_within_three_quotes_is_no_key() -> None:
    assert Lines(TEXT).of("rung[0].late") == 10
    assert Lines("a = '''\nb = 1\n'''\nb = 2\n").of("b") == 4


def test_what_does_not_stand_there_is_found_at_what_surrounds_it() -> None:
    assert Lines(TEXT).of("rung[1].words") == 11
    assert Lines("a = 1\nrung = [1]\n").of("rung[0].words") == 2
    assert Lines(TEXT).of("nothing.at.all") == 1
