"""Alertmanager's API beside Debian's Alertmanager: the same requests, good and bad, in the same order to both; status, body and
the headers that clients look at have to be the same. Times and ids are each one's own. And amtool, with all its commands."""

import datetime
import json
import re
import subprocess
import time
import urllib.parse

import pytest

import stack
from servers.alertmanager import AMTOOL, Alertmanager, WebhookServer

CONFIG = """
global: {resolve_timeout: 5m}
route:
  receiver: team.ops
  group_by: [alertname, cluster]
  group_wait: 0s
  group_interval: 1m
  repeat_interval: 1h
  routes:
  - matchers: [kind="all"]
    receiver: other
    group_by: ['...']
    continue: true
  - matchers: ['kind=~"a|b|all"', team!="x"]
    receiver: third
inhibit_rules:
- source_matchers: [severity="critical"]
  target_matchers: [severity="warning"]
  equal: [cluster]
receivers:
- name: team.ops
  webhook_configs: [{url: 'URL/ops'}]
- name: other
  webhook_configs: [{url: 'URL/other'}]
- name: third
"""

NOW = time.time()


def stamp(seconds):
    return datetime.datetime.fromtimestamp(NOW + seconds, datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def silence(*matchers, starts=-1, ends=600, **more):
    return {"matchers": [dict(zip(("name", "value", "isRegex", "isEqual"), m)) for m in matchers], "startsAt": stamp(starts),
            "endsAt": stamp(ends), "createdBy": "me", "comment": "c", **more}


def without(body, key):
    return {k: v for k, v in body.items() if k != key}


ONE = ("alertname", "Cont", False, True)
LATENCY = [{"labels": {"alertname": "HighLatency", "cluster": "eu", "instance": f"web-{i}:9100", "severity": "critical", "job": "node"},
            "annotations": {"summary": "Latency is high <&> \"quoted\"", "runbook": "https://wiki.test/hl"},
            "generatorURL": "http://prom.test:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1", "startsAt": stamp(-60)} for i in (1, 2)]

# (method, path, body, more headers). A text as body is sent as it is. {id} is the id of the silence made last.
JSON = "application/json"
STEPS = [
    ("GET", "/api/v2/alerts", None), ("GET", "/api/v2/alerts/groups", None), ("GET", "/api/v2/silences", None),
    ("GET", "/api/v2/receivers", None),
    ("POST", "/api/v2/alerts", LATENCY), ("GET", "/api/v2/alerts", None), ("GET", "/api/v2/alerts/groups", None),
    *[("GET", f"/api/v2/alerts?{query}", None) for query in (
        "active=false", "active=true&silenced=false", "active=maybe", "active=", "unprocessed=false", "inhibited=false", "receiver=team", "receiver=team.*",
        "receiver=%5B", "receiver=", "receiver=third", "filter=instance%3D%22web-1%3A9100%22&filter=severity%3D~%22crit.*%22", "filter=%7B%7Bbad",
        "filter=", "filter=alertname", "filter=alertname%3D", "filter=nothing%3D%22%22", "filter=alertname!~%22High.*%22", "filter=a%3D~%22(%22",
        "filter=%7Ba%3D%22b%22%7D", "filter=a%3D%22b%22%2Cc%3D%22d%22", "nonsense=1")],
    *[("GET", f"/api/v2/alerts/groups?{query}", None) for query in (
        "active=false", "receiver=other", "receiver=%28", "filter=instance%3D%22web-1%3A9100%22", "filter=%3D", "silenced=false&inhibited=false")],
    ("POST", "/api/v2/alerts", "not json"), ("POST", "/api/v2/alerts", ""), ("POST", "/api/v2/alerts", "null"),
    ("POST", "/api/v2/alerts", {"labels": {"a": "b"}}), ("POST", "/api/v2/alerts", []), ("POST", "/api/v2/alerts", [{"labels": {}}]),
    ("POST", "/api/v2/alerts", [{"annotations": {"x": "y"}}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E1", "empty": ""}}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E2"}, "startsAt": stamp(10), "endsAt": stamp(5)}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E3"}, "endsAt": stamp(-5)}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E4"}, "startsAt": "yesterday"}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E5"}, "unknownField": 1}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E6"}}, {"labels": {}}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E7"}, "generatorURL": "not a url"}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E8"}, "generatorURL": ""}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": 1}}]), ("POST", "/api/v2/alerts", [{"labels": "x"}]),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "E10"}, "startsAt": "2026-01-01T00:00:00+03:00", "endsAt": "0001-01-01T00:00:00.000Z"}]),
    ("GET", "/api/v2/alerts?filter=alertname%3D~%22E.*%22", None),
    ("POST", "/api/v2/alerts", '[{"labels":{"alertname":"CT"}}]', {"Content-Type": "text/plain"}),
    ("POST", "/api/v2/alerts", '[{"labels":{"alertname":"CT2"}}]', {"Content-Type": "application/json; charset=utf-8"}),
    ("GET", "/api/v2/nope", None), ("GET", "/api/v2/", None), ("PUT", "/api/v2/alerts", []), ("DELETE", "/api/v2/alerts", None),
    ("POST", "/api/v2/alerts/groups", None), ("POST", "/api/v2/status", None), ("PUT", "/api/v2/silences", None), ("POST", "/api/v2/silence/x", None),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "Cont", "kind": kind, "team": "y"}} for kind in ("a", "all")]),
    ("GET", "/api/v2/alerts?filter=alertname%3DCont", None), ("GET", "/api/v2/alerts/groups?filter=alertname%3DCont", None),
    ("POST", "/api/v2/silences", silence(ONE, ("kind", "a|b", True))), ("GET", "/api/v2/silence/{id}", None), ("GET", "/api/v2/silences", None),
    ("GET", "/api/v2/alerts?filter=alertname%3DCont", None), ("GET", "/api/v2/alerts?filter=alertname%3DCont&silenced=false", None),
    ("GET", "/api/v2/alerts?filter=alertname%3DCont&active=false", None), ("GET", "/api/v2/alerts/groups?filter=alertname%3DCont", None),
    ("POST", "/api/v2/silences", silence(ONE, ("kind", "a|b", True), comment="c2", id="{id}")),
    ("POST", "/api/v2/silences", silence(ONE, ("kind", "a|b", True), ends=700, id="{id}")), ("GET", "/api/v2/silence/{id}", None),
    ("POST", "/api/v2/silences", silence(("alertname", "Other", False), id="{id}")), ("GET", "/api/v2/silences", None),
    *[("GET", f"/api/v2/silences?filter={urllib.parse.quote(f)}", None) for f in ('alertname="Other"', 'alertname=~"Other"', "alertname=Cont", "x", "{a=b}")],
    ("POST", "/api/v2/silences", silence(ONE, id="11111111-2222-3333-4444-555555555555")), ("POST", "/api/v2/silences", silence()),
    ("POST", "/api/v2/silences", silence(("a", "", False))), ("POST", "/api/v2/silences", silence(("a", ".*", True))),
    ("POST", "/api/v2/silences", silence(("a", "(", True))), ("POST", "/api/v2/silences", silence(("", "x", False))),
    ("POST", "/api/v2/silences", silence(ONE, ends=-10)), ("POST", "/api/v2/silences", silence(ONE, starts=20, ends=10)),
    ("POST", "/api/v2/silences", silence(ONE, starts=-100, ends=-10)),
    *[("POST", "/api/v2/silences", without(silence(ONE), key)) for key in ("comment", "createdBy", "matchers", "startsAt", "endsAt")],
    ("POST", "/api/v2/silences", silence(ONE, comment="")), ("POST", "/api/v2/silences", silence(ONE, createdBy="")),
    ("POST", "/api/v2/silences", silence(ONE, starts=-1000)), ("GET", "/api/v2/silence/{id}", None),
    ("POST", "/api/v2/silences", silence(ONE, starts=100)), ("GET", "/api/v2/silence/{id}", None),
    ("POST", "/api/v2/silences", silence(ONE, starts=150, id="{id}")), ("GET", "/api/v2/silence/{id}", None),
    ("GET", "/api/v2/silences", None), ("DELETE", "/api/v2/silence/{id}", None), ("GET", "/api/v2/silence/{id}", None),
    ("DELETE", "/api/v2/silence/{id}", None), ("POST", "/api/v2/silences", silence(ONE, id="{id}")),
    ("GET", "/api/v2/silence/11111111-2222-3333-4444-555555555555", None), ("GET", "/api/v2/silence/notauuid", None), ("DELETE", "/api/v2/silence/x", None),
    ("POST", "/api/v2/silences", "{"), ("POST", "/api/v2/silences", "[]"), ("POST", "/api/v2/silences", "null"),
    ("POST", "/api/v2/silences", {**silence(ONE), "matchers": [{"name": "a"}]}),
    ("POST", "/api/v2/silences", {**silence(ONE), "matchers": [{"name": "a", "value": "b"}]}),
    ("POST", "/api/v2/silences", {**silence(ONE), "startsAt": "x"}), ("POST", "/api/v2/silences", {**silence(ONE), "id": "x"}),
    ("POST", "/api/v2/alerts", [{"labels": {"alertname": "Src", "cluster": "q", "severity": "critical"}}, {"labels": {"alertname": "Tgt", "cluster": "q", "severity": "warning"}}]),
    ("GET", "/api/v2/alerts?filter=cluster%3Dq", None), ("GET", "/api/v2/alerts?filter=cluster%3Dq&inhibited=false", None), ("GET", "/api/v2/alerts/groups", None),
    ("GET", "/api/v2/receivers", None),
]

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Side:
    def __init__(self, base):
        self.base, self.id, self.ids = base, "00000000-0000-0000-0000-000000000000", {}

    def ask(self, method, path, body, headers=None):
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        data = None if body is None else body.replace("{id}", self.id).encode()
        answer = stack.http(self.base + path.replace("{id}", self.id), method=method, data=data,
                            headers={**({"Content-Type": JSON} if data is not None else {}), **(headers or {})})
        if path == "/api/v2/silences" and method == "POST" and answer.status == 200:
            self.id = json.loads(answer.text)["silenceID"]
        return answer

    def plain(self, text):
        text = UUID.sub(lambda m: self.ids.setdefault(m[0], f"id-{len(self.ids)}") if not m[0].startswith("1111") else m[0], text)
        return TIME.sub("TIME", text)


def in_order(value):
    """Ids of silences come in any order."""
    if isinstance(value, dict):
        return {k: sorted(v) if k in ("silencedBy", "inhibitedBy") else in_order(v) for k, v in value.items()}
    return [in_order(v) for v in value] if isinstance(value, list) else value


def shape(side, answer):
    """What has to be the same; lists whose order depends on times within a millisecond are sorted."""
    text = side.plain(answer.text).replace(',"mutedBy":[]', "").replace('"mutedBy":[],', "")
    if answer.status == 200 and text.startswith("["):
        found = in_order(json.loads(text))
        for one in found:
            one.pop("routeLabels", None)
            if "labels" in one and set(one) == {"labels", "name"}:
                del one["labels"]
        text = json.dumps(sorted(found, key=lambda one: json.dumps(one, sort_keys=True)) if "silencedBy" not in text and "id-" in text else found)
    if answer.status == 405:  # Go goes through a map: any order
        text = sorted(answer.headers["Allow"].split(","))
    if answer.status == 400:  # what Go's parsers say of JSON, and this version of matchers, is their own
        text = re.sub(r"(failed, because|bad matcher format:|error parsing regexp:|unexpected open or close brace:).*", "", text)
    return answer.status, answer.headers.get("Content-Type"), text


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    directory = tmp_path_factory.mktemp("api")
    with WebhookServer() as ours, WebhookServer() as theirs:
        (directory / "bekci").mkdir()
        (directory / "bekci" / "alertmanager.yml").write_text(CONFIG.replace("URL", ours.url))
        with Alertmanager(directory / "peer", CONFIG.replace("URL", theirs.url)) as peer, \
                stack.Bekci(directory / "bekci", config="collectors: {}\nnotify: {config_file: alertmanager.yml}\n") as bekci:
            yield Side(bekci.base), Side(peer.base)


# Where 0.34 says something else than Debian's 0.25, which is asked here: (method, path) -> status and body of ours.
NEWER = {
    ("DELETE", "/api/v2/silence/11111111-2222-3333-4444-555555555555"): (404, ""),
}


def test_every_request_is_answered_as_by_alertmanager(sides):
    differences = []
    for step in STEPS:
        ours, theirs = (shape(side, side.ask(*step)) for side in sides)
        if ours != theirs:
            differences.append(f"{step[0]} {step[1]} {json.dumps(step[2])[:200]}\n  ours   {ours}\n  theirs {theirs}")
    assert not differences, f"{len(differences)} of {len(STEPS)}:\n" + "\n".join(differences)


@pytest.mark.parametrize("request_", NEWER)
def test_what_newer_alertmanagers_answer_otherwise_is_answered_as_they_do(sides, request_):
    answer = sides[0].ask(*request_, None)
    assert (answer.status, answer.text) == NEWER[request_]


def test_a_label_may_have_any_name_in_utf8(sides):
    for body in ([{"labels": {"bad-name": "x"}}], [{"labels": {"alertname": "E9"}, "annotations": {"bad-name": "x"}}]):
        assert sides[0].ask("POST", "/api/v2/alerts", body).status == 200
    found = json.loads(sides[0].ask("GET", '/api/v2/alerts?filter=%22bad-name%22%3Dx', None).text)
    assert [one["labels"] for one in found] == [{"bad-name": "x"}]


def test_a_body_that_holds_nothing_where_an_alert_should_be_is_refused_and_harms_nobody(sides):
    for path, body in (("/api/v2/alerts", "[null]"), ("/api/v2/silences", {**silence(ONE), "matchers": [None]}), ("/api/v2/alerts", "[" * 100_000)):
        assert sides[0].ask("POST", path, body).status in (400, 422)
    assert sides[0].ask("GET", "/api/v2/status", None).status == 200


@pytest.mark.parametrize("path", ["/api/v1/status", "/api/v1/silences", "/api/v1/receivers", "/api/v1/alerts/groups"])
def test_the_first_version_of_the_api_says_that_it_is_gone(sides, path):
    answer = stack.http(sides[0].base + path)
    assert answer.status == 410 and json.loads(answer.text)["status"] == "deprecated", answer.text


class Amtool:
    def __init__(self, base):
        self.base = base

    def __call__(self, *arguments, code=0):
        result = subprocess.run([AMTOOL, f"--alertmanager.url={self.base}", *arguments], capture_output=True, text=True, timeout=60)
        assert result.returncode == code, (arguments, result)
        return result.stdout


def test_amtool_runs_all_its_commands(sides):
    amtool = Amtool(sides[0].base)
    amtool("alert", "add", "alertname=FromAmtool", "node=a", "--annotation=summary=hello", "--end=" + stamp(600))
    assert "FromAmtool" in amtool("alert", "query", "alertname=FromAmtool")
    assert json.loads(amtool("alert", "query", "-o", "json", "alertname=FromAmtool"))[0]["annotations"] == {"summary": "hello"}
    made = amtool("silence", "add", "alertname=FromAmtool", "--comment=quiet", "--author=me", "--duration=1h").strip()
    assert UUID.fullmatch(made), made
    assert made in amtool("silence", "query", "-q", "alertname=FromAmtool")
    assert "FromAmtool" not in amtool("alert", "query", "alertname=FromAmtool")
    assert "FromAmtool" in amtool("alert", "query", "--silenced", "alertname=FromAmtool")
    changed = amtool("silence", "update", "--duration=2h", "-o", "json", made)
    assert made in changed, changed
    exported = amtool("silence", "query", "-o", "json", "alertname=FromAmtool")
    amtool("silence", "expire", made)
    assert made not in amtool("silence", "query", "-q", "alertname=FromAmtool")
    assert json.loads(exported)[0]["comment"] == "quiet"
    assert "team.ops" in amtool("config", "show")
    assert "receiver: third" in amtool("config", "routes", "show")
    assert amtool("config", "routes", "test", "kind=a", "team=y").strip() == "third"
    assert "FromAmtool" not in amtool("cluster", "show")


def test_prometheus_sends_its_alerts_to_bekci_and_bekci_its_own_to_an_alertmanager(sides, tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: g, interval: 1s, rules: [{alert: Always, expr: vector(1), labels: {from: NAME}}]}]\n".replace("NAME", "prometheus"))
    address = sides[0].base.removeprefix("http://")
    with stack.Prometheus(tmp_path / "prometheus", f"- job_name: none\nrule_files: ['{rules}']\nalerting: {{alertmanagers: [{{static_configs: [{{targets: ['{address}']}}]}}]}}\n",
                          "--rules.alert.resend-delay=1s"):
        def seen(side, name):
            return json.loads(side.ask("GET", f"/api/v2/alerts?filter=from%3D{name}", None).text)
        stack.wait_until(lambda: seen(sides[0], "prometheus"), 30, "Prometheus' alert")
        peer = sides[1].base.removeprefix("http://")
        (tmp_path / "own.yml").write_text(rules.read_text().replace("from: prometheus", "from: bekci"))
        with stack.Bekci(tmp_path / "bekci", config=f"collectors: {{}}\nrule_files: ['{tmp_path}/own.yml']\n"
                         f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{peer}']}}]}}]}}\n") as bekci:
            found = stack.wait_until(lambda: seen(sides[1], "bekci"), 30, "bekci's alert")
            assert found[0]["labels"]["alertname"] == "Always" and found[0]["generatorURL"].endswith("g0.expr=vector%281%29&g0.tab=1")
            assert bekci.metrics().get(r'prometheus_notifications_sent_total\{.*\}') >= 1
