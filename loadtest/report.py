"""A run told in one HTML file that needs no server and no network, with the raw JSON beside it.

Computes nothing that is not in the run's figures; escapes everything. Called by `cli` at the end of every run, also of
one that failed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from loadtest.curve import charts
from loadtest.finding import SINS
from loadtest.objective import Verdict, shown
from loadtest.told import Told

_STYLE = Path(__file__).with_name("report.css")
_FINDINGS_SHOWN = 50


def write_report(told: Told, verdicts: Sequence[Verdict], path: Path) -> Path:
    """Write `path` and the raw figures beside it; the latter's path."""
    raw = path.with_suffix(".json")
    raw.write_text(json.dumps({**asdict(told), "verdicts": [asdict(verdict) for verdict in verdicts]}, indent=1) + "\n")
    path.write_text(html(told, verdicts, raw.name), encoding="utf-8")
    return raw


def is_met(told: Told, verdicts: Sequence[Verdict]) -> bool:
    """Whether the run came to its end and met everything that was asked."""
    return not told.trouble and bool(told.figures) and all(verdict.met for verdict in verdicts)


def html(told: Told, verdicts: Sequence[Verdict], raw_name: str) -> str:
    """The whole page."""
    asked = told.asked
    title = f"{asked['users']:,} members, {asked['shape']}" + (f", {asked['for_s']:g} s" if asked["for_s"] else "")
    met = is_met(told, verdicts)
    missed = sum(1 for verdict in verdicts if not verdict.met)
    stamp = "All objectives met" if met else (f"{missed} of {len(verdicts)} missed" if missed else "Not a clean run")
    parts = [
        "<header><div>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(_where(asked))}</p></div>',
        f'<div class="stamp {"met" if met else "missed"}">{"✓" if met else "✕"} {escape(stamp)}</div></header>',
        _lines("trouble", told.trouble),
        _lines("notes", told.notes),
        _numbers(told),
        _section("What was broken", _faults(told)),
        _section("What the audience saw", charts(told)),
        _section("Objectives", _verdicts(verdicts)),
        _section("Figures", _figures(told)),
        _section("What should never happen", _findings(told)),
        _footer(told, raw_name),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Load report: {escape(title)}</title>"
        f"<style>{_STYLE.read_text()}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _where(asked: Mapping[str, Any]) -> str:
    if not asked["gateways"]:
        return "There was no run."
    count = len(asked["gateways"])
    gateways = "one gateway" if count == 1 else f"{count} gateways"
    return (
        f"Room {asked['room']} at {asked['base']}, {gateways}. {asked['chat_per_s']:g} chat messages a second; "
        f"{asked['video']:.0%} watch, {asked['audio']:.0%} only listen{_published(asked)}. Seed {asked['seed']}."
    )


def _published(asked: Mapping[str, Any]) -> str:
    if not asked.get("sources"):
        return ""
    return f"; {' and '.join(asked['sources'])} published: {asked.get('clip') or 'a test picture'}"


def _section(title: str, inner: str) -> str:
    return f"<h2>{escape(title)}</h2>{inner}" if inner else ""


def _lines(kind: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return f'<div class="{kind}">' + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</div>"


def _numbers(told: Told) -> str:
    if not told.figures:
        return ""
    figures, counts = told.figures, told.counts
    cards = [
        (_share(figures["reach_min"]), "reach: received of expected"),
        (f"{_number(figures['lost_max'])} / {_number(figures['doubled_max'])}", "messages lost / doubled"),
        (_ms(figures["latency_p95_ms"]), "publish to receive, p95"),
        (_ms(figures["media_gap_max_ms"]), "longest gap in media"),
        (_longest_recovery(told), "longest recovery from a fault"),
        (f"{counts.get('received', 0):,}", "messages received and checked"),
    ]
    inner = "".join(
        f'<div class="number-card"><b>{value}</b><span>{escape(name)}</span></div>' for value, name in cards
    )
    return f'<div class="numbers">{inner}</div>'


def _longest_recovery(told: Told) -> str:
    if not any(fault["injected_s"] is not None for fault in told.faults):
        return "no fault"
    return _felt(told.figures["recovery_max_s"])


def _faults(told: Told) -> str:
    if not told.faults:
        return ""
    rows = []
    for number, fault in enumerate(told.faults, 1):
        felt = "not felt" if fault.get("felt_s") == 0 else _felt(fault.get("felt_s"))
        if fault["injected_s"] is None:
            felt = "did not happen"
        rows.append(
            f'<tr><td><span class="disc">{number}</span></td><td>{escape(fault["name"])}</td>'
            f'<td class="n">{_clock(fault["injected_s"])}</td><td class="n">{_clock(fault["bit_s"])}</td>'
            f'<td class="n">{_clock(fault["healed_s"])}</td><td class="n"><b>{felt}</b></td></tr>'
        )
    head = "".join(f'<th class="n">{name}</th>' for name in ("injected", "bit", "healed", "felt by the audience for"))
    return f"<table><tr><th></th><th>fault</th>{head}</tr>{''.join(rows)}</table>"


def _verdicts(verdicts: Sequence[Verdict]) -> str:
    if not verdicts:
        return ""
    rows = []
    for verdict in verdicts:
        mark = '<span class="yes">✓ met</span>' if verdict.met else '<span class="no">✕ missed</span>'
        rows.append(
            f'<tr><td>{escape(verdict.what)}</td><td class="n">{shown(verdict.limit)}</td>'
            f'<td class="n">{shown(verdict.measured)}</td><td>{mark}</td></tr>'
        )
    head = '<tr><th>objective</th><th class="n">limit</th><th class="n">measured</th><th></th></tr>'
    return f"<table>{head}{''.join(rows)}</table>"


def _figures(told: Told) -> str:
    if not told.figures:
        return ""
    names = {
        "welcome": "time to welcome",
        "picture": "time to picture",
        "latency": "publish to receive",
        "acked": "command to ack",
        "away": "connection lost to back in the room",
        "media_gap": "gaps in media over 200 ms",
        "notice": "delay of notices",
    }
    rows = []
    for key, name in names.items():
        spread = told.spreads.get(key) or {"count": 0}
        cells = "".join(
            f'<td class="n">{_ms(spread.get(part))}</td>' for part in ("p50_ms", "p95_ms", "p99_ms", "max_ms")
        )
        rows.append(f'<tr><td>{name}</td><td class="n">{spread["count"]:,}</td>{cells}</tr>')
    head = "".join(f'<th class="n">{name}</th>' for name in ("count", "p50", "p95", "p99", "max"))
    told_words = "".join(f"<p>{escape(line)}</p>" for line in _words(told.counts))
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table><p><br></p>{told_words}"


def _words(counts: Mapping[str, int]) -> Sequence[str]:
    number = {name: f"{value:,}" for name, value in counts.items()}

    def of(name: str) -> str:
        return number.get(name, "0")

    commands = (
        f"{of('sent')} commands sent: {of('acked')} acked, {of('rejected')} rejected, {of('held')} held for a while, "
        f"{of('unanswered')} unanswered at the end."
    )
    returns = (
        f"{of('ended')} connections broke, {of('removed')} of them because a moderator wished it. "
        f"{of('resumed')} returns resumed whole, {of('not_resumed')} were told that they could not; "
        f"{of('skipped')} entries were passed over so, or said while a member was still away at the end."
    )
    steps = f"{of('cuts')} cuts, {of('notices')} notices and {of('moved')} moves were seen by members."
    return (commands, returns, steps)


def _findings(told: Told) -> str:
    if not told.findings:
        return ""
    spans, total = _spans(told.findings), sum(told.counts.get(sin, 0) for sin in SINS)
    rows = "".join(
        f"<tr><td>{escape(str(each['sin']))}</td><td>{escape(str(each['member']))}</td>"
        f'<td class="n">{first if first == last else f"{first} to {last}"}</td><td>{escape(str(each["room"]))}</td>'
        f"<td>{escape(str(each['detail']))}</td></tr>"
        for each, first, last in spans[:_FINDINGS_SHOWN]
    )
    rest = len(spans) - _FINDINGS_SHOWN
    more = f"<p>and {rest} more in the raw figures</p>" if rest > 0 else ""
    if total > len(told.findings):
        more += f"<p>Of {total:,} in all, the first {len(told.findings):,} were kept by name.</p>"
    head = '<tr><th>what</th><th>member</th><th class="n">offset</th><th>room</th><th></th></tr>'
    return f"<table>{head}{rows}</table>{more}"


def _spans(findings: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int, int]]:
    """Findings of one member at offsets that follow one another, as one."""
    spans: list[tuple[Mapping[str, Any], int, int]] = []
    for each in findings:
        if spans:
            before, first, last = spans[-1]
            same = all(before[key] == each[key] for key in ("sin", "member", "room", "epoch", "detail"))
            if same and each["offset"] == last + 1:
                spans[-1] = (before, first, last + 1)
                continue
        spans.append((each, each["offset"], each["offset"]))
    return spans


def _footer(told: Told, raw_name: str) -> str:
    origin = told.provenance
    client = ""
    if told.client.get("received"):
        client = f" The crowd itself used {told.client['cpu_s'] / max(0.001, told.client['run_s']):.2f} cores."
    return (
        f"<footer><p>Commit {escape(origin['commit'])}, {escape(origin['machine'])}, "
        f"Python {escape(origin['python'])}, {escape(origin['date'])}.{client} "
        f'Raw figures: <a href="{escape(raw_name)}">{escape(raw_name)}</a>. '
        "A numbered disc marks a fault, the shaded band how long it was held, the bar below how long it was felt."
        "</p></footer>"
    )


def _ms(value: float | None) -> str:
    if value is None:
        return "–"  # noqa: RUF001
    return f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.1f} s"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"  # noqa: RUF001


def _felt(value: float | None) -> str:
    return "to the end" if value is None else f"{value:.1f} s"


def _clock(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"  # noqa: RUF001


def _share(value: float | None) -> str:
    if value is None:
        return "–"  # noqa: RUF001
    return "100 %" if value == 1 else f"{min(value, 0.99999) * 100:.3f} %"
