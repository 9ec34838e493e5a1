"""`bekci why` says what keeps an alert from being told: a silence, an inhibition, a muted time; in the command line, the API
and the page alike."""

import datetime
import json

import stack

ROUTES = """
time_intervals: [{name: always, time_intervals: [{}]}]
route: {receiver: nobody, routes: [{matchers: ['alertname="Muted"'], receiver: nobody, mute_time_intervals: [always]}]}
inhibit_rules: [{source_matchers: ['alertname="Down"'], target_matchers: ['alertname="Slow"']}]
receivers: [{name: nobody}]
"""
RULES = "groups: [{name: g, rules: [%s]}]\n" % ", ".join(
    f"{{alert: {name}, expr: vector(1)}}" for name in ("Down", "Slow", "Muted", "Noisy"))
CONFIG = """
global: {evaluation_interval: 1s}
collectors: {host: {}}
rule_files: [rules.yml]
notify: {config_file: alertmanager.yml}
"""


def test_why_tells_of_silences_inhibition_and_muted_times(tmp_path):
    directory = tmp_path / "bekci"
    directory.mkdir()
    (directory / "alertmanager.yml").write_text(ROUTES)
    (directory / "rules.yml").write_text(RULES)
    with stack.Bekci(directory, config=CONFIG) as bekci:
        def sentences(alert):
            return "\n".join(json.loads(bekci.get(f"/api/v1/why?alert={alert}").text)["data"][0]["sentences"])

        stack.wait_until(lambda: "Inhibited by" in sentences("Slow"), 30, "the alerts are there")
        now = datetime.datetime.now(datetime.timezone.utc)
        silence = {"matchers": [{"name": "alertname", "value": "Noisy", "isRegex": False}], "createdBy": "ana", "comment": "deploy <b>",
                   "startsAt": now.isoformat(), "endsAt": (now + datetime.timedelta(hours=1)).isoformat()}
        answer = stack.http(bekci.base + "/api/v2/silences", method="POST", data=json.dumps(silence).encode(),
                            headers={"Content-Type": "application/json"})
        assert answer.status == 200, answer.text
        name = json.loads(answer.text)["silenceID"]
        for alert, words in (("Noisy", f"Silenced by {name} (deploy <b>, ana, until 2"), ("Slow", 'Inhibited by {alertname="Down"'),
                             ("Muted", "Muted by time interval always, towards receiver nobody, for more than a week.")):
            assert words in sentences(alert), sentences(alert)
            assert words in stack.output(stack.BEKCI, "why", f"--server={bekci.base}", alert)
            page = bekci.get(f"/why?alert={alert}").text
            assert words.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;") in page or words.replace("<", "&lt;").replace(">", "&gt;") in page
        assert "Silenced" not in sentences("Down") and "Muted" not in sentences("Down")
