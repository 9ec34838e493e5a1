"""Rules beside Debian's prometheus: the same rule file, the same target, which is broken and mended; both evaluate at the
same slots and have to say the same at each: ALERTS, ALERTS_FOR_STATE, recorded series, the texts of alerts, /api/v1/rules and
/api/v1/alerts. And: what outlives kill -9, and what a reload leaves alone."""
# Takes 80 s

import datetime
import json
import re
import shutil
import signal
import threading
import time
import urllib.parse

import pytest

import stack
from servers.exporter import Exporter, send

INTERVAL_MS = 2000

RULES = """groups:
- name: shop
  interval: 2s
  rules:
  - record: copy:gauge
    expr: gauge * 2
    labels: {from: rule}
  - record: copy:of_copy
    expr: sum(copy:gauge)
  - alert: High
    expr: gauge > 5
    for: 4s
    labels: {severity: page, empty: "{{ $labels.nothing }}"}
    annotations:
      summary: "{{ $labels.path }} of {{ $labels.job }} is at {{ $value }} ({{ humanize $value }}, {{ printf \\"%.1f\\" $value }})"
      all: "{{ range query \\"sort(gauge)\\" }}{{ .Labels.path }}={{ .Value }} {{ end }}"
      outside: "{{ $externalLabels.dc }}"
      none: ""
  - alert: AtOnce
    expr: gauge > 5
  - alert: Kept
    expr: gauge > 5
    keep_firing_for: 4s
    annotations: {value: "{{ $value }}"}
  - alert: Down
    expr: up{job="app"} == 0
    annotations: {description: '{{ with printf "copy:of_copy" | query }}{{ . | first | value }}{{ else }}nothing{{ end }}'}
  - alert: Missing
    expr: absent(gauge)
  - alert: Chained
    expr: ALERTS{alertname="High",alertstate="firing"}
    annotations: {of: "{{ $labels.alertstate }} {{ $labels.alertname }}"}
  - alert: Levelled
    expr: gauge > 5
    labels: {level: "{{ if gt $value 7.0 }}hot{{ else }}warm{{ end }}", path: "/all{{ $labels.path }}"}
  - alert: BadText
    expr: gauge > 5
    annotations: {text: "{{ $labels.path | humanize }}", fine: "{{ $labels.path | toUpper }}"}
  - alert: Same
    expr: gauge > 5
    labels: {path: one}
  - record: copy:same
    expr: label_replace(gauge, "path", "one", "", "")
  - record: copy:scalar
    expr: scalar(gauge{path="/a"}) + 1
"""

# What the target says, and for how many slots; None: it answers 500.
PHASES = [
    ({"/a": 1, "/b": 2}, 3),
    ({"/a": 6, "/b": 2}, 2),  # pending only
    ({"/a": 1, "/b": 2}, 3),
    ({"/a": 6, "/b": 2}, 4),  # fires
    ({"/a": 8, "/b": 9}, 4),  # another level, another alert, and what two series make of one
    (None, 3),
    ({"/a": 8, "/b": 2}, 3),
    ({"/a": 1, "/b": 2}, 4),
]


class Target(Exporter):
    def __init__(self):
        self.values = PHASES[0][0]
        super().__init__(self.answer)

    def answer(self, handler):
        values = self.values
        if values is None:
            return send(handler, "broken", status=500)
        page = "# TYPE gauge gauge\n" + "".join(f'gauge{{path="{path}"}} {value}\n' for path, value in values.items())
        return send(handler, page)


def scrape_config(target):
    return (f"- job_name: app\n  scrape_interval: 200ms\n  scrape_timeout: 200ms\n"
            f"  static_configs: [{{targets: ['{target.address}']}}]\n")


def stable_hash(file, name):
    """The hash by which bekci gives a group its slots (agent/ruler/slots.h)."""
    value = 0xcbf29ce484222325

    def add(data, value):
        for byte in data:
            value = ((value ^ byte) * 0x100000001b3) & (2**64 - 1)
        return value

    value = add(name.encode(), value)
    value = add(b"\xff", value)
    return add(file.encode(), value)


def rule_file_with_slots(directory, offset_ms, text, group="shop"):
    """Writes the rules under a name that makes bekci evaluate them at the peer's slots."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(100_000):
        path = directory / f"rules-{number}.yml"
        if stable_hash(str(path), group) % INTERVAL_MS == offset_ms:
            path.write_text(text)
            return path
    raise AssertionError("no name gives that offset")


def api(base, path, **parameters):
    answer = stack.http(f"{base}{path}?{urllib.parse.urlencode(parameters, doseq=True)}")
    body = json.loads(answer.text)
    assert body["status"] == "success", body
    return body["data"]


def samples_at(base, slot_ms):
    """{series: value} of what rules wrote, as of a slot."""
    found = api(base, "/api/v1/query", query='{__name__=~"ALERTS|ALERTS_FOR_STATE|copy:.*"}', time=f"{slot_ms / 1000:.3f}")
    return {json.dumps(r["metric"], sort_keys=True): r["value"][1] for r in found["result"]}


def plain(text):
    """Without what is worded differently on purpose."""
    return re.sub(r"^<error expanding template: .*>$", "<error expanding template>", text)


def alerts_of(base):
    found = []
    for alert in api(base, "/api/v1/alerts")["alerts"]:
        alert["annotations"] = {name: plain(text) for name, text in alert["annotations"].items()}
        alert["activeAt"] = alert["activeAt"][:19]
        if "keepFiringSince" in alert:
            alert["keepFiringSince"] = alert["keepFiringSince"][:19]
        found.append(alert)
    return sorted(found, key=lambda alert: json.dumps(alert, sort_keys=True))


def rules_of(base, **parameters):
    groups = api(base, "/api/v1/rules", **parameters)["groups"]
    for group in groups:
        for key in ("file", "evaluationTime", "lastEvaluation"):
            assert key in group
            del group[key]
        for rule in group["rules"]:
            for key in ("evaluationTime", "lastEvaluation"):
                assert key in rule
                del rule[key]
            rule.pop("alerts", None)  # alerts_of compares them
            if "lastError" in rule:
                rule["lastError"] = True
    return groups


def first_slot(prometheus):
    """When the peer evaluated first, as its own samples say."""
    def stamps():
        data = json.loads(stack.http(f"http://127.0.0.1:{prometheus.port}/api/v1/query?" + urllib.parse.urlencode(
            {"query": "copy:of_copy[1m]"})).text)["data"]["result"]
        return [int(round(float(t) * 1000)) for t, _ in data[0]["values"]] if data else []
    stack.wait_until(stamps, 30, "a recorded sample")
    return stamps()[0]


def await_slot(base, slot_ms):
    """Returns when the group was evaluated at that slot: both servers say so once it is done."""
    def evaluated():
        text = api(base, "/api/v1/rules")["groups"][0]["lastEvaluation"]
        return datetime.datetime.fromisoformat(text).timestamp() * 1000 >= slot_ms
    stack.wait_until(evaluated, 10, f"an evaluation at {slot_ms}")


def sleep_until(at_ms):
    time.sleep(max(0.0, at_ms / 1000 - time.time()))


@pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")
def test_alerts_and_records_are_prometheus_at_every_slot(tmp_path):
    with Target() as target:
        peer_rules = tmp_path / "peer-rules.yml"
        peer_rules.write_text(RULES)
        with stack.Prometheus(tmp_path / "prometheus", scrape_config(target) + f"rule_files: ['{peer_rules}']\n") as prometheus:
            peer = f"http://127.0.0.1:{prometheus.port}"
            offset = first_slot(prometheus) % INTERVAL_MS
            rules = rule_file_with_slots(tmp_path / "rules", offset, RULES)
            config = f"collectors: {{}}\nrule_files: ['{rules}']\nscrape_configs:\n{scrape_config(target)}"
            with stack.Bekci(tmp_path / "bekci", config=config) as bekci:
                stack.wait_until(lambda: api(bekci.base, "/api/v1/query", query="copy:of_copy")["result"], 20, "our first slot")
                compare_phases(target, peer, bekci.base, offset)
                assert "level=error" not in bekci.log()


def compare_phases(target, peer, ours, offset):
    now = int(time.time() * 1000)
    slot = now - (now - offset) % INTERVAL_MS + INTERVAL_MS
    seen = set()
    for number, (values, slots) in enumerate(PHASES):
        sleep_until(slot + 300)  # behind a slot, so that both see the change at the next
        target.values = values
        for _ in range(slots):
            slot += INTERVAL_MS
            sleep_until(slot)
            await_slot(ours, slot)
            await_slot(peer, slot)
            left, right = samples_at(ours, slot), samples_at(peer, slot)
            assert left == right, f"phase {number}, slot {slot}"
            seen |= {json.loads(s).get("alertname", "") + " " + json.loads(s).get("alertstate", "") for s in left}
            assert alerts_of(ours) == alerts_of(peer), f"phase {number}, slot {slot}"
        assert rules_of(ours) == rules_of(peer), f"phase {number}"
    wanted = {"High pending", "High firing", "AtOnce firing", "Kept firing", "Down firing", "Missing firing", "Chained firing",
              "Levelled firing", "BadText firing", "Same firing"}
    assert wanted <= seen
    for parameters in ({"type": "alert"}, {"type": "record"}):  # 2.42 knows no other filter
        assert rules_of(ours, **parameters) == rules_of(peer, **parameters), parameters


def steady_alerts(bekci):
    """What must not change over a restart."""
    return {(a["labels"]["alertname"], a["state"], a["activeAt"]) for a in api(bekci.base, "/api/v1/alerts")["alerts"]}


RESTART_RULES = """groups:
- name: restart
  interval: 1s
  rules:
  - {alert: Firing, expr: vector(1)}
  - {alert: Pending, expr: vector(1), for: 1h}
  - {alert: Quick, expr: vector(time()) > 0, for: 3s}
"""


def test_kill_9_forgets_no_alert_and_tells_none_anew(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(RESTART_RULES)
    config = f"collectors: {{}}\nrule_files: ['{rules}']\n"
    state = tmp_path / "state"
    expected = None
    for life in range(8):
        bekci = stack.Bekci(tmp_path / f"life{life}", config=config, state=state)
        try:
            if expected is None:
                stack.wait_until(lambda: ("Quick", "firing") in {a[:2] for a in steady_alerts(bekci)}, 20, "Quick fires")
                expected = steady_alerts(bekci)
                assert {a[:2] for a in expected} == {("Firing", "firing"), ("Pending", "pending"), ("Quick", "firing")}
            else:
                stack.wait_until(lambda: len(steady_alerts(bekci)) == 3, 20, "alerts are back")
                assert steady_alerts(bekci) == expected
            time.sleep(0.3 * life)
            assert steady_alerts(bekci) == expected
        finally:
            bekci.stop(signal.SIGKILL)
    with stack.Bekci(tmp_path / "last", config=config, state=state) as bekci:
        fired = api(bekci.base, "/api/v1/query", query="ALERTS_FOR_STATE")["result"]
        assert len({r["value"][1] for r in fired}) <= 2
        assert "alerts are as they were" in bekci.log()


def test_a_reload_takes_rules_in_and_a_mistake_leaves_them_alone(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(RESTART_RULES)
    config = f"collectors: {{}}\nrule_files: ['{tmp_path}/*.yml']\n"
    (tmp_path / "etc").mkdir()
    with stack.Bekci(tmp_path / "etc", config=config) as bekci:
        stack.wait_until(lambda: len(steady_alerts(bekci)) == 3, 20, "alerts")
        before = steady_alerts(bekci)
        rules.write_text(RESTART_RULES.replace("vector(1), for: 1h", "'ratte(m[5m])'"))
        answer = bekci.get("/-/reload", method="POST")
        assert answer.status == 500 and "rules.yml:6" in answer.text and 'did you mean "rate"' in answer.text
        time.sleep(1.2)
        assert {a[:1] + a[2:] for a in before} <= {a[:1] + a[2:] for a in steady_alerts(bekci)}
        rules.write_text(RESTART_RULES + "  - {alert: More, expr: vector(2)}\n")
        assert bekci.get("/-/reload", method="POST").status == 200
        stack.wait_until(lambda: len(steady_alerts(bekci)) == 4, 20, "the new alert")
        assert {a[0::2] for a in before} <= {a[0::2] for a in steady_alerts(bekci)}
        page = bekci.metrics()
        group = f'{{rule_group="{rules};restart"}}'
        assert page.value("prometheus_rule_group_rules" + group) == 4
        assert page.value("prometheus_rule_evaluation_failures_total" + group) == 0
        assert page.value("prometheus_rule_evaluations_total" + group) > 3
        assert page.value('bekci_alerts{state="firing"}') >= 2
        assert page.value("bekci_alert_journal_healthy") == 1


def test_a_mistake_in_a_rule_file_ends_the_start_with_file_line_and_meaning(tmp_path):
    (tmp_path / "a.yml").write_text("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up ==\n  - alert: B\n    exprr: up\n")
    bekci = stack.Bekci(tmp_path / "etc", config=f"collectors: {{}}\nrule_files: ['{tmp_path}/a.yml', '{tmp_path}/none.yml']\n",
                        wait=False)
    bekci.popen.wait(20)
    log = bekci.log()
    assert bekci.popen.returncode == 2
    assert re.search(r"a\.yml:5: group .*could not parse expression: 1:6: parse error", log), log
    assert re.search(r"a\.yml:7: .*exprr.*did you mean.*expr", log), log
    assert re.search(r"bekci\.yml:2: rule_files: .*none\.yml", log), log


def test_many_readers_see_whole_answers_while_rules_run(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text("groups:\n- name: g\n  interval: 1s\n  rules:\n" + "".join(
        f"  - {{alert: A{i}, expr: vector({i}), labels: {{n: '{i}'}}}}\n" for i in range(200)))
    with stack.Bekci(tmp_path / "etc", config=f"collectors: {{}}\nrule_files: ['{rules}']\n") as bekci:
        stack.wait_until(lambda: len(api(bekci.base, "/api/v1/alerts")["alerts"]) == 200, 20, "200 alerts")
        wrong = []

        def read():
            for _ in range(10):
                if len(api(bekci.base, "/api/v1/alerts")["alerts"]) != 200:
                    wrong.append(1)
                page = api(bekci.base, "/api/v1/rules", group_limit=1, exclude_alerts="true")
                if len(page["groups"][0]["rules"]) != 200:
                    wrong.append(2)

        threads = [threading.Thread(target=read) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
