"""alertmanager.yml beside Debian's amtool (0.25): the same verdict on some thousand files, the same answers of routes,
and what bekci prints of a configuration loads there again. What is newer than 0.25 is not asked here."""

import itertools
import json
import pathlib
import random
import re
import shutil
import subprocess

import pytest
import stack
import yaml

AMTOOL = shutil.which("amtool")
needs_amtool = pytest.mark.skipif(AMTOOL is None, reason="amtool is not installed")
SHARED = stack.SOURCE.parent / "shared" / "alertmanager-configs"

# A configuration of each kind with what it needs, and further keys that it knows.
KINDS = {
    "webhook": ({"url": "http://x/y"}, ["max_alerts"]),
    "email": ({"to": "a@b", "from": "c", "smarthost": "h:25"},
              ["hello", "auth_username", "auth_password", "auth_secret", "auth_identity", "headers", "html", "text", "require_tls",
               "tls_config"]),
    "slack": ({"api_url": "http://x"},
              ["api_url_file", "channel", "username", "color", "title", "title_link", "pretext", "text", "fields", "short_fields",
               "footer", "fallback", "callback_id", "icon_emoji", "icon_url", "image_url", "thumb_url", "link_names", "mrkdwn_in",
               "actions"]),
    "pagerduty": ({"routing_key": "x"},
                  ["service_key", "url", "client", "client_url", "description", "images", "links", "severity", "class",
                   "component", "group"]),
    "opsgenie": ({"api_key": "x", "api_url": "http://x"},
                 ["api_key_file", "message", "description", "source", "details", "entity", "responders", "actions", "tags", "note",
                  "priority", "update_alerts"]),
    "victorops": ({"api_key": "x", "routing_key": "r"},
                  ["api_key_file", "api_url", "message_type", "state_message", "entity_display_name", "monitoring_tool",
                   "custom_fields"]),
    "pushover": ({"user_key": "u", "token": "t"},
                 ["title", "message", "url", "url_title", "sound", "priority", "retry", "expire", "html"]),
    "telegram": ({"bot_token": "x", "chat_id": 5}, ["api_url", "message", "disable_notifications", "parse_mode"]),
    "discord": ({"webhook_url": "http://x"}, ["title", "message"]),
    "webex": ({"room_id": "x", "http_config": {"authorization": {"credentials": "x"}}}, ["api_url", "message"]),
    "wechat": ({"api_secret": "x", "corp_id": "c"},
               ["message", "api_url", "to_user", "to_party", "to_tag", "agent_id", "message_type"]),
    "sns": ({"topic_arn": "x"}, ["api_url", "sigv4", "phone_number", "target_arn", "subject", "message", "attributes"]),
}
GLOBAL = ["resolve_timeout", "http_config", "smtp_from", "smtp_hello", "smtp_smarthost", "smtp_auth_username", "smtp_auth_password",
          "smtp_auth_password_file", "smtp_auth_secret", "smtp_auth_identity", "smtp_require_tls", "slack_api_url",
          "slack_api_url_file", "pagerduty_url", "opsgenie_api_url", "opsgenie_api_key", "opsgenie_api_key_file",
          "wechat_api_url", "wechat_api_secret", "wechat_api_corp_id", "victorops_api_url", "victorops_api_key",
          "victorops_api_key_file", "telegram_api_url", "webex_api_url"]
ROUTE = ["receiver", "group_by", "match", "match_re", "matchers", "mute_time_intervals", "active_time_intervals", "continue",
         "group_wait", "group_interval", "repeat_interval", "routes"]
INHIBIT = ["source_match", "source_match_re", "source_matchers", "target_match", "target_match_re", "target_matchers", "equal"]
TIMES = ["times", "weekdays", "days_of_month", "months", "years", "location"]

# What each key is given, in YAML: of every type, good and bad.
VALUES = ["", "~", "''", "x", "true", "yes", "N", "5", "-5", "'5'", "0", "1.5", "[]", "{}", "[x]", "[1, y]", "[[x]]", "[{}]", "{a: b}",
          "{a: 1, b: ~}", "{a: [b]}", "{bad-name: x}", "http://h/p", "ftp://h/p", "'http:///p'", "'<secret>'", "h:25", "'h:'", "'[::1]:25'",
          "30s", "0s", "1d", "1h30m", "30m1h", "1.5h", "2w", "500ms", "HTML", "MARKDOWN", "text", "'a=b'", "['a=b', 'c=~\"d|e\"']",
          "['a=~(']", "['...']", "['...', a]", "[a, a]", "[a, b]", "[{title: a, value: b}]", "[{title: a}]",
          "[{type: a, text: b, url: c}]", "[{type: a, text: b}]", "[{type: team, name: x}]", "[{type: x, name: x}]",
          "[{src: a}]", "[{href: a, text: b}]", "{subject: a}", "{subject: a, Subject: b}", "{entity_state: x}", "{a: '('}",
          "{access_key: x}", "{region: x, access_key: x, secret_key: y}", "{insecure_skip_verify: true}", "{ca_file: x}",
          "{proxy_url: 'http://p:1'}", "{bearer_token: x}", "{basic_auth: {username: x}}", "{follow_redirects: no}",
          "{basic_auth: {username: x}, bearer_token: y}", "{oauth2: {client_id: x, client_secret: y, token_url: 'http://x'}}",
          "[{start_time: '09:00', end_time: '17:00'}]", "[{start_time: 9:00, end_time: 17:00}]", "['1:5', '-3:-1']",
          "[monday, 'tuesday:friday']", "['Saturday:sunday']", "[mon]", "['january:3', May]", "['2020:2022']", "['5:3']", "['-1:1']",
          "['28:-1']", "['1:32']", "['a:b:c']", "Europe/Istanbul", "Europe/Nowhere", "UTC"]



def is_newer(what):
    """Whether 0.34 takes what 0.25 refuses: names of labels that are not classic; or whether it is a number that cannot be
    meant (1.5 alerts), which Alertmanager cuts off."""
    part, key, value = what
    names_labels = key in ("group_by", "equal") and value.startswith("[")
    return names_labels or value == "1.5" or (part == "webhook" and key == "url" and value == "'<secret>'")


def bekci(*words):
    return subprocess.run([stack.BEKCI, *map(str, words)], capture_output=True, text=True, timeout=300, check=False)


def amtool(*words):
    return subprocess.run([AMTOOL, *map(str, words)], capture_output=True, text=True, timeout=300, check=False)


def their_verdicts(paths):
    """Of each path the error of amtool, or an empty text."""
    verdicts = {}
    for some in itertools.batched(paths, 200) if hasattr(itertools, "batched") else [paths[i:i + 200] for i in range(0, len(paths), 200)]:
        said = amtool("check-config", *some)
        for block in said.stdout.split("Checking '")[1:]:
            path, _, rest = block.partition("'")
            verdicts[path] = "" if rest.lstrip().startswith("SUCCESS") else rest.strip().removeprefix("FAILED: ") or "failed"
    return verdicts


def our_verdicts(paths):
    verdicts = {str(path): "" for path in paths}
    for i in range(0, len(paths), 200):
        said = bekci("check", "alertmanager", *paths[i:i + 200])
        for line in said.stderr.splitlines():
            path = re.match(r"bekci: (.*?\.yml)(:|$)", line)
            assert path is not None, line
            verdicts[path[1]] += line + "\n"
    return verdicts


def route(text, rest=""):
    return f"route: {{receiver: r{text}}}\nreceivers: [{{name: r}}, {{name: s}}]\n{rest}"


def type_files():
    """Every key with every value: (what it is, the text)."""
    for kind, (needs, keys) in KINDS.items():
        for key in ["send_resolved"] + ["http_config"] * (kind != "email") + list(needs) + keys:
            for value in VALUES:
                rest = {k: v for k, v in needs.items() if k != key}
                text = ", ".join([f"{k}: {json.dumps(v)}" for k, v in rest.items()] + [f"{key}: {value}"])
                yield (kind, key, value), f"route: {{receiver: r}}\nreceivers:\n- name: r\n  {kind}_configs: [{{{text}}}]\n"
    for key in GLOBAL:
        for value in VALUES:
            yield ("global", key, value), f"global: {{{key}: {value}}}\n" + route("")
    for key in ROUTE:
        for value in VALUES:
            yield ("route", key, value), route(f", routes: [{{{key}: {value}}}]")
            yield ("root", key, value), ("route: {" + ("" if key == "receiver" else "receiver: r, ") +
                                         f"{key}: {value}}}\nreceivers: [{{name: r}}, {{name: x}}]\n")
    for key in INHIBIT:
        for value in VALUES:
            yield ("inhibit", key, value), route("", f"inhibit_rules: [{{{key}: {value}}}]\n")
    for key in TIMES:
        for value in VALUES:
            yield ("times", key, value), route("", f"time_intervals: [{{name: x, time_intervals: [{{{key}: {value}}}]}}]\n")
    for key in ["global", "templates", "inhibit_rules", "time_intervals", "mute_time_intervals"]:
        for value in VALUES:
            yield ("top", key, value), route("", f"{key}: {value}\n")
    for value in VALUES:
        yield ("top", "receivers", value), f"route: {{receiver: r}}\nreceivers: {value}\n"
        yield ("top", "route", value), f"route: {value}\nreceivers: [{{name: r}}, {{name: x}}]\n"
        yield ("receiver", "name", value), f"route: {{receiver: x}}\nreceivers: [{{name: x}}, {{name: {value}}}]\n"
        yield ("receiver", "webhook_configs", value), f"route: {{receiver: x}}\nreceivers: [{{name: x, webhook_configs: {value}}}]\n"


def write_all(directory, texts):
    paths = []
    for i, text in enumerate(texts):
        path = directory / f"{i}.yml"
        path.write_text(text)
        paths.append(path)
    return paths


@needs_amtool
def test_every_key_with_every_value_has_the_verdict_of_amtool(tmp_path):
    files = [(what, text) for what, text in type_files() if not is_newer(what)]
    paths = write_all(tmp_path, [text for _, text in files])
    theirs, ours = their_verdicts(paths), our_verdicts(paths)
    assert len(theirs) == len(paths) > 15000
    differ = [f"{what}: amtool says {theirs[str(path)] or 'good'}, bekci {ours[str(path)] or 'good'}"
              for (what, _), path in zip(files, paths) if (theirs[str(path)] == "") != (ours[str(path)] == "")]
    assert not differ, f"{len(differ)} differ:\n" + "\n".join(differ[:20])
    assert sum(1 for verdict in theirs.values() if verdict == "") > 2000


def dice_value(dice):
    return dice.choice(["x", "x", "y", "y", "z", "x.*", "[xy]", "x|y", "", "a b", "é", "$x", "1"])


def dice_matcher(dice):
    name, op = dice.choice("abcd"), dice.choice(["=", "!=", "=~", "!~"])
    value = dice_value(dice)
    value = dice.choice([f'"{value}"', f'"{value}"', value])
    return f"{name}{dice.choice(['', ' '])}{op}{dice.choice(['', ' '])}{value}"


def dice_route(dice, depth, receivers):
    route = {}
    if dice.random() < 0.7:
        route["receiver"] = dice.choice(receivers)
    if dice.random() < 0.7:
        route["matchers"] = [", ".join(dice_matcher(dice) for _ in range(dice.choice([1, 1, 1, 2])))] * dice.choice([1, 1, 2])
    if dice.random() < 0.1:
        route["match"] = {dice.choice("abcd"): dice_value(dice)}
    if dice.random() < 0.1:
        route["match_re"] = {dice.choice("abcd"): dice_value(dice)}
    if dice.random() < 0.4:
        route["continue"] = dice.random() < 0.7
    if dice.random() < 0.3:
        route["group_by"] = dice.choice([["a"], ["..."], ["c", "b"]])
    if dice.random() < 0.2:
        route["group_interval"] = dice.choice(["1m", "90s", "1h30m", "2d"])
    if depth < 4 and dice.random() < 0.7:
        route["routes"] = [dice_route(dice, depth + 1, receivers) for _ in range(dice.randint(1, 4))]
    return route


def dice_tree(dice):
    receivers = [f"r{i}" for i in range(8)]
    root = dice_route(dice, 0, receivers)
    for key in ("matchers", "match", "match_re", "continue"):
        root.pop(key, None)
    root["receiver"] = "r0"
    root["routes"] = root.get("routes", []) + [dice_route(dice, 1, receivers) for _ in range(3)]
    return {"route": root, "receivers": [{"name": name} for name in receivers]}


@needs_amtool
def test_routes_of_trees_made_by_dice_are_answered_as_amtool_answers(tmp_path):
    dice = random.Random(6)
    path = tmp_path / "am.yml"
    answers = set()
    for _ in range(40):
        path.write_text(yaml.safe_dump(dice_tree(dice), allow_unicode=True))
        shown = bekci("config", "routes", "show", f"--config.file={path}")
        assert shown.returncode == 0, shown.stderr + path.read_text()
        assert shown.stdout == amtool("config", "routes", "show", f"--config.file={path}").stdout, path.read_text()
        for _ in range(6):
            labels = [f'{name}="{dice_value(dice)}"' for name in "abcd" if dice.random() < 0.6] or ["z=1"]
            words = ["config", "routes", "test", f"--config.file={path}", "--tree", *labels]
            ours, theirs = bekci(*words), amtool(*words)
            assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout), path.read_text() + str(labels)
            answers.add(ours.stdout.splitlines()[-1])
    assert len(answers) > 20


@needs_amtool
def test_what_is_printed_of_a_configuration_loads_in_amtool_and_routes_alike(tmp_path):
    dice = random.Random(7)
    texts = [yaml.safe_dump(dice_tree(dice), allow_unicode=True) for _ in range(20)]
    texts += [text for what, text in type_files() if not is_newer(what)]
    paths = write_all(tmp_path, texts)
    verdicts = their_verdicts(paths)
    good = [path for path in paths if verdicts[str(path)] == ""]
    good = good[:20] + dice.sample(good, 300)
    printed = tmp_path / "printed"
    printed.mkdir()
    for path in good:
        shown = bekci("check", "alertmanager", "--show", path)
        assert shown.returncode == 0, shown.stderr
        (printed / path.name).write_text(shown.stdout)
    for path, verdict in their_verdicts(sorted(printed.iterdir())).items():
        name = pathlib.Path(path).name
        assert verdict == "", f"{verdict}\n{(tmp_path / name).read_text()}\nis printed as\n{pathlib.Path(path).read_text()}"
    for path in good[:20]:
        tree = [amtool("config", "routes", "show", f"--config.file={p}").stdout for p in (path, printed / path.name)]
        assert tree[0] == tree[1]


@needs_amtool
def test_the_routes_command_has_amtools_answers_and_exit_codes_of_its_own(tmp_path):
    path = tmp_path / "am.yml"
    path.write_text(route(", routes: [{matchers: ['a=\"x\"'], receiver: s}]"))
    where = f"--config.file={path}"
    for expected, words in [(0, ["--verify.receivers=s", "a=x"]), (1, ["--verify.receivers=r", "a=x"]), (0, ["a=y"]), (0, []),
                            (0, ["a=y", "a=x"])]:
        ours, theirs = bekci("config", "routes", "test", where, *words), amtool("config", "routes", "test", where, *words)
        assert (ours.returncode, ours.stdout) == (expected, theirs.stdout), words
        assert theirs.returncode == expected
    for words in (["a"], ["a!=x"], ["a=~x"]):
        ours, theirs = bekci("config", "routes", "test", where, *words), amtool("config", "routes", "test", where, *words)
        assert (ours.returncode, ours.stdout, theirs.returncode) == (2, theirs.stdout, 1), words
        assert "Failed to parse labels" in ours.stderr
    assert bekci("config", "routes", "shwo", where).returncode == 2
    assert bekci("config", "routes", "--config.file=/nonexistent").returncode == 2


def test_all_mistakes_are_told_with_their_lines_and_no_secret(tmp_path):
    path = tmp_path / "am.yml"
    path.write_text("global: {slack_api_url: 's3cret'}\nroute:\n  receiver: r\n  group_bye: [a]\nreceivers:\n- name: s\n"
                    "  slack_configs: [{api_url: 'ftp://s3cret'}]\n")
    said = bekci("check", "alertmanager", path)
    assert said.returncode == 1
    assert [line.split(f"bekci: {path}:")[1].split(":")[0] for line in said.stderr.splitlines()] == ["1", "3", "4", "7"]
    assert "s3cret" not in said.stderr + said.stdout
    path.write_text("route: {receiver: r}\nreceivers: [{name: r, webhook_configs: [{url_file: nowhere}]}]\n")
    said = bekci("check", "alertmanager", path)
    assert said.returncode == 0
    assert f"warning: {path}:2: url_file: {tmp_path}/nowhere: No such file or directory" in said.stdout
    assert "good, 1 route, 1 receiver, 0 inhibit rules" in said.stdout


def test_the_corpus_has_the_verdicts_of_the_newest_alertmanager():
    index = SHARED / "index.tsv"
    if not index.exists():
        return
    rows = [line.split("\t") for line in index.read_text().splitlines()[1:]]
    ours = our_verdicts([SHARED / row[0] for row in rows])
    wrong = [row[0] for row in rows if (ours[str(SHARED / row[0])] == "") != (row[2] == "valid")]
    assert not wrong
