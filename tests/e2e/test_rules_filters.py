"""/api/v1/rules and all that may be asked of it, beside a Prometheus 3.5 with the same file: whole answers but for times,
and refusals with their words and codes. Pages follow each other through every group."""

import json
import urllib.parse

import pytest
import stack
from servers import other_versions

RULES = """groups:
- name: empty
  rules: []
- name: a
  interval: 1s
  limit: 9
  labels: {team: shop}
  rules:
  - {record: 'job:one:sum', expr: "sum(vector(1))by(job)"}
  - {record: 'job:two:sum', expr: vector(2), labels: {level: "{{ plain }}", env: prod}}
  - alert: Down
    expr: vector(0) == 0
    for: 1h
    keep_firing_for: 5m
    labels: {severity: page, what: "{{ $value }}", dot: "x {{ .Value }}", quoted: '{{ "text" }}'}
    annotations: {text: "{{ $value }} is down"}
- name: b
  interval: 1s
  rules:
  - {record: bare, expr: vector(3)}
  - {alert: Always, expr: vector(1)}
  - {alert: Always, expr: vector(1), labels: {severity: ticket}}
  - {alert: Never, expr: vector(1) > 2}
  - {alert: Fails, expr: 'vector(1) == on() group_left() (label_replace(vector(1), "a", "b", "", "") or vector(1))'}
- name: c
  interval: 1s
  rules:
  - {record: later, expr: "1"}
  - {record: "utf8.name", expr: "1", labels: {"a.b": c}}
"""

# Every way to ask, one by one and together; {file} is the file's name.
QUESTIONS = [
    {}, {"type": "alert"}, {"type": "record"}, {"type": "ALERT"}, {"type": "Record"}, {"type": ""}, {"type": "both"},
    {"rule_name[]": "Down"}, {"rule_name[]": ["Down", "bare"]}, {"rule_name[]": "nothing"}, {"rule_name[]": ""},
    {"rule_name": "Down"}, {"rule_group[]": "a"}, {"rule_group[]": ["b", "c"]}, {"rule_group[]": "nothing"},
    {"file[]": "{file}"}, {"file[]": "other"}, {"file[]": ["other", "{file}"]}, {"rule_group[]": "empty"},
    {"rule_group[]": "a", "rule_name[]": "bare"}, {"rule_group[]": "b", "rule_name[]": "Always", "type": "alert"},
    {"exclude_alerts": "true"}, {"exclude_alerts": "1"}, {"exclude_alerts": "false"}, {"exclude_alerts": ""},
    {"exclude_alerts": "yes"}, {"exclude_alerts": "T", "rule_group[]": "a"},
    {"match[]": '{severity="page"}'}, {"match[]": '{severity=~"page|ticket"}'}, {"match[]": '{team="shop"}'},
    {"match[]": ['{severity="page"}', '{env="prod"}']}, {"match[]": '{severity="page",team="shop"}'},
    {"match[]": '{severity!="page"}'}, {"match[]": '{severity=""}'}, {"match[]": "{}"}, {"match[]": "up"},
    {"match[]": '{what="{{ $value }}"}'}, {"match[]": '{level="{{ plain }}"}'}, {"match[]": '{what=""}'},
    {"match[]": '{__name__="bare"}'}, {"match[]": '{alertname="Down"}'}, {"match[]": "{"}, {"match[]": ""},
    {"match[]": '{"a.b"="c"}'}, {"match[]": '{dot=~".+"}'}, {"match[]": '{quoted=~".+"}'},
    {"match[]": '{severity="page",dot=""}'}, {"match[]": '{severity="page",quoted=""}'}, {"match[]": '{severity="page",what=""}'},
    {"group_limit": "1"}, {"group_limit": "2"}, {"group_limit": "3"}, {"group_limit": "100"}, {"group_limit": "0"},
    {"group_limit": "-1"}, {"group_limit": "x"}, {"group_limit": "1.5"}, {"group_limit": ""},
    {"group_next_token": "x"}, {"group_next_token": ""}, {"group_limit": "1", "group_next_token": "x"},
    {"group_limit": "1", "type": "alert"}, {"group_limit": "2", "rule_group[]": "c"}, {"group_limit": "1", "rule_name[]": "later"},
    {"group_limit": "1", "match[]": '{severity="page"}'}, {"group_limit": "1", "file[]": "other"},
    {"type": "alert", "match[]": '{severity="ticket"}', "exclude_alerts": "true", "group_limit": "5"},
]


def plain(value):
    """Without times, and without the tokens of pages, which are opaque."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, one in value.items():
        if key in ("evaluationTime", "lastEvaluation", "activeAt", "groupNextToken"):
            assert one != "" or key == "groupNextToken"
            out[key] = True
        elif key == "lastError":
            out[key] = bool(one)
        else:
            out[key] = plain(one)
    return out


def ask(base, parameters):
    answer = stack.http(f"{base}/api/v1/rules?{urllib.parse.urlencode(parameters, doseq=True)}")
    return answer.status, plain(json.loads(answer.text))


def pages(base, limit):
    """The groups of each page, to the last."""
    found, token = [], None
    for _ in range(20):
        parameters = {"group_limit": limit} | ({"group_next_token": token} if token else {})
        data = json.loads(stack.http(f"{base}/api/v1/rules?{urllib.parse.urlencode(parameters)}").text)["data"]
        found.append([group["name"] for group in data["groups"]])
        token = data.get("groupNextToken")
        if not token:
            return found
    raise AssertionError(found)


def settled(base):
    groups = json.loads(stack.http(f"{base}/api/v1/rules").text)["data"]["groups"]
    return groups and all(rule["health"] != "unknown" for group in groups for rule in group["rules"])


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    directory = tmp_path_factory.mktemp("filters")
    rules = directory / "rules.yml"
    rules.write_text(RULES)
    program = other_versions.newer_prometheus("prometheus")
    with stack.Prometheus(directory / "peer", f"- job_name: none\n  static_configs: []\nrule_files: ['{rules}']\n",
                          program=program) as peer, \
            stack.Bekci(directory / "bekci", config=f"collectors: {{}}\nrule_files: ['{rules}']\n") as bekci:
        theirs = f"http://127.0.0.1:{peer.port}"
        for base in (theirs, bekci.base):
            stack.wait_until(lambda base=base: settled(base), 30, "every rule was evaluated")
        yield theirs, bekci.base, str(rules)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: urllib.parse.urlencode(question, doseq=True) or "all")
def test_answers_are_those_of_prometheus(servers, question):
    theirs, ours, file = servers
    parameters = {key: [one.replace("{file}", file) for one in ([value] if isinstance(value, str) else value)]
                  for key, value in question.items()}
    assert ask(ours, parameters) == ask(theirs, parameters)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9])
def test_pages_lead_through_every_group_as_prometheus_does(servers, limit):
    theirs, ours, _ = servers
    assert pages(ours, limit) == pages(theirs, limit)


def test_alerts_are_those_of_prometheus(servers):
    theirs, ours, _ = servers

    def alerts(base):
        data = json.loads(stack.http(f"{base}/api/v1/alerts").text)["data"]
        return sorted((plain(alert) for alert in data["alerts"]), key=json.dumps)
    assert alerts(ours) == alerts(theirs)
