"""Who may not change something: other web sites, forged, expired and used links, bodies beyond their bounds. Each is tried
at every route that changes something, is refused, changes nothing and is counted."""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import re
import socket
import time
import urllib.parse

import pytest

import stack
from servers.alertmanager import WebhookServer

ROUTES = """
route: {receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 5m, repeat_interval: 1h}
receivers: [{name: team, webhook_configs: [{url: 'HOOK/team'}]}]
"""
ESCALATION = """
policies: [{name: critical, levels: [{name: L1, after: 0s, receivers: [team]}, {name: L2, after: 2h, receivers: [team]}]}]
escalations: [{matchers: ['severity="critical"'], policy: critical}]
links: {base_url: 'http://127.0.0.1:PORT', listen_address: '127.0.0.1:PORT', key_file: ack.key}
"""
BODY_LIMIT = 1 << 20  # of the agent's own listener here
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


def fire(bekci, name):
    body = [{"labels": {"alertname": name, "severity": "critical"}, "endsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))}]
    assert bekci.get("/api/v2/alerts", method="POST", headers=JSON, data=json.dumps(body).encode()).status == 200


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    """bekci with an incident; what it told is in `bekci.webhooks`, the key of its links in `bekci.key`."""
    directory = tmp_path_factory.mktemp("refusals")
    with WebhookServer() as webhooks:
        port = stack.free_port()
        (directory / "bekci").mkdir()
        (directory / "bekci" / "alertmanager.yml").write_text(ROUTES.replace("HOOK", webhooks.url))
        (directory / "bekci" / "escalation.yml").write_text(ESCALATION.replace("PORT", str(port)))
        with stack.Bekci(directory / "bekci", config=f"collectors: {{}}\nweb: {{max_body_size: {BODY_LIMIT}}}\n"
                         "notify: {config_file: alertmanager.yml, escalation_file: escalation.yml}\n") as bekci:
            bekci.webhooks, bekci.link_port, bekci.key = webhooks, port, directory / "bekci" / "ack.key"
            fire(bekci, "Down")
            bekci.link = link_of(bekci, "Down")
            bekci.incident = urllib.parse.urlsplit(bekci.link).path.rpartition("/")[2]
            made = bekci.get("/api/v2/silences", method="POST", headers=JSON, data=json.dumps({
                "matchers": [{"name": "a", "value": "b", "isRegex": False}], "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
                "createdBy": "me", "comment": ""}).encode())
            bekci.silence = json.loads(made.text)["silenceID"]
            yield bekci


def link_of(bekci, name):
    def told():
        for delivery in bekci.webhooks.deliveries("/team"):
            body = delivery.json()
            if body["commonLabels"]["alertname"] == name and "escalation" in body:
                return body["escalation"]["ackURL"]
        return None
    return stack.wait_until(told, 20, f"{name} is told")


def everything(bekci):
    """What a refused request must not change."""
    alerts = [one["labels"] for one in json.loads(bekci.get("/api/v2/alerts").text)]
    silences = [(one["id"], one["status"]) for one in json.loads(bekci.get("/api/v2/silences").text)]
    incident = json.loads(bekci.get(f"/api/v1/escalations/{bekci.incident}").text)["data"]
    return alerts, silences, incident["state"], bekci.metrics().get("bekci_config_last_reload_success_timestamp_seconds")


def counted(bekci, pattern):
    return bekci.metrics().sum(pattern)


def refused(via, reason):
    return rf'bekci_notify_refused_total\{{reason="{reason}",via="{via}"\}}'


ALERTS = json.dumps([{"labels": {"alertname": "Evil"}}])
SILENCE = json.dumps({"matchers": [{"name": "alertname", "value": "Down", "isRegex": False}], "startsAt": "2026-01-01T00:00:00Z",
                      "endsAt": "2099-01-01T00:00:00Z", "createdBy": "eve", "comment": ""})
WEBHOOK = json.dumps({"version": "4", "alerts": [{"status": "firing", "labels": {"alertname": "Evil"}, "startsAt": "2026-01-01T00:00:00Z"}]})
ACT = json.dumps({"by": "eve"})
# By the name of the route in the code: (method, path, body).
CHANGES = {
    "reload": [("POST", "/-/reload", ""), ("PUT", "/-/reload", "")],
    "alertmanager_alerts": [("POST", "/api/v2/alerts", ALERTS)],
    "alertmanager_silences": [("POST", "/api/v2/silences", SILENCE)],
    "alertmanager_silence": [("DELETE", "/api/v2/silence/SILENCE", "")],
    "escalation": [("POST", f"/api/v1/escalations/INCIDENT/{action}", ACT) for action in ("ack", "unack", "escalate", "cancel")],
    "escalations_page": [("POST", "/escalations", f"incident=INCIDENT&action={action}&by=eve") for action in ("ack", "unack", "escalate")],
    "webhook_intake": [("POST", "/api/v1/alertmanager-webhook", WEBHOOK)],
}
REQUESTS = [request for requests in CHANGES.values() for request in requests]
# Held to another proof than where the browser comes from: a signature, over the link or over the body.
SIGNED = {"ack_link", "slack_actions"}
# Everything that takes any method; nothing below these changes something.
READ_ONLY = {"alertmanager_status", "alertmanager_receivers", "alertmanager_groups", "alertmanager", "alertmanager_v1"}
ELSEWHERE = {
    "another origin": {"Origin": "http://evil.example"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "no origin to speak of": {"Origin": "null"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a sibling": {"Sec-Fetch-Site": "same-site"},
    "a name that was made to point here": {"Origin": "http://evil.example", "Host": "evil.example"},
}


def test_every_route_that_changes_something_is_in_this_file():
    found = set()
    for path in (stack.SOURCE / "agent" / "web").rglob("*.cc"):
        if path.name.endswith("_test.cc"):
            continue
        text = path.read_text()
        for methods, row in re.findall(r'\.methods = "([^"]*)"(.*?)\.handle', text, re.S):
            name = re.search(r'\.name = "(\w+)"', row)
            if name and set(methods.split()) - {"GET"}:
                found.add(name[1])
        # Rows of a table of their own, which take every method and say 405 themselves.
        found |= set(re.findall(r'^\s+"(alertmanager_\w+)",$', text, re.M))
    assert found == CHANGES.keys() | SIGNED | READ_ONLY, "a new route: add what it changes above"


def ask(bekci, method, path, body, headers):
    path, body = (text.replace("SILENCE", bekci.silence).replace("INCIDENT", bekci.incident) for text in (path, body))
    kind = {} if not body else FORM if body.startswith("incident=") else JSON
    return bekci.get(path, method=method, headers={**kind, **headers}, data=body.encode() if method != "DELETE" else None)


@pytest.mark.parametrize("where", ELSEWHERE)
def test_other_sites_change_nothing_and_are_counted(agent, where):
    before, codes = everything(agent), counted(agent, r'bekci_http_requests_total\{.*code="403".*')
    for request in REQUESTS:
        answer = ask(agent, *request, ELSEWHERE[where])
        assert answer.status == 403 and "403 forbidden: " in answer.text, (request, answer.status, answer.text)
    assert everything(agent) == before
    assert counted(agent, r'bekci_http_requests_total\{.*code="403".*') == codes + len(REQUESTS)


ADDRESSES = itertools.count(2)


def visit(link, method="GET", data=None, headers=None, address=None):
    """A link, followed from an address of its own: too many requests of one are refused, and that is another test."""
    parts = urllib.parse.urlsplit(link)
    number = next(ADDRESSES)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20, source_address=(address or f"127.0.{number // 250}.{number % 250 + 2}", 0))
    connection.request(method, f"{parts.path}?{parts.query}", body=data, headers=headers or {})
    answer = connection.getresponse()
    found = stack.Response(answer.status, answer.headers, answer.read())
    connection.close()
    return found


def press(link, by="eve", **headers):
    return visit(link, "POST", f"by={by}".encode(), {**FORM, **headers})


@pytest.mark.parametrize("listener", ["its own", "the agent's"])
def test_a_link_pressed_by_another_site_acknowledges_nothing_and_is_counted(agent, listener):
    link = agent.link if listener == "its own" else agent.link.replace(str(agent.link_port), str(agent.port))
    before, count = everything(agent), counted(agent, refused("link", "other_site"))
    tried = [headers for where, headers in ELSEWHERE.items() if where not in ("no origin to speak of", "a name that was made to point here")]
    for headers in tried:
        assert press(link, **headers).status == 403, headers
    assert everything(agent) == before and counted(agent, refused("link", "other_site")) == count + len(tried)


def signed(key_file, incident, action, level, expiry, contact):
    """A link's path, signed with a key of the file as the agent does."""
    key, secret = key_file.read_text().split()[:2]
    text = "".join(f"{len(part)}:{part}\n" for part in ("bekci-link-1", incident, action, level, str(expiry), contact))
    signature = base64.urlsafe_b64encode(hmac.new(bytes.fromhex(secret), text.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    return f"/e/{incident}?a={action}&l={level}&x={expiry}&k={key}&s={signature}"


def test_forged_links_are_refused_and_counted(agent):
    before, count = everything(agent), counted(agent, refused("link", "forged"))
    forged = []
    parts = urllib.parse.urlsplit(agent.link)
    for name, value in urllib.parse.parse_qsl(parts.query):
        other = {"a": "cancel", "l": "L2", "x": str(int(value) + 1) if name == "x" else "", "k": "other", "s": value[::-1]}[name]
        forged.append(agent.link.replace(f"{name}={value}", f"{name}={other}"))
        forged.append(re.sub(f"[?&]{name}=[^&]*", "", agent.link, count=1).replace("/" + agent.incident + "&", "/" + agent.incident + "?"))
    forged.append(agent.link.replace(agent.incident, agent.incident[::-1]))
    forged.append(agent.link.partition("?")[0])
    for link in forged:
        assert visit(link).status in (403, 404), link
        assert press(link).status in (403, 404), link
    assert everything(agent) == before
    assert counted(agent, refused("link", "forged")) == count + 2 * len(forged)


def test_an_expired_link_is_refused_and_counted(agent):
    base = f"http://127.0.0.1:{agent.link_port}"
    good = signed(agent.key, agent.incident, "ack", "L1", int(time.time()) + 600, "team")
    assert visit(base + good).status == 200  # as the agent signs them
    before, count = everything(agent), counted(agent, refused("link", "expired"))
    link = base + signed(agent.key, agent.incident, "ack", "L1", int(time.time()) - 1, "team")
    for answer in (visit(link), press(link)):
        assert answer.status == 410 and "expired" in answer.text
    assert everything(agent) == before and counted(agent, refused("link", "expired")) == count + 2


def test_a_used_link_is_refused_and_counted(agent):
    fire(agent, "Used")
    link = link_of(agent, "Used")
    assert press(link, by="ana").status == 200
    count = counted(agent, refused("link", "replayed"))
    again = press(link)
    assert again.status == 409 and "ana" in again.text
    assert counted(agent, refused("link", "replayed")) == count + 1


def test_too_many_requests_of_one_address_are_refused_and_counted(agent):
    count = counted(agent, refused("link", "too_many"))
    answers = [visit(agent.link, address="127.9.9.9") for _ in range(80)]
    beyond = [answer for answer in answers if answer.status == 429]
    assert answers[0].status == 200 and beyond and all(answer.headers["Retry-After"] == "60" for answer in beyond)
    assert counted(agent, refused("link", "too_many")) == count + len(beyond)
    assert visit(agent.link).status == 200  # others are not kept waiting


def answered(port, head, body=b""):
    """The status of a request whose body may be more than is taken."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head.encode() + b"\r\n" + body)
        return int(connection.makefile("rb").readline().split()[1])


def head_of(agent, request, *more):
    method, path, _ = request
    path = path.replace("SILENCE", agent.silence).replace("INCIDENT", agent.incident)
    return "".join(line + "\r\n" for line in (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *more))


def test_bodies_beyond_the_agents_bound_are_refused_before_they_are_read_and_counted(agent):
    before, bad = everything(agent), counted(agent, r'bekci_http_connections_dropped_total\{reason="bad"\}')
    link = urllib.parse.urlsplit(agent.link)
    requests = [*REQUESTS, ("POST", f"{link.path}?{link.query}", "")]
    for request in requests:
        assert answered(agent.port, head_of(agent, request, f"Content-Length: {BODY_LIMIT + 1}")) == 413, request
        chunk = f"{BODY_LIMIT + 1:x}\r\n".encode()
        assert answered(agent.port, head_of(agent, request, "Transfer-Encoding: chunked"), chunk) == 413, request
    assert everything(agent) == before
    assert counted(agent, r'bekci_http_connections_dropped_total\{reason="bad"\}') == bad + 2 * len(requests)


def test_bodies_beyond_a_routes_own_bound_are_refused_and_counted(agent):
    before = everything(agent)
    api, link, bad = (counted(agent, pattern) for pattern in (
        refused("api", "too_large"), refused("link", "too_large"), r'bekci_ack_listener_connections_dropped_total\{reason="bad"\}'))
    long = json.dumps({"by": "eve", "comment": "x" * (64 << 10)})
    for request in CHANGES["escalation"]:
        assert ask(agent, *request[:2], long, {}).status == 413, request
    form = b"by=eve&comment=" + b"x" * (8 << 10)
    path = urllib.parse.urlsplit(agent.link)
    own = agent.link.replace(str(agent.link_port), str(agent.port))
    assert visit(own, "POST", form, FORM).status == 413
    assert visit(agent.link, "POST", form, FORM).status == 413
    more_than_slack_sends = (256 << 10) + 1
    assert answered(agent.link_port, f"POST {path.path}?{path.query} HTTP/1.1\r\nHost: h\r\nContent-Length: {more_than_slack_sends}\r\n") == 413
    assert everything(agent) == before
    assert counted(agent, refused("api", "too_large")) == api + len(CHANGES["escalation"])
    assert counted(agent, refused("link", "too_large")) == link + 2
    assert counted(agent, r'bekci_ack_listener_connections_dropped_total\{reason="bad"\}') == bad + 1


def test_what_is_no_request_of_the_intakes_is_refused_and_counted(agent):
    before, count = everything(agent), counted(agent, refused("webhook_intake", "malformed"))
    bodies = ("", "not json", "[]", "{}", WEBHOOK.replace('"4"', '"3"'), WEBHOOK.replace("firing", "burning"), "[" * 10_000)
    for body in bodies:
        assert ask(agent, "POST", "/api/v1/alertmanager-webhook", body or " ", {}).status == 400, body[:40]
    assert everything(agent) == before and counted(agent, refused("webhook_intake", "malformed")) == count + len(bodies)


def test_who_comes_from_here_is_let_through(agent):
    # The last of the file: the incident is acknowledged.
    own = {"Origin": agent.base, "Sec-Fetch-Site": "same-origin"}
    assert ask(agent, "POST", f"/api/v1/escalations/{agent.incident}/ack", json.dumps({"by": "ana"}), own).status == 200
    assert json.loads(agent.get(f"/api/v1/escalations/{agent.incident}").text)["data"]["state"] == "acked"
