"""Notifications beside Debian's Alertmanager: both have the same configuration, both are told the same alerts at the same
moments; the webhooks that they send have to be the same: which, in which order, within a second, field by field."""

import datetime
import json
import threading
import time

import pytest

import stack
from servers.alertmanager import Alertmanager, WebhookServer

CONFIG = """
global: {resolve_timeout: 6s}
route:
  receiver: default
  group_by: [alertname, team]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
  routes:
  - matchers: [timeline="repeat"]
    repeat_interval: 5s
  - matchers: [timeline="nested"]
    receiver: outer
    routes:
    - matchers: ['kind=~"a|b"', 'team!="x"']
      receiver: inner-first
      continue: true
    - matchers: [kind="a"]
      receiver: inner-second
      group_by: [kind]
      group_wait: 0s
  - matchers: [timeline="all"]
    group_by: ['...']
  - matchers: [timeline="firing-only"]
    receiver: firing-only
  - matchers: [timeline="truncated"]
    receiver: truncated
  - matchers: [timeline="muted"]
    mute_time_intervals: [always]
  - matchers: [timeline="inactive"]
    active_time_intervals: [never]
  - matchers: [timeline="active"]
    active_time_intervals: [always]
  - matchers: [timeline="flaky"]
    receiver: flaky
  - matchers: [timeline="two"]
    receiver: two
inhibit_rules:
- source_matchers: [severity="critical", timeline="inhibited"]
  target_matchers: [severity="warning", timeline="inhibited"]
  equal: [alertname, cluster]
receivers:
- name: default
  webhook_configs: [{url: 'URL/default'}]
- name: outer
  webhook_configs: [{url: 'URL/outer'}]
- name: inner-first
  webhook_configs: [{url: 'URL/inner-first'}]
- name: inner.second
  webhook_configs: [{url: 'URL/inner.second'}]
- name: firing-only
  webhook_configs: [{url: 'URL/firing-only', send_resolved: false}]
- name: truncated
  webhook_configs: [{url: 'URL/truncated', max_alerts: 1}]
- name: flaky
  webhook_configs: [{url: 'URL/flaky'}]
- name: two
  webhook_configs: [{url: 'URL/two-a'}, {url: 'URL/two-b', send_resolved: false}]
time_intervals:
- name: always
  time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]
- name: never
  time_intervals: [{years: ['1999']}]
""".replace("inner-second", "inner.second")


def fire(name, *, ends=None, annotations=None, **labels):
    """An alert; `ends`: seconds from now at which it ends, else it times out."""
    alert = {"labels": {"alertname": name, **labels}, "annotations": annotations or {"summary": f"<{name}> & \"more\""},
             "generatorURL": "http://prometheus.test/graph?g0.expr=up&g0.tab=1"}
    if ends is not None:
        alert["ends"] = ends
    return alert


# (seconds, what happens). Lists are alerts that are posted; texts are what is done to silences.
LONG = 600
TIMELINES = {
    "grouping": [(0, [fire("A", team="x", i="1", ends=LONG)]), (0.4, [fire("A", team="x", i="2", ends=LONG), fire("A", team="y", ends=LONG)]),
                 (4, [fire("A", team="x", i="0", job="z", ends=LONG)]), (8, [])],
    "repeat": [(0, [fire("R", ends=LONG)]), (15, [])],
    "partial": [(0, [fire("P", i="1", ends=LONG), fire("P", i="2", ends=LONG)]), (3.5, [fire("P", i="1", ends=0)]),
                (8, [fire("P", i="2", ends=0)]), (12, [])],
    "refire": [(0, [fire("F", ends=LONG)]), (2, [fire("F", ends=0)]), (7.5, [fire("F", ends=LONG)]), (12, [])],
    "quick": [(0, [fire("Q", ends=LONG)]), (0.4, [fire("Q", ends=0)]), (5, [])],
    "timeout": [(0, [fire("T")]), (12, [])],
    "kept": [(0, [fire("K")]), (4, [fire("K", annotations={"summary": "again"})]), (14, [])],
    "annotations": [(0, [fire("N", ends=LONG)]), (2, [fire("N", annotations={"summary": "other"}, ends=LONG)]),
                    (4, [fire("N", i="2", ends=LONG)]), (8, [])],
    "inhibited": [(0, [fire("I", severity="critical", cluster="eu", ends=LONG)]),
                  (0.2, [fire("I", severity="warning", cluster="eu", ends=LONG), fire("I", severity="warning", cluster="us", ends=LONG)]),
                  (5, [fire("I", severity="critical", cluster="eu", ends=0)]), (10, [])],
    "silenced": [(0, "silence"), (0.3, [fire("S", i="1", ends=LONG)]), (4, [fire("S", i="2", other="yes", ends=LONG)]), (7, "expire"), (12, [])],
    "silenced-later": [(0, [fire("L", i="1", ends=LONG), fire("L", i="2", ends=LONG)]), (2, "silence"), (4, [fire("L", i="1", ends=0)]),
                       (9, "expire"), (13, [])],
    "nested": [(0, [fire("E", kind="a", team="y", ends=LONG), fire("E", kind="b", team="x", ends=LONG), fire("E", kind="b", team="z", ends=LONG)]),
               (5, [fire("E", kind="a", team="y", ends=0)]), (9, [])],
    "all": [(0, [fire("G", i="1", ends=LONG), fire("G", i="2", ends=LONG)]), (4, [fire("G", i="1", ends=0)]), (8, [])],
    "firing-only": [(0, [fire("O", i="1", ends=LONG), fire("O", i="2", ends=LONG)]), (3, [fire("O", i="1", ends=0)]),
                    (7, [fire("O", i="2", ends=0)]), (11, [fire("O", i="2", ends=LONG)]), (14, [])],
    "truncated": [(0, [fire("C", job="b", instance="2", ends=LONG), fire("C", job="a", instance="9", ends=LONG),
                       fire("C", job="a", instance="1", ends=LONG), fire("C", instance="0", ends=LONG)]), (5, [])],
    "muted": [(0, [fire("M", ends=LONG)]), (5, [])],
    "inactive": [(0, [fire("M", ends=LONG)]), (5, [])],
    "active": [(0, [fire("M", ends=LONG)]), (5, [])],
    "flaky": [(0, [fire("B", ends=LONG)]), (4, [fire("B", i="2", ends=LONG)]), (8, [])],
    "two": [(0, [fire("W", ends=LONG)]), (4, [fire("W", ends=0)]), (8, [])],
    "unicode": [(0, [fire("Ü", team="çay", annotations={"summary": "ışık \u2028 \U0001f600 </script>", "empty": ""}, ends=LONG)]), (4, [])],
}
SECONDS = max(steps[-1][0] for steps in TIMELINES.values())


def stamp(t):
    return datetime.datetime.fromtimestamp(t, datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Side:
    """One of the two, with the server that it sends to."""

    def __init__(self, process, webhooks):
        self.base, self.webhooks = process.base, webhooks
        webhooks.answers["/flaky"] = [500, 200]
        self.silences = {}

    def post(self, path, body):
        return stack.http(self.base + path, method="POST", headers={"Content-Type": "application/json"},
                          data=json.dumps(body).encode())

    def silence(self, timeline, now):
        answer = self.post("/api/v2/silences", {
            "matchers": [{"name": "timeline", "value": timeline, "isRegex": False}, {"name": "other", "value": "yes", "isRegex": False, "isEqual": False}],
            "startsAt": stamp(now), "endsAt": stamp(now + LONG), "createdBy": "test", "comment": timeline})
        assert answer.status == 200, answer.text
        self.silences[timeline] = json.loads(answer.text)["silenceID"]

    def expire(self, timeline):
        answer = stack.http(f"{self.base}/api/v2/silence/{self.silences[timeline]}", method="DELETE")
        assert answer.status == 200, answer.text


def play(sides, timeline, steps, begin):
    """Tells all sides the same, at the same moments."""
    starts = {}
    for at, what in steps:
        time.sleep(max(0, begin + at - time.monotonic()))
        now = time.time()
        if what == "silence":
            for side in sides:
                side.silence(timeline, now)
        elif what == "expire":
            for side in sides:
                side.expire(timeline)
        elif what:
            alerts = []
            for alert in what:
                alert = dict(alert, labels=dict(alert["labels"], timeline=timeline))
                ends = alert.pop("ends", None)
                key = json.dumps(alert["labels"], sort_keys=True)
                if ends is not None and ends > 0 or key not in starts:
                    starts[key] = now
                alert["startsAt"] = stamp(starts[key])
                if ends is not None:
                    alert["endsAt"] = stamp(now + ends)
                alerts.append(alert)
            for side in sides:
                answer = side.post("/api/v2/alerts", alerts)
                assert answer.status == 200, answer.text


def plain(body, timed_out):
    """A payload without what only one version has, and without times that the sender made up."""
    body = dict(body)
    for key in ("notification_reason", "routeLabels", "externalURL"):
        body.pop(key, None)
    for alert in body["alerts"]:
        if timed_out and alert["status"] == "resolved":
            alert["endsAt"] = "timed out"
    return body


def sent(side, begin, timeline):
    found = []
    for delivery in side.webhooks.deliveries():
        body = delivery.json()
        if body["commonLabels"].get("timeline") == timeline:
            found.append((delivery.at - begin, delivery.path, plain(body, timeline in ("timeout", "kept"))))
    # Of two that are sent within a moment either may come first.
    return sorted(found, key=lambda one: (one[1], one[2]["groupKey"], one[0]))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    directory = tmp_path_factory.mktemp("notifications")
    with WebhookServer() as ours, WebhookServer() as theirs:
        config = CONFIG.replace("URL", ours.url)
        (directory / "bekci").mkdir()
        (directory / "bekci" / "alertmanager.yml").write_text(config)
        with Alertmanager(directory / "peer", CONFIG.replace("URL", theirs.url)) as peer, \
                stack.Bekci(directory / "bekci", config="collectors: {}\nnotify: {config_file: alertmanager.yml}\n") as bekci:
            sides = [Side(bekci, ours), Side(peer, theirs)]
            begin = time.monotonic() + 0.5
            threads = [threading.Thread(target=play, args=(sides, timeline, steps, begin)) for timeline, steps in TIMELINES.items()]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            time.sleep(1.5)
            yield sides, begin


@pytest.mark.parametrize("timeline", TIMELINES)
def test_the_same_webhooks_are_sent_as_by_alertmanager(played, timeline):
    sides, begin = played
    ours, theirs = (sent(side, begin, timeline) for side in sides)
    told = lambda list_: [(round(at, 1), path, body["groupKey"], body["status"], len(body["alerts"])) for at, path, body in list_]
    assert [(path, body) for _, path, body in ours] == [(path, body) for _, path, body in theirs], (told(ours), told(theirs))
    for (at, path, _), (at_peer, _, _) in zip(ours, theirs):
        assert abs(at - at_peer) < 1, (path, told(ours), told(theirs))


def test_every_timeline_but_those_that_are_silent_sent_something(played):
    sides, begin = played
    silent = {timeline for timeline in TIMELINES if not sent(sides[1], begin, timeline)}
    assert silent == {"quick", "muted", "inactive"}
