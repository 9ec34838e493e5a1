"""People and escalations: a level called by its name (API, command, page), links that stay used over a kill, the page of what
escalates, and last night's alerts played again beside the record of what was really told."""

import json
import re
import subprocess
import time

import stack
from servers.alertmanager import WebhookServer

ROUTES = """
route: {receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
- name: team
  webhook_configs: [{url: 'HOOK/team'}]
- name: others
  webhook_configs: [{url: 'HOOK/others'}]
- name: everybody
  webhook_configs: [{url: 'HOOK/everybody'}]
"""
ESCALATION = """
policies:
- name: critical
  levels:
  - {name: L1, title: team, after: 0s, receivers: [team]}
  - {name: L2, title: cross-team, after: SECOND, receivers: [others]}
  - {name: L3, title: all teams, after: 1h, receivers: [everybody]}
escalations:
- {matchers: ['severity="critical"'], policy: critical, immediate: true}
links: {base_url: 'http://127.0.0.1:LINKPORT', listen_address: '127.0.0.1:LINKPORT', key_file: ack.key}
"""
CONFIG = "collectors: {}\nnotify: {config_file: alertmanager.yml, escalation_file: escalation.yml}\n"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


def write(directory, webhooks, second):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "alertmanager.yml").write_text(ROUTES.replace("HOOK", webhooks.url))
    (directory / "escalation.yml").write_text(ESCALATION.replace("LINKPORT", str(stack.free_port())).replace("SECOND", second))


def post(bekci, name, **more):
    alert = {"labels": {"alertname": name, "severity": "critical"}, "annotations": {"summary": f"{name} <b>burns"},
             "startsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **more}
    assert stack.http(bekci.base + "/api/v2/alerts", method="POST", headers=JSON, data=json.dumps([alert]).encode()).status == 200


def escalation_of(bekci, name):
    return json.loads(bekci.get(f"/api/v1/escalations?alert={name}").text)["data"][0]


def command(*words):
    return subprocess.run([str(stack.BEKCI), *map(str, words)], capture_output=True, text=True, timeout=60)


def level_of(delivery):
    return delivery.json().get("escalation", {}).get("level")


def test_reading_escalations_does_not_ask_the_pipeline_what_silences_each_alert(tmp_path):
    queries = "bekci_silences_queries_total"
    with WebhookServer() as webhooks:
        directory = tmp_path / "bekci"
        write(directory, webhooks, "1h")
        (directory / "alertmanager.yml").write_text((directory / "alertmanager.yml").read_text().replace("group_interval: 1s",
                                                                                                         "group_interval: 1h"))
        with stack.Bekci(directory, config=CONFIG) as bekci:
            silence = {"matchers": [{"name": "alertname", "value": "Other", "isRegex": False, "isEqual": True}], "createdBy": "ana",
                       "comment": "c", "startsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                       "endsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))}
            assert stack.http(bekci.base + "/api/v2/silences", method="POST", headers=JSON,
                              data=json.dumps(silence).encode()).status == 200
            post(bekci, "Down")
            stack.wait_until(webhooks.deliveries, 20, "the first level")
            one = escalation_of(bekci, "Down")["id"]
            before = bekci.metrics().get(queries)
            assert before > 0
            for _ in range(50):
                assert "Down" in bekci.get(f"/api/v1/escalations/{one}").text
                assert "burns" in bekci.get("/escalations").text
            # A look of the pipeline's own may fall in between.
            assert bekci.metrics().get(queries) - before < 20


def test_a_person_calls_a_level_by_its_name_and_is_on_record_and_nobody_else_can(tmp_path):
    with WebhookServer() as webhooks:
        write(tmp_path / "bekci", webhooks, "30m")
        with stack.Bekci(tmp_path / "bekci", config=CONFIG) as bekci:
            for name in ("ByApi", "ByCommand", "ByPage"):
                post(bekci, name)
            stack.wait_until(lambda: len(webhooks.deliveries("/team")) >= 3, 20, "the first level")
            url = f"{bekci.base}/api/v1/escalations/{escalation_of(bekci, 'ByApi')['id']}/escalate"
            body = json.dumps({"by": "ana", "comment": "all shops are down", "level": "L3"}).encode()
            assert stack.http(url, method="POST", headers={**JSON, "Origin": "https://elsewhere.example"}, data=body).status == 403
            wrong = stack.http(url, method="POST", headers=JSON, data=body.replace(b"L3", b"L7"))
            assert wrong.status == 400 and "there are L1, L2, L3" in wrong.text, wrong.text
            assert webhooks.deliveries("/everybody") == []
            assert stack.http(url, method="POST", headers=JSON, data=body).status == 200
            told = stack.wait_until(lambda: webhooks.deliveries("/everybody"), 10, "the third level, at once")
            assert level_of(told[0]) == "L3" and told[0].json()["escalation"]["reason"] == "by_person"
            whole = json.loads(bekci.get(f"/api/v1/escalations/{escalation_of(bekci, 'ByApi')['id']}").text)["data"]
            assert "ana" in json.dumps(whole["timeline"]) and "all shops are down" in json.dumps(whole["timeline"]), whole

            done = command("escalate", "ByCommand", "--level=L3", "--by=bo", f"--server={bekci.base}")
            assert done.returncode == 0 and "L3 all teams is called" in done.stdout, done
            again = command("escalate", "NoSuch", f"--server={bekci.base}")
            assert again.returncode == 1 and "nothing that escalates" in again.stderr, again

            page = bekci.get("/escalations")
            assert page.status == 200 and "ByPage" in page.text and "&lt;b&gt;burns" in page.text
            assert '<a href="escalations" aria-current="page">' in page.text and "<script" not in page.text
            form = f"id={escalation_of(bekci, 'ByPage')['id']}&action=escalate&level=L2&by=cy".encode()
            assert stack.http(bekci.base + "/escalations", method="POST", data=form,
                              headers={**FORM, "Sec-Fetch-Site": "cross-site"}).status == 403
            assert webhooks.deliveries("/others") == []
            after = stack.http(bekci.base + "/escalations", method="POST", data=form, headers=FORM)
            assert after.status == 200 and "<h3>ByPage" in after.text  # behind the redirect
            stack.wait_until(lambda: webhooks.deliveries("/others"), 10, "the second level, at once")
            stack.wait_until(lambda: "L2 others/webhook[0]" in bekci.get("/escalations").text, 10, "its answer on the page")


def test_a_link_that_was_used_stays_used_after_a_kill_also_when_somebody_took_the_acknowledgement_back(tmp_path):
    with WebhookServer() as webhooks:
        write(tmp_path / "bekci", webhooks, "30m")
        with stack.Bekci(tmp_path / "bekci", config=CONFIG) as bekci:
            post(bekci, "Down")
            link = stack.wait_until(lambda: webhooks.deliveries("/team"), 20, "the message")[0].json()["escalation"]["ackURL"]
            assert stack.http(link, method="POST", data=b"by=bo", headers=FORM).status == 200
            url = f"{bekci.base}/api/v1/escalations/{escalation_of(bekci, 'Down')['id']}/unack"
            assert stack.http(url, method="POST", headers=JSON, data=b'{"by": "bo"}').status == 200
            quiet, bekci.quiet_state = bekci.quiet_state, None
            bekci.stop(sig=9)
        with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=quiet.path) as bekci:
            again = stack.http(link, method="POST", data=b"by=eve", headers=FORM)
            assert again.status == 409 and "used before" in again.text, again.text
            assert escalation_of(bekci, "Down")["state"] == "active"
            assert bekci.metrics().get(r'bekci_notify_refused_total\{.*"replayed".*\}') == 1


def test_the_alerts_of_last_night_are_played_again_and_tell_whom_they_told(tmp_path):
    with WebhookServer() as webhooks:
        write(tmp_path / "bekci", webhooks, "4s")
        with stack.Bekci(tmp_path / "bekci", config=CONFIG) as bekci:
            post(bekci, "Long")
            post(bekci, "Short")
            stack.wait_until(lambda: webhooks.deliveries("/team"), 20, "the first level")
            time.sleep(1)
            post(bekci, "Short", endsAt=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
            stack.wait_until(lambda: webhooks.deliveries("/others"), 20, "the second level of the long one")
            time.sleep(2)
            assert command("ack", "Long", "--by=ana", f"--server={bekci.base}").returncode == 0
            time.sleep(1)
            really = {(one.json()["groupLabels"]["alertname"], level_of(one)) for path in ("/team", "/others", "/everybody")
                      for one in webhooks.deliveries(path) if one.json()["status"] == "firing" and level_of(one)}
            assert really == {("Long", "L1"), ("Long", "L2"), ("Short", "L1")}, really
            files = [f"--escalation.file={tmp_path}/bekci/escalation.yml", "--time-zone=UTC"]
            asked = command("escalation", "simulate", "--since=5m", f"--url={bekci.base}", *files)
            assert asked.returncode == 0, asked
            line = re.compile(r"^\S+ +\w{3} [-0-9]+ [:0-9]+  (\w+) +(L\d) ", re.M)
            assert set(line.findall(asked.stdout)) == really, asked.stdout
            assert "2 alerts from" in asked.stdout and "Unless" in asked.stdout and "others (webhook)" in asked.stdout
            assert re.search(r"Short +over", asked.stdout) and not re.search(r"Long +acknowledged", asked.stdout), asked.stdout
            some = command("escalation", "simulate", "--since=5m", "--acks", "alertname=Long", f"--url={bekci.base}", *files)
            assert "1 alert from" in some.stdout and re.search(r"Long +acknowledged", some.stdout), some.stdout

            # Under another file another ladder; from the state directory, while the agent runs and when it does not.
            steeper = tmp_path / "steeper"
            write(steeper, webhooks, "1s")
            (steeper / "escalation.yml").write_text((steeper / "escalation.yml").read_text().replace("after: 1h", "after: 2s"))
            other = [f"--escalation.file={steeper}/escalation.yml", "--time-zone=UTC"]
            state = bekci.quiet_state.path
            played = command("escalation", "simulate", "--since=5m", f"--storage.path={state}", *other)
            assert ("Long", "L3") in line.findall(played.stdout), played
            quiet, bekci.quiet_state = bekci.quiet_state, None
            bekci.stop(sig=9)
        still = command("escalation", "simulate", "--since=5m", f"--storage.path={quiet.path}", *other)
        assert set(line.findall(still.stdout)) == set(line.findall(played.stdout)), still
        nobody = command("escalation", "simulate", "--since=5m", f"--storage.path={tmp_path}/nowhere", *files)
        assert nobody.returncode != 0 and "nowhere" in nobody.stderr, nobody
        neither = command("escalation", "simulate", *files)
        assert neither.returncode == 2 and "--since=12h" in neither.stderr, neither
