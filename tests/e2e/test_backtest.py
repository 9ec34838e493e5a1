"""bekci test rules --backtest over imported history: what it counts is what query_range and the logic of `for` give, of a
server and of a data directory, for new and changed rules beside those that run, and for rules that read each other."""

import json
import math
import re
import subprocess
import time
import urllib.parse

import pytest
import stack
from test_rules import stable_hash

STEP = 60
HOURS = 5

CURRENT = """groups:
- name: shop
  interval: 1m
  rules:
  - {record: 'shop:load:double', expr: load * 2}
  - {alert: Same, expr: load > 5}
  - {alert: Changed, expr: load > 6, for: 3m}
"""
GIVEN = """groups:
- name: shop
  rules:
  - {record: 'shop:load:double', expr: load * 2}
  - {record: 'shop:load:triple', expr: load * 3}
  - {alert: Same, expr: "load>5", annotations: {summary: other words}}
  - {alert: Changed, expr: load > 4, for: 3m}
  - {alert: New, expr: 'avg_over_time(load[10m]) > 4', for: 2m}
  - {alert: Chained, expr: 'shop:load:triple > 15', for: 3m}
"""


def history(now):
    """Two shops whose load goes up and down, as OpenMetrics text."""
    lines = ["# TYPE load gauge"]
    for number, shop in enumerate(("a", "b")):
        for t in range(now - HOURS * 3600 - 3600, now, 15):
            value = 4 + 3 * math.sin(t / (700 + 400 * number)) + math.sin(t / 61)
            lines.append(f'load{{shop="{shop}"}} {value:.4f} {t}')
    return "\n".join([*lines, "# EOF", ""])


def naive(base, expr, hold, file, start, end):
    """(firings, near misses, seconds firing) by instant values at every slot of the group."""
    offset = stable_hash(str(file), "shop") % (STEP * 1000) / 1000
    first = math.ceil((start - hold - offset) / STEP) * STEP + offset
    body = json.loads(stack.http(f"{base}/api/v1/query_range?" + urllib.parse.urlencode(
        {"query": expr, "start": f"{first:.3f}", "end": f"{end:.3f}", "step": STEP})).text)
    assert body["status"] == "success", body
    present = {json.dumps(s["metric"]): {round((float(t) - first) / STEP) for t, _ in s["values"]} for s in body["data"]["result"]}
    firings = near = 0
    firing_slots = set()
    for slots in present.values():
        since = None
        for slot in range(int((end - first) / STEP) + 2):
            at = first + slot * STEP
            if slot in slots and at <= end:
                since = slot if since is None else since
                if (slot - since) * STEP >= hold and at >= start:
                    firing_slots.add(slot)
            elif since is not None:
                if at >= start or at > end:
                    fired = (slot - 1 - since) * STEP >= hold
                    firings += fired
                    near += not fired and at <= end
                since = None
    return firings, near, len(firing_slots) * STEP


def backtest(*words, code=0):
    run = subprocess.run([stack.BEKCI, "test", "rules", "--backtest", *map(str, words)], capture_output=True, text=True,
                         timeout=120, check=False)
    assert run.returncode == code, run.stdout + run.stderr
    return run.stdout + run.stderr


def seconds(text):
    from datetime import datetime
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def compare(document, base, file):
    """Every rule of an answer with the naive way; returns the rules by name."""
    start, end = seconds(document["start"]), seconds(document["end"])
    rules = {rule["alert"]: rule for rule in document["rules"]}
    expressions = {"Changed": ("load > 4", 180), "New": ("avg_over_time(load[10m]) > 4", 120), "Chained": ("load * 3 > 15", 180),
                   "Same": ("load > 5", 0)}
    for name, rule in rules.items():
        result = rule["result"]
        wanted = naive(base, *expressions[name], file, start, end)
        assert (result["firings"], result["nearMisses"], result["firingSeconds"]) == wanted, (name, result, wanted)
        assert wanted[0] > 2, name
        assert "error" not in result
    return rules


@pytest.fixture
def filled(tmp_path):
    """A data directory with history, the rules that run and the ones to test."""
    state = stack.QuietState()
    text = tmp_path / "history.om"
    text.write_text(history(int(time.time())))
    subprocess.run([stack.BEKCI, "tsdb", "import", "openmetrics", f"--path={state.path}", text], check=True, timeout=60,
                   capture_output=True)
    (tmp_path / "current.yml").write_text(CURRENT)
    (tmp_path / "given.yml").write_text(GIVEN)
    return state


def test_backtests_count_what_query_range_and_the_logic_of_for_give(tmp_path, filled):
    given = tmp_path / "given.yml"
    config = f"global: {{evaluation_interval: 1m}}\ncollectors: {{}}\nrule_files: [{tmp_path / 'current.yml'}]\n"
    with stack.Bekci(tmp_path / "bekci", config=config, state=filled.path) as bekci:
        output = backtest(f"--server={bekci.base}", f"--since={HOURS}h", "-o", "json", given)
        rules = compare(json.loads(output), bekci.base, given)
        assert {name: rule["change"] for name, rule in rules.items()} == {"Changed": "changed", "New": "new", "Chained": "new"}
        assert rules["Chained"]["result"]["method"] == "step by step" and rules["New"]["result"]["method"] == "range"
        start, end = (seconds(json.loads(output)[key]) for key in ("start", "end"))
        now = rules["Changed"]["current"]
        assert (now["firings"], now["nearMisses"], now["firingSeconds"]) == naive(
            bekci.base, "load > 6", 180, tmp_path / "current.yml", start, end)
        table = backtest(f"--server={bekci.base}", f"--since={HOURS}h", given)
        assert re.search(r"Changed +changed", table) and "as it is now" in table and "3 of 4 alerts tested" in table, table
        assert "Same" in backtest(f"--server={bekci.base}", "--since=1h", "--all", given)
        taken = backtest(f"--path={filled.path}", given, code=2)
        assert "--server=URL instead of --path" in taken
        bekci.stop()
    output = backtest(f"--path={filled.path}", f"--since={HOURS}h", "-o", "json",
                      f"--config.file={tmp_path / 'bekci' / 'bekci.yml'}", given)
    with stack.Bekci(tmp_path / "again", config="collectors: {}\n", state=filled.path) as bekci:
        rules = compare(json.loads(output), bekci.base, given)
    assert "current" in rules["Changed"]


def test_what_cannot_be_tested_is_told(tmp_path, filled):
    broken = tmp_path / "broken.yml"
    broken.write_text("groups: [{name: g, interval: 1m, rules: [{alert: Twice, expr: 'load + on() load'}, {alert: Ok, expr: load > 5}]}]")
    output = backtest(f"--path={filled.path}", "--since=2h", broken, code=1)
    assert "Twice: 121 of 121 evaluations failed" in output or "Twice: 120 of 120 evaluations failed" in output, output
    assert "compared with nothing: --config.file" in output
    assert "--since=soon" in backtest("--since=soon", broken, code=2)
    assert "nothing.yml" in backtest(f"--path={filled.path}", tmp_path / "nothing.yml", code=2)
    assert "no such directory" in backtest("--path=/nowhere", broken, code=2)
    assert "--server and --path" in backtest("--path=/nowhere", "--server=http://127.0.0.1:1", broken, code=2)
    help_text = subprocess.run([stack.BEKCI, "test", "rules", "--help"], capture_output=True, text=True, timeout=60, check=False)
    assert "--backtest --since=7d" in help_text.stdout
