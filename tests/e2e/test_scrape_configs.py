"""scrape_configs: the same exporters through bekci and through Debian's prometheus give the same series; targets that
mean harm cost only themselves; files of targets are followed."""

import contextlib
import gzip
import json
import multiprocessing
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest

import stack
from servers import mariadb, redis
from servers.exporter import TEXT, Exporter, send

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

PAGE = """# HELP requests_total Requests, by "path" \\\\ code.
# TYPE requests_total counter
requests_total{path="/a b",code="200"} 12
requests_total{path="/\\"quoted\\"\\n",code="500"} 3
requests_total{path="",code="404"} 1
# TYPE seconds histogram
seconds_bucket{le="0.5"} 1
seconds_bucket{le="+Inf"} 4
seconds_sum 2.5
seconds_count 4
# TYPE quick summary
quick{quantile="0.5"} 0.1
quick{quantile="0.99"} NaN
quick_sum 8
quick_count 9
own_labels{job="mine",instance="me",exported_job="taken"} 1
hidden{instance=""} 2
Mixed_Case{host="Web-1",same="x",other="x"} 7
Mixed_Case{host="Web-2",same="x",other="y"} 8
temp_celsius{sensor="a",__tmp="t"} -3.5e-2
info{version="1.2",label_a="1",label_b="2"} 1
"""

# name -> the keys of a scrape_config beside job_name and static_configs
JOBS = {
    "plain": "",
    "honored": "honor_labels: true",
    "target_rules": """relabel_configs:
  - {source_labels: [__address__], regex: '(.*):(.*)', target_label: port, replacement: '${2}'}
  - {source_labels: [__address__, job], separator: '@', target_label: where}
  - {source_labels: [__address__], target_label: shard, modulus: 7, action: hashmod}
  - {regex: 'site_(.+)', replacement: 'place_$1', action: labelmap}
  - {regex: 'site_.+', action: labeldrop}
  - {source_labels: [job], target_label: SHOUT, action: uppercase}
  - {target_label: instance, replacement: 'renamed'}""",
    "metric_rules": """metric_relabel_configs:
  - {source_labels: [__name__], regex: 'seconds_(sum|count)', action: drop}
  - {source_labels: [__name__, code], regex: 'requests_total;(200|500)|[^;]+;', action: keep}
  - {source_labels: [__name__], regex: 'quick(.*)', target_label: __name__, replacement: 'slow$1'}
  - {source_labels: [host], target_label: host, action: lowercase}
  - {source_labels: [same], target_label: other, action: dropequal}
  - {regex: 'label_(.)', replacement: '${1}_label', action: labelmap}
  - {regex: 'label_.', action: labeldrop}
  - {source_labels: [path], regex: '/(.*)', target_label: path, replacement: '$1'}
  - {source_labels: [quantile], target_label: q, modulus: 1000, action: hashmod}
  - {source_labels: [nothing], target_label: empty, replacement: ''}
  - {source_labels: [version], regex: '(?P<major>\\d+)\\.(.*)', target_label: '${1}_of', replacement: '$major-${2}$$'}
  - {source_labels: [version], regex: '(\\d+)\\.(.*)', target_label: 'v_${1}', replacement: 'x${2}y$3'}""",
    "few_labels": """metric_relabel_configs: [{regex: '__name__|job|instance|le|code', action: labelkeep}]""",
    "keep_equal": """metric_relabel_configs: [{source_labels: [same], target_label: other, action: keepequal}]""",
    "no_timestamps": "honor_timestamps: false",
    "params": "params: {module: [a, b], 'x y': ['1&2']}\n  metrics_path: /deep/metrics",
}


def scrape(tmp_path, config, *arguments):
    path = tmp_path / "scrape.yml"
    path.write_text("collectors: {}\n" + config)
    return subprocess.run([stack.BEKCI, "scrape", f"--config.file={path}", *arguments], capture_output=True, text=True,
                          timeout=60, check=False)


def series_of(output):
    """{series: value} as `bekci scrape` prints them."""
    lines = [line for line in output.splitlines() if line and not line.startswith("#")]
    found = {}
    for line in lines:
        match = re.fullmatch(r'(\S+?\{(?:[^"]|"(?:[^"\\]|\\.)*")*\}) (\S+)( \d+)?', line)
        assert match, line
        found[match[1]] = float(match[2])
    return found


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def peer_series(prometheus, job, clean=True):
    """The same of a prometheus, without what it writes about the scrape itself."""
    found = {}
    for labels, value in prometheus.query(f'{{__scrape_job__="{job}"}}' if not clean else f'{{job="{job}"}}'):
        name = labels.pop("__name__")
        if name == "up" or name.startswith("scrape_"):
            continue
        inside = ", ".join(f"{key}={quoted(labels[key])}" for key in sorted(labels))
        found[f"{name}{{{inside}}}"] = value
    return found


def same(a, b):
    assert sorted(a) == sorted(b)
    for series, value in a.items():
        assert value == b[series] or (value != value and b[series] != b[series]), series


def config_of(jobs, address):
    return "scrape_configs:\n" + "".join(
        f"- job_name: {name}\n  scrape_interval: 2s\n  scrape_timeout: 2s\n"
        f"  static_configs: [{{targets: ['{address}'], labels: {{site_name: north}}}}]\n" +
        (f"  {keys}\n" if keys else "") for name, keys in jobs.items())


@pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")
def test_the_same_page_and_rules_give_the_series_that_prometheus_stores(tmp_path):
    openmetrics = PAGE.replace("# HELP requests_total", "# HELP requests").replace(
        "# TYPE requests_total", "# TYPE requests") + "# EOF\n"

    def answer(handler):
        wants_openmetrics = "openmetrics" in handler.headers["Accept"] and "deep" in handler.path
        send(handler, openmetrics if wants_openmetrics else PAGE, OPENMETRICS if wants_openmetrics else TEXT)

    with Exporter(answer) as exporter:
        config = config_of(JOBS, exporter.address)
        with stack.Prometheus(tmp_path / "peer", config.removeprefix("scrape_configs:\n")) as peer:
            stack.wait_until(lambda: len(peer.query("up == 1")) >= len(JOBS), 30, "every job scraped")
            time.sleep(2)
            for job in JOBS:
                ours = scrape(tmp_path, config, job)
                assert ours.returncode == 0, ours.stderr
                selector = "mine" if job == "honored" else job
                theirs = peer_series(peer, job)
                if selector != job:
                    theirs |= peer_series(peer, selector)
                same(series_of(ours.stdout), theirs)
        asked = {path for _, path, headers in exporter.requests if "bekci" in headers["User-Agent"]}
        theirs = {path for _, path, headers in exporter.requests if "Prometheus" in headers["User-Agent"]}
        assert asked == theirs == {"/metrics", "/deep/metrics?module=a&module=b&x+y=1%262"}


@contextlib.contextmanager
def real_exporters(directory):
    """name -> address: bekci itself and Debian's exporters of the host, of a Redis and of a MariaDB, as far as they are installed."""
    with contextlib.ExitStack() as running:
        bekci = running.enter_context(stack.Bekci(directory / "b", config=stack.HOST_ONLY))
        exporters = {"bekci": bekci}
        if stack.have("prometheus-node-exporter"):
            exporters["node"] = running.enter_context(stack.NodeExporter(directory))
        if stack.have("redis-server", "prometheus-redis-exporter"):
            server = running.enter_context(redis.Redis(directory / "redis"))
            server.cli("SET", "order:1", "x")
            exporters["redis"] = running.enter_context(redis.RedisExporter(directory / "re", f"redis://127.0.0.1:{server.port}"))
        if stack.have("mariadbd", "prometheus-mysqld-exporter"):
            server = running.enter_context(mariadb.MariaDb(directory / "mariadb"))
            server.create_user("mon", "pw")
            exporters["mysqld"] = running.enter_context(mariadb.MysqldExporter(directory / "mariadb", server, "mon", "pw"))
        yield {name: exporter.base.removeprefix("http://") for name, exporter in exporters.items()}


def bounds_as_they_came(series):
    """Quantiles and bounds are numbers, written "50.0" since Prometheus 3; 2.42 leaves "50" as the exporter wrote it."""
    return {re.sub(r'\b((?:quantile|le)="\d+)\.0"', r'\1"', one) for one in series}


@pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")
def test_real_exporters_give_the_same_series_through_bekci_and_prometheus(tmp_path):
    rules = """metric_relabel_configs:
  - {source_labels: [__name__], regex: 'go_gc_.*', action: drop}
  - {source_labels: [__name__, command], regex: 'mysql_global_status_commands_total;(.+)', target_label: verb, replacement: 'c$1'}
  - {source_labels: [db], regex: 'db(.+)', target_label: database, replacement: '$1'}
  - {source_labels: [cpu], regex: '(.+)', target_label: core, replacement: 'c$1'}"""
    with real_exporters(tmp_path) as targets:
        config = "scrape_configs:\n" + "".join(config_of({name: rules}, address).removeprefix("scrape_configs:\n")
                                               for name, address in targets.items())
        with stack.Prometheus(tmp_path / "peer", config.removeprefix("scrape_configs:\n")) as peer:
            stack.wait_until(lambda: len(peer.query("up == 1")) >= len(targets), 30, "all scraped")
            time.sleep(3)
            for job in targets:
                ours = scrape(tmp_path, config, job)
                assert ours.returncode == 0, ours.stderr
                series = bounds_as_they_came(series_of(ours.stdout))
                assert len(series) > 150, job
                # What appears with time (counters by code, the scraper's own traces, services that begin beside) differs by the moment.
                differing = series ^ bounds_as_they_came(peer_series(peer, job))
                assert len([s for s in differing if not re.search(r"scrape|http_|promhttp|bekci_service_", s)]) == 0, sorted(differing)


def certificates(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.example",
                    "-addext", "subjectAltName=DNS:shop.example", "-keyout", tmp_path / "key.pem", "-out",
                    tmp_path / "cert.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    context.load_verify_locations(tmp_path / "cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class Tunnel(socketserver.StreamRequestHandler):
    """A proxy that knows CONNECT and one way to every host."""
    way = None
    seen = []

    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.read(1)
        Tunnel.seen.append(head.decode())
        with socket.create_connection(Tunnel.way) as target:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.copy, args=(target, self.connection), daemon=True)
            back.start()
            self.copy(self.connection, target)
            back.join(5)

    @staticmethod
    def copy(source, sink):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_tls_with_certificates_on_both_sides_passwords_from_files_and_a_proxy(tmp_path):
    context = certificates(tmp_path)
    (tmp_path / "password").write_text("open sesame\n")

    def answer(handler):
        send(handler, "a 1\n" if handler.headers["Authorization"] == "Basic bWU6b3BlbiBzZXNhbWU=" else "", TEXT,
             200 if "Authorization" in handler.headers else 401)

    tls = (f"  scheme: https\n  basic_auth: {{username: me, password_file: password}}\n"
           f"  tls_config: {{ca_file: cert.pem, cert_file: cert.pem, key_file: key.pem, server_name: shop.example}}\n")
    with Exporter(answer, tls=context) as exporter:
        config = f"scrape_configs:\n- job_name: j\n  static_configs: [{{targets: ['{exporter.address}']}}]\n"
        good = scrape(tmp_path, config + tls)
        assert good.returncode == 0, good.stderr
        assert list(series_of(good.stdout).values()) == [1]
        stranger = scrape(tmp_path, config + tls.replace("server_name: shop.example", "server_name: other.example"))
        assert "hostname mismatch" in stranger.stderr
        bare = scrape(tmp_path, config + "  scheme: https\n  tls_config: {insecure_skip_verify: true}\n")
        assert bare.returncode == 1 and "TLS" in bare.stderr
        proxy = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel)
        proxy.daemon_threads = True
        Tunnel.way = exporter.server.server_address
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        away = config.replace(exporter.address, "shop.example:443").replace("server_name: shop.example", "")
        through = scrape(tmp_path, away + tls + f"  proxy_url: http://u:p@127.0.0.1:{proxy.server_address[1]}\n")
        assert through.returncode == 0, through.stderr
        assert Tunnel.seen[0].startswith("CONNECT shop.example:443 HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic dTpw" in Tunnel.seen[0]
        proxy.shutdown()
        proxy.server_close()


def test_check_config_says_what_is_wrong_with_scrape_configs(tmp_path):
    path = tmp_path / "bekci.yml"

    def check(text):
        path.write_text(text)
        return subprocess.run([stack.BEKCI, "check", "config", path], capture_output=True, text=True, timeout=60, check=False)

    bad = check("scrape_configs:\n- job_name: a\n  kubernetes_sd_configs: [{role: pod}]\n- job_name: b\n"
                "  tls_config: {ca_file: none.pem}\n")
    assert bad.returncode == 1
    assert f"{path}:3: kubernetes_sd_configs: bekci finds targets by static_configs and file_sd_configs only" in bad.stderr
    assert f"{path}:5:" in bad.stderr and "none.pem" in bad.stderr
    (tmp_path / "targets.yml").write_text("- targets: [a]\n  lables: {}\n")
    files = "scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [targets.yml, later.json]}]\n"
    bad = check(files)
    assert bad.returncode == 1 and 'targets.yml:2: unknown key "lables", did you mean "labels"?' in bad.stderr
    (tmp_path / "targets.yml").write_text("- targets: [a]\n")
    good = check(files)
    assert good.returncode == 0 and "warning" in good.stdout and "1 scrape config" in good.stdout


def flood(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X-Header: " + b"x" * 1000 + b"\r\n")


def endless(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        handler.wfile.write(b"# " + b"x" * 65536 + b"\n")


def many_series(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    for i in range(10_000_000):
        handler.wfile.write(b"m{i=\"%d\"} 1\n" % i)


def one_byte_a_second(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        handler.wfile.write(b"a")
        time.sleep(1)


HOSTILE = {
    "endless": endless,
    "many_series": many_series,
    "flood": flood,
    "slow": one_byte_a_second,
    "garbage": lambda h: send(h, bytes(range(256)) * 1000),
    "duplicates": lambda h: send(h, "a 1\na 2\n" * 20_000),
    "loop": lambda h: send(h, "", status=302, Location="/again"),
    "bomb": lambda h: send(h, gzip.compress(b"\n" * (200 << 20), 9), Content_Encoding="gzip"),
    "long_labels": lambda h: send(h, "".join(f'm{{i="{i}",x="{"y" * 5000}"}} 1\n' for i in range(3000))),
    "names": lambda h: send(h, "".join(f"m{int(time.time() * 1000)}_{i} 1\n" for i in range(20_000))),
}


def serve_hostile(names):
    """In a process of its own: what sends without end would leave this one no time for the good target."""
    bomb = gzip.compress(b"\n" * (200 << 20), 9)
    answers = dict(HOSTILE, bomb=lambda h: send(h, bomb, Content_Encoding="gzip"))
    exporters = {name: Exporter(answer) for name, answer in answers.items()}
    names.send({name: exporter.address for name, exporter in exporters.items()})
    names.recv()


def ticks_of(bekci, job):
    """up of a job with one target: [time in seconds, value] of every round that was due and done."""
    query = urllib.parse.urlencode({"query": f'up{{job="{job}"}}[10m]'})
    result = json.loads(bekci.get(f"/api/v1/query?{query}").text)["data"]["result"]
    assert len(result) == 1, result
    return [(float(t), float(value)) for t, value in result[0]["values"]]


def missed_ticks(values, begin, end, interval=1):
    """How many rounds that were due in that time there are not."""
    return round((end - begin) / interval) - sum(begin <= t <= end for t, _ in values)


def test_hostile_targets_cost_only_themselves(tmp_path):
    here, there = multiprocessing.Pipe()
    hostile = multiprocessing.get_context("fork").Process(target=serve_hostile, args=(there,), daemon=True)
    hostile.start()
    exporters = here.recv()
    # Ten that never answer: more than there are threads for collectors.
    deaf = [socket.create_server(("127.0.0.1", 0)) for _ in range(10)]
    with Exporter(lambda h: send(h, PAGE)) as good:
        config = "collectors: {host: {interval: 1s}}\nglobal: {scrape_timeout: 1s, scrape_interval: 1s}\n" + \
            "scrape_configs:\n" + f"- {{job_name: good, static_configs: [{{targets: ['{good.address}']}}]}}\n" + \
            "".join(f"- {{job_name: {name}, static_configs: [{{targets: ['{address}']}}]}}\n"
                    for name, address in exporters.items()) + \
            "- {job_name: deaf, static_configs: [{targets: [" + \
            ", ".join(f"'127.0.0.1:{s.getsockname()[1]}'" for s in deaf) + "]}]}\n"
        if stack.SANITIZED:
            config += "worker: {memory_limit: 8GiB}\n"  # what was freed stays in quarantine for a while
        with stack.Bekci(tmp_path, config=config, state=tmp_path / "state") as bekci:
            stack.wait_until(lambda: len(good.requests) >= 2, 30, "the good target is scraped")
            begin = len(good.requests)
            stack.wait_until(lambda: len(good.requests) >= begin + 15, 120, "it is scraped again and again")
            # How often depends on the machine, but what keeps the good target waiting must keep the host's own collector
            # waiting, too, which shares nothing with scrapes but the schedule.
            ticks = {job: ticks_of(bekci, job) for job in ("good", "node")}
            assert all(value == 1 for values in ticks.values() for _, value in values), ticks
            both = max(values[0][0] for values in ticks.values()), min(values[-1][0] for values in ticks.values())
            missed = {job: missed_ticks(values, *both) for job, values in ticks.items()}
            assert missed["good"] <= missed["node"] + 1, (missed, ticks)
            page = bekci.metrics()
            assert page.get(r'bekci_collector_success\{collector="host".*\}') == 1
            assert page.sum(r"bekci_worker_deaths_total\{.*\}") == 0, bekci.log()[-3000:]
            assert page.get(r"bekci_worker_resident_memory_bytes") < 200 << 20 or stack.SANITIZED
            assert not [s for s in page.series if s.startswith("requests_total")]  # stored, not shown
            log = bekci.log()
            for name in ("endless", "many_series", "flood", "slow", "garbage", "loop", "bomb", "deaf"):
                assert re.search(rf'scrape failed.*job={name}\b', log), name
            assert not re.search(r"scrape failed.*job=good\b", log)
    for server in deaf:
        server.close()
    hostile.kill()
    hostile.join()


def test_files_of_targets_are_followed_and_reloads_change_targets(tmp_path):
    with Exporter(lambda h: send(h, "a 1\n")) as one, Exporter(lambda h: send(h, "b 1\n")) as two:
        files = tmp_path / "targets"
        files.mkdir()
        config = ("collectors: {}\nglobal: {scrape_interval: 1s}\nscrape_configs:\n"
                  f"- {{job_name: j, file_sd_configs: [{{files: ['{files}/*.json'], refresh_interval: 1h}}]}}\n")
        with stack.Bekci(tmp_path / "b", config=config, state=tmp_path / "state") as bekci:
            write = files / "new"
            write.write_text(json.dumps([{"targets": [one.address], "labels": {"site": "x"}}]))
            write.rename(files / "a.json")
            stack.wait_until(lambda: len(one.requests) >= 2, 10, "the first target is scraped")
            (files / "b.json").write_text(json.dumps([{"targets": [two.address]}]))
            stack.wait_until(lambda: len(two.requests) >= 2, 10, "the second too")
            (files / "b.json").write_text("[{")
            stack.wait_until(lambda: "target discovery" in bekci.log(), 10, "the broken file is told")
            count = len(two.requests)
            stack.wait_until(lambda: len(two.requests) >= count + 2, 10, "and its targets stay")
            (files / "a.json").unlink()
            time.sleep(1.5)
            gone = len(one.requests)
            time.sleep(2.5)
            assert len(one.requests) == gone
            bekci.config_path.write_text(config.replace("job_name: j,", "job_name: j, metrics_path: /other,"))
            assert bekci.get("/-/reload", method="POST").status == 200
            (files / "b.json").write_text(json.dumps([{"targets": [two.address]}]))
            stack.wait_until(lambda: two.requests[-1][1] == "/other", 10, "the new path is asked for")
            bekci.config_path.write_text(config.replace("job_name: j", "job_name: j, nonsense: 1"))
            assert bekci.get("/-/reload", method="POST").status != 200
            count = len(two.requests)
            stack.wait_until(lambda: len(two.requests) >= count + 2, 10, "a bad configuration changes nothing")
