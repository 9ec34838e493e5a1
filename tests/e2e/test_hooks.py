"""Commands as receivers, whole: an alert climbs to a level whose receiver is a hook, which runs as its own user, once for the
incident, also when bekci is killed while it runs; what `check escalation` says of hooks and heartbeats before anything starts."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest
import stack
from servers.alertmanager import WebhookServer

ROUTES = """
route: {receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
- name: team
  webhook_configs: [{url: 'HOOK/team'}]
"""
ESCALATION = """
policies:
- name: critical
  levels:
  - {name: L1, title: team, after: 0s, receivers: [team]}
  - {name: L2, title: the machine itself, after: 2s, receivers: [rollback]}
escalations:
- {matchers: ['severity="critical"'], policy: critical, immediate: true}
hooks: {enabled: true}
hook_receivers:
- {name: rollback, command: [COMMAND, --all], user: nobody, timeout: 1m, once_per: incident}
"""
CONFIG = "collectors: {}\nnotify: {config_file: alertmanager.yml, escalation_file: escalation.yml}\n"
SCRIPT = """#!/bin/sh
echo "$(id -un) $(id -gn) $1 $STATUS $LEVEL $INCIDENT_ID $(grep -c NoNewPrivs:.1 /proc/self/status)" >>DIARY
echo rolled back to 41; sleep PATIENCE
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a command that hooks trust, and become its user")


@pytest.fixture
def trusted():
    """A directory on a way that belongs to root, which is what a hook needs; and where its user may write."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="bekci-hooks-", dir="/opt"))
    made.chmod(0o755)
    (made / "diary").touch()
    shutil.chown(made / "diary", "nobody")
    yield made
    shutil.rmtree(made)


def write(directory, trusted, webhooks, patience):
    directory.mkdir()
    command = trusted / "rollback"
    command.write_text(SCRIPT.replace("DIARY", str(trusted / "diary")).replace("PATIENCE", str(patience)))
    command.chmod(0o755)
    (directory / "alertmanager.yml").write_text(ROUTES.replace("HOOK", webhooks.url))
    (directory / "escalation.yml").write_text(ESCALATION.replace("COMMAND", str(command)))


def post(bekci, name):
    alert = {"labels": {"alertname": name, "severity": "critical"}, "annotations": {},
             "startsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    assert stack.http(bekci.base + "/api/v2/alerts", method="POST", headers={"Content-Type": "application/json"},
                      data=json.dumps([alert]).encode()).status == 200


@needs_root
def test_a_hook_runs_as_its_user_when_its_level_is_called_and_its_answer_is_on_record(tmp_path, trusted):
    with WebhookServer() as webhooks:
        write(tmp_path / "bekci", trusted, webhooks, 0)
        with stack.Bekci(tmp_path / "bekci", config=CONFIG) as bekci:
            post(bekci, "Down")
            stack.wait_until(lambda: "rolled back to 41" in bekci.get("/escalations").text, 30, "the hook's answer on the page")
            one = json.loads(bekci.get("/api/v1/escalations?alert=Down").text)["data"][0]
            ran = (trusted / "diary").read_text().splitlines()
            assert ran == [f"nobody nogroup --all firing L2 {one['id']} 1"], ran
            assert bekci.metrics().get(r'bekci_notifications_total\{.*integration="hook".*\}') == 1


@needs_root
def test_a_hook_that_ran_when_bekci_was_killed_is_not_run_again(tmp_path, trusted):
    with WebhookServer() as webhooks:
        write(tmp_path / "bekci", trusted, webhooks, 30)
        with stack.Bekci(tmp_path / "bekci", config=CONFIG) as bekci:
            post(bekci, "Down")
            stack.wait_until((trusted / "diary").read_text, 30, "the hook begins")
            quiet, bekci.quiet_state = bekci.quiet_state, None
            bekci.stop(sig=9)
        with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=quiet.path) as bekci:
            stack.wait_until(lambda: "Down" in bekci.get("/escalations").text, 20, "the incident is known again")
            stack.wait_until(lambda: "not run again" in bekci.get("/escalations").text, 20, "its end is on record")
            time.sleep(3)
            assert len((trusted / "diary").read_text().splitlines()) == 1


def test_check_escalation_reads_hooks_and_heartbeats_as_an_agent_does(tmp_path):
    path = tmp_path / "escalation.yml"
    (tmp_path / "alertmanager.yml").write_text(ROUTES.replace("HOOK", "http://127.0.0.1:1"))

    def check(heartbeat, user="nobody"):
        path.write_text(ESCALATION.replace("COMMAND", "/opt/none").replace("user: nobody", f"user: {user}") +
                        f"heartbeats:\n- {{name: watcher, {heartbeat}}}\n")
        return subprocess.run([str(stack.BEKCI), "check", "escalation", str(path)], capture_output=True, text=True, timeout=60)

    good = check("url: 'http://127.0.0.1:1/', interval: 1m")
    assert good.returncode == 0 and "1 hook, 1 heartbeat" in good.stdout and "no user" not in good.stdout, good
    stranger = check("url: 'http://127.0.0.1:1/', interval: 1m", "no-such-user")
    assert stranger.returncode == 0 and f'{path}:11: hook "rollback": this host has no user "no-such-user"' in stranger.stdout, stranger
    for mistake in ("url: 'http://127.0.0.1:1/', interval: 1s", "url: 'http://127.0.0.1:1/', intervall: 1m"):
        bad = check(mistake)
        assert bad.returncode == 1 and f"{path}:" in bad.stderr, bad
