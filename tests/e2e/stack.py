"""What the end-to-end tests start: bekci itself and its real peers, each on free loopback ports with a data directory of
its own, each ended by process id. Nothing here replaces a part of bekci."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BEKCI_BUILD", SOURCE / "build"))
BEKCI = pathlib.Path(os.environ.get("BEKCI", BUILD / "bekci"))
BEKCI_WITH_FAULTS = BUILD / "bekci_with_faults"
# What runs beside a test is not its business: without a configuration it would be discovered and collected.
HOST_ONLY = "collectors: {host: {}}\n"
SANITIZER = os.environ.get("BEKCI_SANITIZED", "")  # address, thread, or none
SANITIZED = SANITIZER != ""  # slower, larger: time and memory bounds do not apply


PORTS = range(10240, 32000)  # below those that the kernel gives to outgoing connections
_PORT_FILE = pathlib.Path(tempfile.gettempdir()) / f"bekci-e2e-port-{os.getuid()}"


def free_port():
    """A port of 127.0.0.1 that nothing listens on. No two callers on this machine get the same one, nor does a connection
    take it before its server listens: test files run beside each other."""
    with open(_PORT_FILE, "a+", encoding="ascii") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        turn.seek(0)
        last = int(turn.read() or 0)
        for step in range(1, len(PORTS)):
            port = PORTS[(last + step) % len(PORTS)]
            with socket.socket() as s, contextlib.suppress(OSError):
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", port))
                turn.truncate(0)
                turn.write(str(last + step))
                return port
    raise AssertionError("no free port")


def wait_until(condition, seconds, what):
    """Polls until `condition()` is true and returns its value; fails with the last value seen."""
    end = time.monotonic() + seconds
    value = None
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}; last seen: {value!r}")


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()


def http(url, method="GET", headers=None, data=None, timeout=15, context=None):
    """One request; an HTTP error status is a Response too, a broken connection raises."""
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=data)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return Response(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Response(error.code, error.headers, error.read())


class Process:
    """A child with its output in a file, ended by pid."""

    def __init__(self, argv, directory, name, env=None):
        self.log_path = pathlib.Path(directory) / f"{name}.log"
        self.name = name
        with open(self.log_path, "ab") as out:
            self.popen = subprocess.Popen([str(a) for a in argv], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                          cwd=directory, env=env)

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def alive(self):
        return self.popen.poll() is None

    def stop(self, sig=signal.SIGTERM, seconds=20):
        """Returns (exit code, seconds it took)."""
        start = time.monotonic()
        if self.alive():
            self.popen.send_signal(sig)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
                raise AssertionError(f"{self.name} did not end within {seconds} s of signal {sig}\n{self.log()[-3000:]}")
        return self.popen.returncode, time.monotonic() - start

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.alive():
            self.popen.kill()
        self.popen.wait()


STATES = pathlib.Path("/var/tmp/bekci-e2e")


class QuietState:
    """A state directory of one's own beside which nothing appears while tests run: what does has the worker replaced, by
    design, and what its collectors counted begins anew. So all of them are made at once, before the first is used."""

    def __init__(self):
        locks = pathlib.Path(tempfile.gettempdir()) / f"bekci-e2e-states-{os.getuid()}"
        locks.mkdir(exist_ok=True)
        with open(locks / "making", "a", encoding="ascii") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            for number in range(64):
                (STATES / f"state-{number:02}").mkdir(parents=True, exist_ok=True)
        for number in range(64):
            self.lock = open(locks / f"{number:02}", "a", encoding="ascii")
            self.path = STATES / f"state-{number:02}"
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for entry in self.path.iterdir():
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
                return
            self.lock.close()
        raise AssertionError("64 agents at once?")


class Bekci(Process):
    def __init__(self, directory, *flags, config=None, binary=BEKCI, scheme="http", wait=True, env=None, state=None, command=None):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.base = f"{scheme}://127.0.0.1:{self.port}"
        self.quiet_state = None if state else QuietState()  # held as long as this object
        self.state = pathlib.Path(state) if state else self.quiet_state.path
        argv = [*(command or [binary, "run"]), f"--web.listen-address=127.0.0.1:{self.port}", f"--storage.path={self.state}"]
        if config is not None:
            self.config_path = directory / "bekci.yml"
            self.config_path.write_text(config)
            argv.append(f"--config.file={self.config_path}")
        super().__init__(argv + list(flags), directory, "bekci", env=env)
        if wait:
            wait_until(self.ready, 30, f"bekci ready; its log:\n{self.log()[-3000:]}")

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        if SANITIZED and kind is None:
            log = self.log()
            assert "Sanitizer: " not in log and "runtime error: " not in log, log[-8000:]

    def ready(self):
        assert self.alive(), f"bekci ended with {self.popen.returncode}:\n{self.log()}"
        with contextlib.suppress(OSError):
            return self.get("/-/ready").status in (200, 401)
        return False

    def get(self, path, **more):
        return http(self.base + path, **more)

    def metrics(self, path="/metrics"):
        answer = self.get(path)
        assert answer.status == 200, answer.text
        return Page(answer.text)

    def worker_pid(self):
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):  # a thread that has ended meanwhile
                for child in (task / "children").read_text().split():
                    return int(child)
        return None


class Page:
    """A text exposition as {family: (type, help)} and {series text: value text}."""

    def __init__(self, text):
        self.types, self.helps, self.series = {}, {}, {}
        self.duplicates = []
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ", 3)
                self.types[name] = kind
            elif line.startswith("# HELP "):
                name, _, text_ = line[7:].partition(" ")
                self.helps[name] = text_
            elif line and not line.startswith("#"):
                series, _, value = line.rpartition(" ")
                if series in self.series:
                    self.duplicates.append(series)
                self.series[series] = value

    def family_of(self, series):
        name = series.partition("{")[0]
        for suffix in ("_bucket", "_sum", "_count"):
            if name.endswith(suffix) and self.types.get(name[: -len(suffix)]) in ("histogram", "summary"):
                return name[: -len(suffix)]
        return name

    def value(self, series):
        return float(self.series[series])

    def get(self, pattern, default=None):
        """The one value whose series matches the regular expression."""
        found = [float(v) for s, v in self.series.items() if re.fullmatch(pattern, s)]
        assert len(found) <= 1, f"{pattern} matches {len(found)} series"
        return found[0] if found else default

    def sum(self, pattern):
        return sum(float(v) for s, v in self.series.items() if re.fullmatch(pattern, s))


def label_names(series):
    """The set of label names of a series in text form; values may hold anything that is escaped."""
    inside = series.partition("{")[2]
    return tuple(sorted(re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\]|\\.)*"', inside)))


def query(port, expression):
    """An instant query, of Prometheus or bekci: a list of (labels, value)."""
    answer = http(f"http://127.0.0.1:{port}/api/v1/query?query=" + urllib.parse.quote(expression))
    body = json.loads(answer.text)
    assert body["status"] == "success", body
    return [(r["metric"], float(r["value"][1])) for r in body["data"]["result"]]


class Prometheus(Process):
    def __init__(self, directory, scrape_configs, *flags, program="prometheus"):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        (directory / "prometheus.yml").write_text("global: {scrape_interval: 2s, scrape_timeout: 2s}\nscrape_configs:\n" +
                                                  scrape_configs)
        super().__init__([program, f"--config.file={directory / 'prometheus.yml'}",
                          f"--storage.tsdb.path={directory / 'tsdb'}", f"--web.listen-address=127.0.0.1:{self.port}",
                          "--log.level=info", *flags], directory, "prometheus")
        wait_until(lambda: self._ready(), 30, "prometheus ready")

    def _ready(self):
        assert self.alive(), self.log()
        with contextlib.suppress(OSError):
            return http(f"http://127.0.0.1:{self.port}/-/ready").status == 200
        return False

    def query(self, expression):
        return query(self.port, expression)

    def complaints(self):
        """Log lines of prometheus that speak of a sample or scrape it did not like."""
        return [line for line in self.log().splitlines() if re.search(r"level=(warn|error)", line, re.I)]


    def rejected(self):
        """What it did not take of the samples scraped, by the counter that says so; all its targets together."""
        page = Page(http(f"http://127.0.0.1:{self.port}/metrics").text)
        counters = [f"prometheus_target_scrapes_{what}_total"
                    for what in ("sample_duplicate_timestamp", "sample_out_of_order", "sample_out_of_bounds",
                                 "exceeded_sample_limit", "exemplar_out_of_order")]
        return {name: page.value(name) for name in counters if page.value(name) != 0}


class NodeExporter(Process):
    def __init__(self, directory, *flags):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        super().__init__(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{self.port}", *flags], directory,
                         "node_exporter")

        def up():
            with contextlib.suppress(OSError):
                return http(self.base + "/").status == 200
            return False

        wait_until(up, 20, "node_exporter up")

    def metrics(self):
        return Page(http(self.base + "/metrics").text)


class AcceptProxy:
    """A forward proxy that replaces the Accept header: prometheus 2.42 cannot be told to ask for plain text."""

    def __init__(self, accept):
        import http.server

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("accept", "host", "accept-encoding")}
                headers["Accept"] = accept
                answer = globals()["http"](self.path, headers=headers)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def output(*argv, seconds=60):
    """What a program says, on either stream."""
    result = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=seconds, check=False)
    return result.stdout + result.stderr


def promtool_lint(text):
    """promtool check metrics' findings for a page, one per line without the metric's value."""
    result = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    return [line for line in (result.stdout + result.stderr).decode().splitlines() if line.strip()]


def have(*programs):
    return all(shutil.which(p) for p in programs)
