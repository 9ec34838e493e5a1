"""A real Alertmanager (Debian's), and the server that its webhooks, or bekci's, are sent to."""

import http.server
import json
import pathlib
import threading
import time
import urllib.parse

import stack

ALERTMANAGER = "/usr/bin/prometheus-alertmanager"
AMTOOL = "/usr/bin/amtool"


class Alertmanager(stack.Process):
    def __init__(self, directory, config, *flags):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.port = stack.free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.config_path = directory / "alertmanager.yml"
        self.config_path.write_text(config)
        super().__init__([ALERTMANAGER, f"--config.file={self.config_path}", f"--storage.path={directory / 'data'}",
                          f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=", *flags],
                         directory, "alertmanager")
        stack.wait_until(self.ready, 30, "alertmanager ready")

    def ready(self):
        try:
            return stack.http(self.base + "/-/ready").status == 200
        except OSError:
            return False


class Delivery:
    def __init__(self, path, headers, body):
        self.at = time.monotonic()
        self.path, self.headers, self.body = path, headers, body

    def json(self):
        return json.loads(self.body)


class WebhookServer:
    """Takes what is posted. `answers` says what a path is answered with: a list of statuses, the last one for ever; `delays`
    for how many seconds it is kept waiting first."""

    def __init__(self):
        self.answers = {}
        self.delays = {}
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._deliveries = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = urllib.parse.unquote(self.path)
                with outer.lock:
                    outer._deliveries.append(Delivery(path, self.headers, body))
                    left = outer.answers.get(path, [200])
                    status = left.pop(0) if len(left) > 1 else left[0]
                if path in outer.delays and outer.closing.wait(outer.delays[path]):
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128  # a full queue is found out after a second

        self.server = Server(("127.0.0.1", stack.free_port()), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def deliveries(self, path=None):
        with self.lock:
            return [d for d in self._deliveries if path is None or d.path == path]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
