"""Slack and Telegram as a bot sees them, on loopback: the Bot API (sendMessage, getUpdates that waits, answerCallbackQuery,
editMessageText), and Slack's side of a button: the webhook, signed presses, and hooks.slack.com behind a proxy."""

import hashlib
import hmac
import http.server
import json
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import stack


class Server:
    """Answers POSTs by `answer(path, body, headers)` and remembers them."""

    def __init__(self):
        self.lock = threading.Lock()
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with outer.lock:
                    outer.asked.append((self.path, body, dict(self.headers)))
                status, text = outer.answer(self.path, body, self.headers)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_CONNECT(self):
                outer.tunnel(self)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # who asks may go away in the middle of a poll

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self, end):
        with self.lock:
            return [json.loads(body) for path, body, _ in self.asked if path.endswith(end)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class BotApi(Server):
    """One bot. Updates are kept until a getUpdates confirms them by its offset, as Telegram does."""

    def __init__(self, token):
        self.token = token
        self.updates, self.messages = [], []
        self.changed = threading.Condition()
        self.fails = 0
        self.moved = {}  # chat ids that groups had, to those that they have as supergroups
        self.polls_under_way = 0
        super().__init__()

    def answer(self, path, body, _headers):
        document = json.loads(body)
        if not path.startswith(f"/bot{self.token}/"):
            return 401, json.dumps({"ok": False, "error_code": 401, "description": "Unauthorized"})
        method = path.rsplit("/", 1)[1]
        result = True
        if method == "sendMessage":
            if document["chat_id"] in self.moved:
                return 400, json.dumps({"ok": False, "error_code": 400, "description": "group chat was upgraded to a supergroup chat",
                                        "parameters": {"migrate_to_chat_id": self.moved[document["chat_id"]]}})
            self.messages.append(document)
            result = {"message_id": len(self.messages), "chat": {"id": int(document["chat_id"])}}
        elif method == "getUpdates":
            if self.fails > 0:
                self.fails -= 1
                return 502, "<html>bad gateway"
            result = self.poll(document)
        return 200, json.dumps({"ok": True, "result": result})

    def poll(self, document):
        end = time.monotonic() + document["timeout"]
        with self.changed:
            self.updates = [one for one in self.updates if one["update_id"] >= document.get("offset", 0)]
            self.polls_under_way += 1
            while not self.updates and time.monotonic() < end:
                self.changed.wait(0.2)
            self.polls_under_way -= 1
            return list(self.updates)

    def press(self, update_id, message, chat, user):
        button = json.loads(message["reply_markup"])["inline_keyboard"][0][0] if isinstance(message["reply_markup"], str) \
            else message["reply_markup"]["inline_keyboard"][0][0]
        with self.changed:
            self.updates.append({"update_id": update_id, "callback_query": {
                "id": f"query-{update_id}", "from": user, "data": button["callback_data"],
                "message": {"message_id": 1, "chat": {"id": chat}, "text": re.sub("<[^>]*>", "", message["text"]),
                            "entities": [{"type": "bold", "offset": 0, "length": 3}]}}})
            self.changed.notify_all()


class Slack(Server):
    """An incoming webhook, and a proxy behind which hooks.slack.com stands with a certificate of `authority`."""

    def __init__(self, directory, secret):
        directory.mkdir(parents=True, exist_ok=True)
        self.secret = secret
        self.authority = directory / "ca.pem"
        key, certificate, request = directory / "slack.key", directory / "slack.pem", directory / "slack.csr"
        names = directory / "names"
        names.write_text("subjectAltName=DNS:hooks.slack.com\n")
        openssl = ["openssl"]
        for command in (["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca", "-keyout",
                         directory / "ca.key", "-out", self.authority],
                        ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hooks.slack.com", "-keyout", key, "-out", request],
                        ["x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", directory / "ca.key", "-CAcreateserial",
                         "-days", "2", "-extfile", names, "-out", certificate]):
            subprocess.run(openssl + [str(word) for word in command], check=True, capture_output=True)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        self.answers = []  # what was posted to a response_url
        self.answer_heads = []  # with which fields
        super().__init__()

    def answer(self, _path, _body, _headers):
        return 200, "ok"

    def messages(self):
        return self.bodies("/webhook")

    def tunnel(self, handler):
        assert handler.path == "hooks.slack.com:443", handler.path
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        connection = self.tls.wrap_socket(handler.connection, server_side=True)
        text = b""
        while b"\r\n\r\n" not in text:
            text += connection.recv(65536)
        head, body = text.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
        while len(body) < length:
            body += connection.recv(65536)
        with self.lock:
            self.answer_heads.append(head.decode().lower())
            self.answers.append((head.split()[1].decode(), json.loads(body)))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        connection.shutdown(socket.SHUT_WR)

    def press(self, bekci_url, button, user, secret=None, at=None, change=lambda body: body):
        payload = {"type": "block_actions", "user": {"id": "U1", "username": user}, "channel": {"id": "C1"},
                   "message": {"ts": "1.2"}, "response_url": "https://hooks.slack.com/actions/T1/1/secret-part",
                   "actions": [{"action_id": button["action_id"], "value": button["value"]}]}
        body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
        stamp = str(int(at or time.time()))
        signature = "v0=" + hmac.new((secret or self.secret).encode(), b"v0:" + stamp.encode() + b":" + body,
                                     hashlib.sha256).hexdigest()
        return stack.http(bekci_url + "/api/v1/slack/actions", method="POST", data=change(body), headers={
            "Content-Type": "application/x-www-form-urlencoded", "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature})
