"""The dead man's switch: beats leave while collection, rules and outbox are well, stay away while one of them is not, and
come back after it."""

import contextlib
import http.server
import os
import signal
import threading
import time

import stack

ROUTES = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
CONFIG = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
collectors: {host: {deadline: 1s}}
rule_files: [rules.yml]
notify: {config_file: alertmanager.yml, escalation_file: escalation.yml}
"""
RULES = "groups: [{name: g, rules: [{record: x, expr: vector(1)}]}]\n"


class Watcher:
    """Who waits for beats: when each came, by path."""

    def __init__(self):
        self.lock, self.beats = threading.Lock(), []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                with outer.lock:
                    outer.beats.append((time.monotonic(), self.path, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = take  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", stack.free_port()), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, path, since=0.0):
        with self.lock:
            return [body for at, where, body in self.beats if where == path and at > since]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class NoWorker:
    """While it lasts, whichever collection worker comes is stopped."""

    def __init__(self, bekci):
        self.bekci, self.end, self.stopped = bekci, threading.Event(), set()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.end.is_set():
            with contextlib.suppress(OSError):
                pid = self.bekci.worker_pid()
                if pid is not None and pid not in self.stopped:
                    os.kill(pid, signal.SIGSTOP)
                    self.stopped.add(pid)
            time.sleep(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join()
        for pid in self.stopped:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGCONT)


def write(directory, beats):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "alertmanager.yml").write_text(ROUTES)
    (directory / "rules.yml").write_text(RULES)
    (directory / "escalation.yml").write_text("heartbeats:\n" + "".join(f"- {{{beat}}}\n" for beat in beats))


def counted(bekci, what, name="watcher"):
    return bekci.metrics().get(rf'bekci_heartbeat_{what}\{{.*receiver="{name}".*\}}')


def test_beats_leave_while_all_is_well_cease_with_the_worker_and_come_back(tmp_path):
    with Watcher() as watcher:
        (tmp_path / "bekci").mkdir()
        (tmp_path / "bekci" / "beat.url").write_text(watcher.url + "/secret-uuid\n")
        (tmp_path / "bekci" / "beat.url").chmod(0o600)
        write(tmp_path / "bekci", ["name: watcher, url_file: beat.url, interval: 5s",
                                   f"name: loud, url: '{watcher.url}/ok', failing_url: '{watcher.url}/bad', method: POST, interval: 5s"])
        with stack.Bekci(tmp_path / "bekci", config=CONFIG) as bekci:
            stack.wait_until(lambda: len(watcher.of("/secret-uuid")) >= 3, 40, "beats leave")
            assert counted(bekci, "sent_total") >= 2
            assert abs(counted(bekci, "last_success_timestamp_seconds") - time.time()) < 30
            assert watcher.of("/bad") == []

            with NoWorker(bekci):
                stack.wait_until(lambda: watcher.of("/bad"), 60, "the failing beat")
                ceased = time.monotonic() + 1
                time.sleep(12)
                assert watcher.of("/secret-uuid", ceased) == []
                assert "collection worker" in watcher.of("/bad")[0]
                page = bekci.metrics()
                assert page.get(r'bekci_heartbeat_withheld_total\{.*watcher.*collection.*\}|bekci_heartbeat_withheld_total\{.*collection.*watcher.*\}') >= 2
                assert bekci.log().count('the heartbeat is withheld" heartbeat=watcher not_well=collection') == 1, bekci.log()
            back = time.monotonic()
            stack.wait_until(lambda: watcher.of("/secret-uuid", back), 60, "beats come back")
            assert "the heartbeat beats again" in bekci.log()
            assert "secret-uuid" not in bekci.log()

            # A reload brings others; what is gone beats no more.
            write(tmp_path / "bekci", [f"name: other, url: '{watcher.url}/other', interval: 5s"])
            assert stack.http(bekci.base + "/-/reload", method="POST").status == 200
            reloaded = time.monotonic()
            stack.wait_until(lambda: len(watcher.of("/other")) >= 2, 30, "the new heartbeat beats")
            assert watcher.of("/secret-uuid", reloaded + 1) == []
            assert counted(bekci, "sent_total") is None and counted(bekci, "sent_total", "other") >= 1

            _, took = bekci.stop()
            ended = time.monotonic()
            assert took < 5 or stack.SANITIZED
            time.sleep(6)
            assert watcher.of("/other", ended) == []


def test_a_disk_that_cannot_be_written_and_mistakes_in_the_file_are_told(tmp_path):
    with Watcher() as watcher:
        write(tmp_path / "bekci", [f"name: watcher, url: '{watcher.url}/x', interval: 5s"])
        state = tmp_path / "state"
        (state / "bekci-notify").parent.mkdir(parents=True)
        (state / "bekci-notify").write_text("in the way of the directory")
        with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=state) as bekci:
            stack.wait_until(lambda: "the heartbeat is withheld" in bekci.log(), 30, "it is withheld")
            time.sleep(6)
            assert watcher.of("/x") == []
            assert "not_well=outbox" in bekci.log() or "outbox" in bekci.log(), bekci.log()
            for beats, complaint in ((["name: a, url: 'nowhere'"], "url"), (["name: a, url: 'http://h/'", "name: a, url: 'http://h/'"], "already"),
                                     (["name: a, url: 'http://h/', interval: 1s"], "interval"), (["name: a"], "url_file")):
                write(tmp_path / "bekci", beats)
                answer = stack.http(bekci.base + "/-/reload", method="POST")
                assert answer.status >= 400 and complaint in answer.text and "escalation.yml:2" in answer.text or "escalation.yml:3" in answer.text, answer.text
