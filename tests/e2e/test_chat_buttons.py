"""Somebody acknowledges by a button in Slack or Telegram: alert, message with a button, press, acknowledged by the presser,
the next level hears nothing. Servers on loopback play Slack and the Bot API; nothing is replaced inside bekci."""

import contextlib
import json
import time

import stack
from servers import chats
from servers.alertmanager import WebhookServer

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
CREDENTIALS = "of-another-server"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ESCALATION = """
policies:
- name: critical
  levels:
  - {name: L1, title: team, after: 0s, receivers: [team]}
  - {name: L2, title: cross-team, after: 6s, receivers: [others]}
escalations:
- {matchers: ['severity="critical"'], policy: critical, immediate: true}
"""
CONFIG = "collectors: {}\nnotify: {config_file: alertmanager.yml, escalation_file: escalation.yml}\n"


def routes(team, others):
    return f"""
route: {{receiver: others, group_by: [alertname], group_wait: 10m}}
receivers:
- name: team
{team}
- name: others
  webhook_configs: [{{url: '{others.url}/others'}}]
"""


def telegram(bot_api):
    return f"  telegram_configs: [{{api_url: '{bot_api.url}', bot_token: '{TOKEN}', chat_id: -1001}}]"


def slack_with(slack):
    return (f"  slack_configs:\n  - api_url: '{slack.url}/webhook'\n    channel: '#ops'\n"
            f"    http_config: {{authorization: {{credentials: '{CREDENTIALS}'}}, proxy_url: '{slack.url}', no_proxy: '127.0.0.1', tls_config: {{ca_file: '{slack.authority}'}}}}")


def write(directory, alertmanager, escalation):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "alertmanager.yml").write_text(alertmanager)
    (directory / "escalation.yml").write_text(escalation)


def fire(bekci, name="Down"):
    alert = {"labels": {"alertname": name, "severity": "critical"}, "startsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    assert stack.http(bekci.base + "/api/v2/alerts", method="POST", headers={"Content-Type": "application/json"},
                      data=json.dumps([alert]).encode()).status == 200


def escalation_of(bekci, name="Down"):
    return json.loads(bekci.get(f"/api/v1/escalations?alert={name}").text)["data"][0]


def refused(bekci, via, reason):
    return bekci.metrics().get(rf'bekci_notify_refused_total\{{(via="{via}",reason="{reason}"|reason="{reason}",via="{via}")\}}', 0)


def test_a_button_in_telegram_acknowledges_as_whoever_pressed_it_and_only_once(tmp_path):
    with contextlib.ExitStack() as cleanup:
        bot, others = cleanup.enter_context(chats.BotApi(TOKEN)), cleanup.enter_context(WebhookServer())
        directory = tmp_path / "bekci"
        write(directory, routes(telegram(bot), others), ESCALATION + "telegram: {buttons: true, users: ['7']}\n")
        with stack.Bekci(directory, config=CONFIG) as bekci:
            bot.fails = 1  # the first poll fails and is tried again
            fire(bekci)
            message = stack.wait_until(lambda: bot.messages, 20, "the message")[0]
            assert "callback_data" in json.dumps(message["reply_markup"]), message
            bot.press(500, message, -1001, {"id": 666, "username": "eve"})
            stack.wait_until(lambda: bot.bodies("answerCallbackQuery"), 10, "eve hears that she may not")
            bot.press(501, message, -1001, {"id": 7, "username": "ana"})
            stack.wait_until(lambda: escalation_of(bekci)["state"] == "acked", 10, "ana's press counts")
            ack = escalation_of(bekci)["acknowledgement"]
            assert (ack["by"], ack["via"]) == ("ana", "telegram"), ack
            edit = stack.wait_until(lambda: bot.bodies("editMessageText"), 10, "the message says who has it")[0]
            assert "Acknowledged by ana" in edit["text"] and "reply_markup" not in edit, edit
            assert [one["show_alert"] for one in bot.bodies("answerCallbackQuery")] == [True, False]
            assert refused(bekci, "telegram", "stranger") == 1
            stack.wait_until(lambda: bot.bodies("getUpdates")[-1]["offset"] == 502, 10, "the next poll goes on behind it")
            time.sleep(6)
            assert others.deliveries() == [], "the second level was to hear nothing"
            assert TOKEN not in bekci.log()

            # Taken back; then the host dies, and Telegram, as if it had not heard of the offset, tells the press again.
            data = json.dumps({"by": "ana"}).encode()
            url = f"{bekci.base}/api/v1/escalations/{escalation_of(bekci)['id']}/unack"
            assert stack.http(url, method="POST", data=data, headers={"Content-Type": "application/json"}).status == 200
            quiet, bekci.quiet_state = bekci.quiet_state, None
            bekci.stop(sig=9)
        bot.asked.clear()
        with stack.Bekci(directory, config=CONFIG, state=quiet.path) as bekci:
            polls = stack.wait_until(lambda: bot.bodies("getUpdates"), 20, "the first poll")
            assert polls[0]["offset"] == 502, polls
            stack.wait_until(lambda: bot.polls_under_way > 0, 10, "a poll waits")
            with bot.changed:
                bot.updates.append({"update_id": 502, "callback_query": {
                    "id": "query-501", "from": {"id": 7, "username": "ana"},
                    "data": "ack:" + escalation_of(bekci)["id"], "message": {"message_id": 1, "chat": {"id": -1001}}}})
            stack.wait_until(lambda: refused(bekci, "telegram", "replayed") == 1, 10, "the press is known")
            assert escalation_of(bekci)["state"] == "active"
            stack.wait_until(lambda: bot.polls_under_way > 0, 10, "a poll waits again")
            begin = time.monotonic()
            bekci.stop()
            assert time.monotonic() - begin < 5 or stack.SANITIZED, "a stop does not wait for a poll"


def test_a_group_that_became_a_supergroup_may_press_as_before(tmp_path):
    with contextlib.ExitStack() as cleanup:
        bot, others = cleanup.enter_context(chats.BotApi(TOKEN)), cleanup.enter_context(WebhookServer())
        bot.moved = {"-1001": -100777}
        directory = tmp_path / "bekci"
        write(directory, routes(telegram(bot), others), ESCALATION + "telegram: {buttons: true}\n")
        with stack.Bekci(directory, config=CONFIG) as bekci:
            fire(bekci)
            message = stack.wait_until(lambda: bot.messages, 20, "the message")[0]
            assert message["chat_id"] == "-100777", message
            bot.press(500, message, -100777, {"id": 7, "username": "ana"})
            stack.wait_until(lambda: escalation_of(bekci)["state"] == "acked", 10, "ana's press counts")
            assert refused(bekci, "telegram", "stranger") == 0
            assert "-100777" in bekci.log(), "the log names the number to configure"


def test_a_button_in_slack_acknowledges_and_forged_or_old_presses_do_not(tmp_path):
    with contextlib.ExitStack() as cleanup:
        slack, others = cleanup.enter_context(chats.Slack(tmp_path / "slack", SECRET)), cleanup.enter_context(WebhookServer())
        directory = tmp_path / "bekci"
        write(directory, routes(slack_with(slack), others), ESCALATION + "slack: {signing_secret_file: slack.secret}\n")
        (directory / "slack.secret").write_text(SECRET + "\n")
        (directory / "slack.secret").chmod(0o600)
        with stack.Bekci(directory, config=CONFIG) as bekci:
            fire(bekci)
            message = stack.wait_until(slack.messages, 20, "the message")[0]
            blocks = [block for one in message["attachments"] for block in one.get("blocks", [])]
            button = blocks[0]["elements"][0]
            assert button["action_id"] == "ack" and button["value"] == escalation_of(bekci)["id"], blocks
            assert slack.press(bekci.base, button, "eve", secret="another").status == 401
            assert slack.press(bekci.base, button, "eve", change=lambda body: body + b"&x=1").status == 401
            assert slack.press(bekci.base, button, "eve", at=time.time() - 600).status == 401
            assert (refused(bekci, "slack", "forged"), refused(bekci, "slack", "expired")) == (2, 1)
            assert escalation_of(bekci)["state"] == "active"

            assert slack.press(bekci.base, button, "ana").status == 200
            assert escalation_of(bekci)["state"] == "acked"
            ack = escalation_of(bekci)["acknowledgement"]
            assert (ack["by"], ack["via"]) == ("ana", "slack"), ack
            assert slack.press(bekci.base, button, "bo").status == 200
            assert escalation_of(bekci)["acknowledgement"]["by"] == "ana"
            said = stack.wait_until(lambda: len(slack.answers) == 2 and slack.answers, 20, "Slack is told")
            assert {path for path, _ in said} == {"/actions/T1/1/secret-part"}
            assert said[0][1]["response_type"] == "in_channel" and "Acknowledged by ana" in said[0][1]["text"], said
            assert said[1][1]["response_type"] == "ephemeral" and "Already acknowledged by ana" in said[1][1]["text"], said
            assert any(CREDENTIALS in headers.get("Authorization", "") for _, _, headers in slack.asked), "the webhook gets them"
            assert not any(CREDENTIALS in head or "authorization" in head for head in slack.answer_heads), slack.answer_heads
            time.sleep(6)
            assert others.deliveries() == [], "the second level was to hear nothing"
            assert SECRET not in bekci.log() and "secret-part" not in bekci.log()


def test_without_a_way_back_messages_have_no_buttons_and_presses_are_refused(tmp_path):
    with contextlib.ExitStack() as cleanup:
        slack, bot = cleanup.enter_context(chats.Slack(tmp_path / "slack", SECRET)), cleanup.enter_context(chats.BotApi(TOKEN))
        others = cleanup.enter_context(WebhookServer())
        directory = tmp_path / "bekci"
        write(directory, routes(slack_with(slack) + "\n" + telegram(bot), others), ESCALATION)
        with stack.Bekci(directory, config=CONFIG) as bekci:
            fire(bekci)
            message = stack.wait_until(slack.messages, 20, "the message")[0]
            assert not any("blocks" in one for one in message["attachments"])
            assert "reply_markup" not in stack.wait_until(lambda: bot.messages, 20, "the other message")[0]
            button = {"action_id": "ack", "value": escalation_of(bekci)["id"]}
            assert slack.press(bekci.base, button, "eve").status == 401
            assert bot.bodies("getUpdates") == []
            assert escalation_of(bekci)["state"] == "active"
