"""Messages beside the real ones: templates as `amtool template render` expands them, text and HTML; and what a running
prometheus-alertmanager sends to a webhook, Slack, PagerDuty, Opsgenie, VictorOps, Telegram, Discord and Webex, by
default and with template files of its own, against what the library makes of the same notification."""

import datetime
import http.server
import json
import random
import re
import subprocess
import threading

import pytest
import yaml

import stack

pytestmark = pytest.mark.skipif(not stack.have("prometheus-alertmanager", "amtool"), reason="no alertmanager here")

TESTDATA = stack.SOURCE / "agent/notify/message/testdata"

# Every place where mail puts a value, in one page.
FRAMES = """<p>[{V}]</p><title>[{V}]</title><textarea>{V}</textarea><a href="{V}" title="{V}">x</a>
<a href='{V}' title='{V}'>
<a href=/{V} title=x{V} >y</a><a href="/a?b={V}&c={V}#{V}"><img src="{V}" alt={V}x><a href="http://h/{V}/{V}">
<p style='x:url("{V}")'><p style="x:url({V}) url(http://h/{V}?{V})"><p style="f:'{V}'">
<style>a{c:"{V}" /* {V} */;d:url('{V}')} // {V}
</style><!-- {V} --><i data-src="{V}" data-x="{V}" xlink:href="{V}"><td bgcolor="{V}">1 < 2 {V}<br/>"""
# Go 1.20.4 and later allow no < and > here; Debian's amtool is older and does.
CSS_VALUES = '<p style="color:{V};width:{V}px"><style>a{b:{V}}</style>'
NASTY = ["", "a", "x&y+z\"'<>` =", "javascript:alert(1)", "JAVASCRIPT:x", "http://e/?q=a b&c=(d)#f", "mailto:a@b",
         "50%2Ax%zz%", "</title></textarea></style></a>-->", "expression(1)", "\\65xpression", "-moz-binding", "red",
         "#ff0000", "1.5", "a--b", "é ğ \u2028 \U0001f525", "\t\n\r\f", "{{ . }}", "&amp;&lt;&#39;", "a\\b\\", "/* */",
         "//x", "a:b", "./a:b", "?a:b", "'", '"']


def amtool_text(tmp_path, template, data, html=False):
    """What amtool makes of a template: (text, None) or (None, message)."""
    (tmp_path / "none.tmpl").write_text('{{ define "nothing" }}{{ end }}')
    (tmp_path / "data.json").write_text(json.dumps(data))
    run = subprocess.run(["amtool", "template", "render", f"--template.glob={tmp_path}/none.tmpl",
                          f"--template.data={tmp_path}/data.json", f"--template.type={'html' if html else 'text'}",
                          f"--template.text={template}"], capture_output=True, timeout=30)
    if run.returncode == 0:
        return run.stdout.decode("utf-8", "surrogateescape"), None
    return None, run.stderr.decode().strip()


def ours(questions):
    answer = subprocess.run([stack.BUILD / "notify_message"], input="".join(json.dumps(q) + "\n" for q in questions),
                            capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_templates_expand_as_amtool_expands_them(tmp_path):
    data = json.loads((TESTDATA / "data.json").read_text())
    rows = [json.loads(line) for line in (TESTDATA / "template_cases.jsonl").read_text().splitlines()]
    rows = [row for row in rows if not row.get("own")]
    mine = ours([{"data": data, "text": row["template"], "html": row.get("html", False)} for row in rows])
    differences = []
    for row, answer in zip(rows, mine):
        text, error = amtool_text(tmp_path, row["template"], data, row.get("html", False))
        if text != answer.get("text") or (error is None) != ("text" in answer):
            differences.append((row["template"], text, error, answer))
    assert len(rows) > 100 and not differences, differences


def test_html_escapes_as_amtool_escapes_it(tmp_path):
    dice = random.Random(6)
    alphabet = "ab&<>\"'`= \t\n/\\:;(){}#?%+-*.,!é\u2028"
    values = NASTY + ["".join(dice.choice(alphabet) for _ in range(dice.randrange(1, 25))) for _ in range(60)]
    base = json.loads((TESTDATA / "data.json").read_text())
    questions = []
    for value in values:
        if value:  # an empty value without quotes became a mark only with Go 1.20.4, too
            frames = FRAMES + (CSS_VALUES if not set("<>") & set(value) else "")
            questions.append({"data": {**base, "groupLabels": {"v": value}}, "html": True,
                              "text": frames.replace("{V}", "{{ .GroupLabels.v }}")})
    for question, answer in zip(questions, ours(questions)):
        template, data = question["text"], question["data"]
        text, error = amtool_text(tmp_path, template, data, html=True)
        assert error is None and answer == {"text": text}, (data["groupLabels"], error)


class Sink:
    """Keeps what is posted, by the first part of the path, and says yes in the words that each medium expects."""

    def __init__(self):
        sink = self
        self.bodies = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                sink.bodies.setdefault(re.split("[/?]", self.path)[1], []).append(body)
                answer = b'{"ok":true,"result":{"message_id":1,"chat":{"id":42}},"status":"success"}'
                self.send_response(202 if self.path.startswith("/pagerduty") else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


TEMPLATE_FILE = """{{ define "__subject" }}own {{ .Status | toUpper }} {{ .GroupLabels.SortedPairs.Values | join "+" }}{{ end }}
{{ define "own.list" }}{{ range .Alerts }}{{ .Labels.instance }}: {{ .Annotations.summary | title }} ({{ .StartsAt.Unix }})
{{ end }}{{ end }}
{{ define "slack.default.text" }}{{ template "own.list" . }}{{ reReplaceAll "(?i)host" "h" .CommonLabels.alertname }}{{ end }}
{{ define "slack.default.footer" }}{{ end }}"""


def configuration(sink, templates):
    url = sink.url
    token = {"authorization": {"credentials": "x"}}
    receiver = {
        "name": "team.ops",
        "webhook_configs": [{"url": f"{url}/webhook"}, {"url": f"{url}/one", "max_alerts": 1}],
        "slack_configs": [{"api_url": f"{url}/slack", "channel": "#{{ .CommonLabels.severity }}", "send_resolved": True}],
        "pagerduty_configs": [{"routing_key": "k", "url": f"{url}/pagerduty"}],
        "opsgenie_configs": [{"api_key": "k", "api_url": f"{url}/opsgenie/"}],
        "victorops_configs": [{"api_key": "k", "routing_key": "t", "api_url": f"{url}/victorops/"}],
        "telegram_configs": [{"bot_token": "t", "chat_id": 42, "api_url": f"{url}/telegram", "parse_mode": "HTML"}],
        "discord_configs": [{"webhook_url": f"{url}/discord"}],
        "webex_configs": [{"room_id": "r", "api_url": f"{url}/webex", "http_config": token}],
    }
    return yaml.safe_dump({"route": {"receiver": "team.ops", "group_by": ["alertname", "cluster"], "group_wait": "1s",
                                     "group_interval": "2s", "repeat_interval": "1h"},
                           "receivers": [receiver], "templates": [str(t) for t in templates]})


# What the fields of each medium are made of.
FIELDS = {
    "slack": lambda b: {"#{{ .CommonLabels.severity }}": b["channel"],
                        **{f'{{{{ template "slack.default.{name}" . }}}}': b["attachments"][0][key] for name, key in
                           [("title", "title"), ("titlelink", "title_link"), ("text", "text"), ("fallback", "fallback")]}},
    "pagerduty": lambda b: {'{{ template "pagerduty.default.description" . }}': b["payload"]["summary"],
                            '{{ template "pagerduty.default.client" . }}': b["client"],
                            '{{ template "pagerduty.default.instances" .Alerts.Firing }}':
                                b["payload"]["custom_details"]["firing"],
                            '{{ template "pagerduty.default.instances" .Alerts.Resolved }}':
                                b["payload"]["custom_details"]["resolved"]},
    "opsgenie": lambda b: {f'{{{{ template "opsgenie.default.{k}" . }}}}': b[k] for k in ("message", "description", "source")
                           if k in b and "alias" in b},
    "victorops": lambda b: {f'{{{{ template "victorops.default.{k}" . }}}}': b[k]
                            for k in ("state_message", "entity_display_name", "monitoring_tool")},
    "telegram": lambda b: {'{{ template "telegram.default.message" . }}': b["text"]},
    "discord": lambda b: {'{{ template "discord.default.title" . }}': b["embeds"][0]["title"],
                          '{{ template "discord.default.message" . }}': b["embeds"][0]["description"]},
    "webex": lambda b: {'{{ template "webex.default.message" . }}': b["markdown"]},
}


def alert(instance, summary, ends=None, **labels):
    start = "2026-01-02T03:04:05.678Z"
    return {"labels": {"alertname": "HostDown", "cluster": "eu", "severity": "high", "instance": instance, **labels},
            "annotations": {"summary": summary, "description": "é <b>&\u2028 \"q\""}, "startsAt": start,
            "generatorURL": "http://prom/graph?g0.expr=up+%3D%3D+0&g0.tab=1", **({"endsAt": ends} if ends else {})}


def same_payload(captured):
    """Ours without what 0.34 added to 0.25; theirs with milliseconds."""
    return re.sub(r"(\.\d{3})\d+Z", r"\1Z", captured)


def payload_of(answer):
    return answer["text"].replace(',"notification_reason":"unknown"', "").replace(',"routeLabels":{}', "")


@pytest.mark.parametrize("own", [False, True], ids=["default templates", "a template file"])
def test_a_running_alertmanager_says_the_same(tmp_path, own):
    sink = Sink()
    port = stack.free_port()
    files = [tmp_path / "own.tmpl"] if own else []
    for file in files:
        file.write_text(TEMPLATE_FILE)
    (tmp_path / "am.yml").write_text(configuration(sink, files))
    api = f"http://127.0.0.1:{port}"

    def post(alerts):
        answer = stack.http(f"{api}/api/v2/alerts", method="POST", headers={"Content-Type": "application/json"},
                            data=json.dumps(alerts).encode())
        assert answer.status == 200

    def up():
        try:
            return stack.http(f"{api}/-/ready").status == 200
        except OSError:
            return False

    def told(count):
        return all(len(sink.bodies.get(medium, [])) >= count for medium in ["webhook", "one", *FIELDS])

    with stack.Process(["prometheus-alertmanager", f"--config.file={tmp_path}/am.yml",
                        f"--storage.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}",
                        "--cluster.listen-address=", "--web.external-url=http://am.test:9093"], tmp_path, "alertmanager"):
        stack.wait_until(up, 20, "alertmanager is up")
        post([alert("web-2", "web-2 is down", job="node"), alert("web-1", "web-1 <is> down", job="node"), alert("web-3", "no job")])
        stack.wait_until(lambda: told(1), 30, "the first notification")
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        post([alert(i, s, ends=now, **l) for i, s, l in [("web-2", "web-2 is down", {"job": "node"}),
                                                         ("web-1", "web-1 <is> down", {"job": "node"}), ("web-3", "no job", {})]])
        stack.wait_until(lambda: told(2), 30, "all resolved")
    sink.close()

    questions, expected = [], []
    for i in (0, -1):
        data = json.loads(sink.bodies["webhook"][i])
        questions += [{"data": data, "payload": True}, {"data": data, "payload": True, "max_alerts": 1}]
        expected += [same_payload(sink.bodies["webhook"][i]), same_payload(sink.bodies["one"][i])]
        for medium, fields in FIELDS.items():
            for template, text in fields(json.loads(sink.bodies[medium][i])).items():
                questions.append({"data": data, "text": template, "files": [str(f) for f in files],
                                  "html": medium == "telegram"})  # its parse_mode is HTML
                expected.append(text)
    answers = ours(questions)
    for question, answer, text in zip(questions, answers, expected):
        got = payload_of(answer) if question.get("payload") else answer.get("text")
        assert got == text, (question.get("text", "payload"), answer)
    assert len(expected) > 35
    statuses = [json.loads(body)["status"] for body in (sink.bodies["webhook"][0], sink.bodies["webhook"][-1])]
    assert statuses == ["firing", "resolved"]
