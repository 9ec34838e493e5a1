"""The main job, whole, on a host with MariaDB, Redis, PHP-FPM and nginx, all collected by what deploy/run starts: the database ends, the shipped rule fires, the team is told by mail and webhook, nobody answers, the next
level is told on time, somebody acknowledges by the signed link, the third level hears nothing; the database returns, and
everybody who was told hears that it is over. And: what outlives kill -9."""
# Runs after the build: deploy/run builds where tests/run builds.

import contextlib
import email
import email.policy
import json
import pathlib
import re
import subprocess
import sys
import time

import pytest

import rule_files
import stack
from servers import nginx, phpfpm
from servers.alertmanager import WebhookServer
from servers.shop import Shop, config

ROUTES = """
global: {smtp_smarthost: '127.0.0.1:MAILPORT', smtp_from: bekci@shop.test, smtp_require_tls: false}
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
- name: team
  email_configs: [{to: ana@shop.test, send_resolved: true}]
  webhook_configs: [{url: 'HOOK/team'}]
- name: others
  webhook_configs: [{url: 'HOOK/others'}]
- name: everybody
  webhook_configs: [{url: 'HOOK/everybody'}]
"""

ESCALATION = """
policies:
- name: critical
  ack_within: 5s
  levels:
  - {name: L1, title: team, after: 0s, receivers: [team]}
  - {name: L2, title: cross-team, after: 4s, receivers: [others]}
  - {name: L3, title: all teams, after: L3AFTER, receivers: [everybody]}
escalations:
- {matchers: ['class=~"system_down|security_breach"'], policy: critical, immediate: true}
- {matchers: ['severity="critical"'], policy: critical}
links: {base_url: 'http://127.0.0.1:LINKPORT', listen_address: '127.0.0.1:LINKPORT', key_file: ack.key}
"""

MAIL_SERVER = """
import asyncio, sys
from aiosmtpd.controller import Controller
class Keep:
    async def handle_DATA(self, server, session, envelope):
        with open(sys.argv[2], "ab") as out:
            out.write(envelope.content + b"\\n.\\n")
        return "250 kept"
controller = Controller(Keep(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
asyncio.new_event_loop().run_forever()
"""


class MailServer(stack.Process):
    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.port, self.file = stack.free_port(), directory / "mails"
        self.file.touch()
        super().__init__([sys.executable, "-c", MAIL_SERVER, self.port, self.file], directory, "mail")

    def mails(self):
        parts = self.file.read_bytes().split(b"\n.\n")[:-1]
        return [email.message_from_bytes(part, policy=email.policy.default) for part in parts]


def write_files(directory, webhooks, mail_port, link_port, level_three):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "alertmanager.yml").write_text(ROUTES.replace("HOOK", webhooks.url).replace("MAILPORT", str(mail_port)))
    (directory / "escalation.yml").write_text(ESCALATION.replace("LINKPORT", str(link_port)).replace("L3AFTER", level_three))


def told(webhooks, path):
    return [delivery.json() for delivery in webhooks.deliveries(path)]


def api(bekci, path):
    answer = bekci.get(path)
    assert answer.status == 200, answer.text
    return json.loads(answer.text)["data"]


def value(bekci, name):
    """The lowest of a metric's series; None: there is none."""
    found = api(bekci, f"/api/v1/query?query=min({name})")["result"]
    return float(found[0]["value"][1]) if found else None


# deploy/run builds and starts build/bekci; a binary from elsewhere is started as it is.
DEPLOY_RUN = stack.SOURCE / "deploy" / "run"
COMMAND = [DEPLOY_RUN] if stack.BEKCI == stack.SOURCE / "build" / "bekci" else [stack.BEKCI, "run"]
SERVICES = ("mysql_up", "redis_up", "phpfpm_up", "nginx_up")


def shipped_rules(directory):
    """Those of the four services, as shipped, but that it is over as soon as the database is back."""
    directory.mkdir()
    for path in rule_files.RULES.glob("*.yml"):
        if path.stem in ("mysql", "redis", "phpfpm", "nginx"):
            (directory / path.name).write_text(path.read_text().replace("keep_firing_for: 1m", "keep_firing_for: 2s"))
    assert len(list(directory.iterdir())) == 4
    return directory


@pytest.mark.skipif(phpfpm.PROGRAM is None or nginx.PROGRAM is None, reason="php-fpm or nginx is not installed")
def test_a_database_that_ends_is_told_level_by_level_until_somebody_answers(tmp_path):
    with contextlib.ExitStack() as cleanup:
        start = cleanup.enter_context
        mail = start(MailServer(tmp_path / "mail"))
        webhooks = start(WebhookServer())
        shop = Shop(tmp_path, cleanup)
        database = shop.database
        write_files(tmp_path / "bekci", webhooks, mail.port, stack.free_port(), "12s")
        bekci = start(stack.Bekci(tmp_path / "bekci", command=COMMAND, config=f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s, external_labels: {{host: web-1}}}}
{config(shop, tmp_path)}
rule_files: ['{shipped_rules(tmp_path / "rules")}/*.yml']
notify: {{config_file: alertmanager.yml, escalation_file: escalation.yml}}
"""))
        for name in SERVICES:
            stack.wait_until(lambda: value(bekci, name) == 1, 30, f"{name} is collected")
        time.sleep(2)
        assert webhooks.deliveries() == []

        database.kill()
        stack.wait_until(lambda: value(bekci, "mysql_up") == 0, 30, "the database is missed")
        stack.wait_until(lambda: told(webhooks, "/team"), 60, "the first level is told")
        first = told(webhooks, "/team")[0]
        assert first["status"] == "firing" and first["alerts"][0]["labels"]["alertname"] == "MySqlDown", first
        assert first["alerts"][0]["labels"]["host"] == "web-1"
        assert first["escalation"]["level"] == "L1" and first["escalation"]["policy"] == "critical"
        mails = stack.wait_until(mail.mails, 20, "the mail")
        assert "FIRING" in mails[0]["Subject"] and "MySqlDown" in mails[0]["Subject"], mails[0].as_string()[:2000]
        assert mails[0]["To"] == "ana@shop.test"

        second = stack.wait_until(lambda: webhooks.deliveries("/others"), 30, "the second level is told")[0]
        waited = second.at - webhooks.deliveries("/team")[0].at
        assert 3.5 < waited < 5.5 or stack.SANITIZED, waited
        link = second.json()["escalation"]["ackURL"]
        page = stack.http(link)
        assert page.status == 200 and "MySqlDown" in page.text, page.text
        assert api(bekci, "/api/v1/escalations")  # looking at the page did nothing
        assert stack.http(link, method="POST", data=b"by=bo", headers={"Content-Type": "application/x-www-form-urlencoded"}).status == 200
        again = stack.http(link, method="POST", data=b"by=cy", headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert again.status != 200 and "bo" in again.text, again.text
        forged = stack.http(re.sub("&s=(.*)$", lambda m: "&s=" + m[1][::-1], link), method="POST", data=b"by=eve", headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert forged.status in (403, 404), forged.status
        time.sleep(10)
        assert told(webhooks, "/everybody") == [], "the third level was to hear nothing"

        assert all(value(bekci, name) == 1 for name in SERVICES[1:]), "the other services were to be well"

        database.start()
        for path in ("/team", "/others"):
            stack.wait_until(lambda: any(one["status"] == "resolved" for one in told(webhooks, path)), 60, f"{path} hears that it is over")
        stack.wait_until(lambda: any("RESOLVED" in one["Subject"] for one in mail.mails()), 30, "the mail that it is over")
        assert told(webhooks, "/everybody") == []
        lives = api(bekci, "/api/v1/incidents")
        life = stack.http(f"{bekci.base}/api/v1/incidents/{lives[0]['id']}?format=html").text if isinstance(lives, list) else \
            stack.http(f"{bekci.base}/api/v1/incidents/{lives['incidents'][0]['id']}?format=html").text
        assert "MySqlDown" in life and "bo" in life and "<script" not in life
        assert bekci.metrics().get(r'bekci_escalation_acks_total\{via="link"\}') == 1


@pytest.mark.skipif(COMMAND[0] != DEPLOY_RUN, reason="this is not the binary that deploy/run builds")
def test_deploy_run_hands_its_arguments_on_and_a_second_call_builds_nothing(tmp_path):
    for name in ("first", "second"):
        built = stack.BEKCI.stat().st_mtime_ns
        with stack.Bekci(tmp_path / name, "--log.level=debug", command=COMMAND, config=stack.HOST_ONLY) as bekci:
            log = bekci.log()
            assert f"http://127.0.0.1:{bekci.port}/metrics" in log and "level=debug" in log, log[:2000]
            assert pathlib.Path(f"/proc/{bekci.pid}/exe").resolve() == stack.BEKCI
    assert "ninja: no work to do" in log and "Installing" not in log and "Configuring" not in log, log[:2000]
    assert stack.BEKCI.stat().st_mtime_ns == built


def test_what_was_told_is_not_told_again_after_kill_and_what_fell_due_meanwhile_is(tmp_path):
    with WebhookServer() as webhooks:
        write_files(tmp_path / "bekci", webhooks, 1, stack.free_port(), "6s")
        text = (tmp_path / "bekci" / "alertmanager.yml").read_text()
        (tmp_path / "bekci" / "alertmanager.yml").write_text(re.sub(r"  email_configs.*\n", "", text))
        config = "collectors: {}\nnotify: {config_file: alertmanager.yml, escalation_file: escalation.yml}\n"
        alert = {"labels": {"alertname": "Down", "severity": "critical"}, "startsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}

        def post(agent):
            assert stack.http(agent.base + "/api/v2/alerts", method="POST", headers={"Content-Type": "application/json"},
                              data=json.dumps([alert]).encode()).status == 200

        with stack.Bekci(tmp_path / "bekci", config=config) as bekci:
            post(bekci)
            stack.wait_until(lambda: told(webhooks, "/team"), 20, "the first level")
            stack.wait_until(lambda: bekci.metrics().get(r'bekci_escalation_deliveries_total\{.*level="L1".*\}'), 20, "its answer is known")
            quiet, bekci.quiet_state = bekci.quiet_state, None
            bekci.stop(sig=9)
        time.sleep(8)
        assert len(told(webhooks, "/team")) == 1 and told(webhooks, "/others") == []
        with stack.Bekci(tmp_path / "bekci", config=config, state=quiet.path):
            stack.wait_until(lambda: told(webhooks, "/everybody"), 20, "what fell due meanwhile")
            assert [one["escalation"]["reason"] for one in told(webhooks, "/others") + told(webhooks, "/everybody")] == ["catch_up"] * 2
            time.sleep(2)
            assert len(told(webhooks, "/team")) == 1
