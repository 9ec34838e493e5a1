"""Blocks are Prometheus' blocks: promtool and a real prometheus read ours, we read theirs, and for the same text both
write the same bytes. With Debian 12's Prometheus, and in long runs with a Prometheus 3 (servers/other_versions.py)."""

import json
import math
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import urllib.parse

import pytest

import metric_history as history
import stack
from servers import other_versions

START = 1_735_689_600  # a full 2 h
STEP = 15


def openmetrics(path, hours=5, hosts=4, seed=1):
    """Counters with resets, gauges, histograms, gaps, series that come and go; one value of every odd kind."""
    rng = random.Random(seed)
    lines = []

    def series(family, kind, name, labels, values):
        if not lines or not lines[-1].startswith(name.split("_bucket")[0]):
            lines.append(f"# TYPE {family} {kind}")
        text = ",".join(f'{k}="{v}"' for k, v in labels.items())
        for step, value in values:
            lines.append(f"{name}{{{text}}} {value} {START + step * STEP}")

    steps = range(hours * 3600 // STEP)
    for host in range(hosts):
        for code in ("200", "404", "500"):
            total, values = 0, []
            for step in steps:
                total = 0 if rng.random() < 0.001 else total + rng.randrange(50)
                if (step // 200 + host) % 7 != 6:  # gaps
                    values.append((step, total))
            series("http_requests", "counter", "http_requests_total", {"host": f"web-{host}", "code": code}, values)
    for host in range(hosts):
        level, values = 50.0, []
        for step in steps:
            level += rng.gauss(0, 1)
            values.append((step, repr(level)))
        series("temperature", "gauge", "temperature", {"host": f"web-{host}"}, values)
    for host in range(hosts):
        counts = [0, 0, 0]
        rows = {bound: [] for bound in ("0.1", "1.0", "+Inf")}
        for step in steps:
            for i in range(3):
                counts[i] += rng.randrange(5) if i == 0 else 0
            for i in range(1, 3):
                counts[i] = max(counts[i], counts[i - 1]) + rng.randrange(2)
            for bound, count in zip(rows, counts):
                rows[bound].append((step, count))
        for bound, values in rows.items():
            series("latency_seconds", "histogram", "latency_seconds_bucket", {"host": f"web-{host}", "le": bound}, values)
    for pod in range(30):  # churn
        first = rng.randrange(len(steps) - 100)
        series("pod_up", "gauge", "pod_up", {"pod": f"p{pod}"}, [(first + i, 1) for i in range(rng.randrange(1, 100))])
    odd = ["0", "-1", "1e308", "-4.9e-324", "NaN", "+Inf", "-Inf", "0.1", "1", "12345678.901"]
    series("odd", "gauge", "odd", {"a": "x"}, [(i * 7, odd[i % len(odd)]) for i in range(60)])
    path.write_text("\n".join(lines) + "\n# EOF\n")
    return path


def bekci(*arguments, code=0):
    run = subprocess.run([str(stack.BEKCI), "tsdb", *map(str, arguments)], capture_output=True, text=True, timeout=300,
                         check=False)
    assert run.returncode == code, run.stdout + run.stderr
    return run


@pytest.fixture(scope="module", params=["2.42", "3.5"], autouse=True)
def peer(request):
    """The version whose programs `program` names from here on."""
    global _modern
    _modern = request.param == "3.5"
    program("promtool")  # skips all of them where there is none
    yield request.param
    _modern = False


_modern = False


def program(name):
    return other_versions.newer_prometheus(name) if _modern else name


def promtool(*arguments):
    return subprocess.run([program("promtool"), "tsdb", *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          check=True).stdout


def blocks(directory):
    """Block directories by their first time."""
    found = [p.parent for p in pathlib.Path(directory).glob("*/meta.json")]
    return sorted(found, key=lambda p: json.loads((p / "meta.json").read_text())["minTime"])


def dumped(directory):
    """What promtool reads: sorted lines; promtool wants a WAL directory beside the blocks."""
    with tempfile.TemporaryDirectory(dir=pathlib.Path(directory).parent) as scratch:
        copy = pathlib.Path(scratch) / "copy"
        shutil.copytree(directory, copy)
        (copy / "wal").mkdir(exist_ok=True)
        return sorted(promtool("dump", copy).splitlines())


@pytest.fixture(scope="module")
def imported(tmp_path_factory, peer):
    """The same text as blocks of bekci and as blocks of promtool."""
    path = tmp_path_factory.mktemp("imported")
    text = openmetrics(path / "text.om")
    bekci("import", "openmetrics", f"--path={path / 'ours'}", text)
    promtool("create-blocks-from", "openmetrics", text, path / "theirs")
    return path


def test_the_same_text_becomes_the_same_bytes(imported, peer):
    ours, theirs = blocks(imported / "ours"), blocks(imported / "theirs")
    assert len(ours) == len(theirs) == 3
    for mine, other in zip(ours, theirs):
        for file in ("index", "chunks/000001", "tombstones"):
            ours_bytes, their_bytes = ((block / file).read_bytes() for block in (mine, other))
            if peer == "2.42":
                assert ours_bytes == their_bytes, (mine, file)
            else:  # 3.5 saves a byte in a few chunks, and with it moves those behind: read, they are the same
                assert abs(len(ours_bytes) - len(their_bytes)) <= len(their_bytes) / 2000, (mine, file)
        meta, peer_meta = (json.loads((p / "meta.json").read_text()) for p in (mine, other))
        for key in ("minTime", "maxTime", "stats", "version"):
            assert meta[key] == peer_meta[key]
        assert meta["compaction"] == {"level": 1, "sources": [mine.name]}


def test_promtool_lists_analyzes_and_dumps_our_blocks(imported):
    listing = promtool("list", imported / "ours")
    for block in blocks(imported / "ours"):
        assert block.name in listing
    assert dumped(imported / "ours") == dumped(imported / "theirs")
    newest = blocks(imported / "ours")[-1]
    theirs = promtool("analyze", imported / "ours", newest.name)
    ours = bekci("analyze", f"--path={imported / 'ours'}", newest.name).stdout

    def sections(text):
        """{title: [(count, what)]}: rows with one count come in no fixed order from promtool."""
        return {title: sorted(re.findall(r"^(\d+) (.+)$", rows, re.M))
                for title, rows in re.findall(r"^([^\n:]+):\n((?:\d+ .*\n)+)", text, re.M)}

    assert sections(ours).keys() >= {"Highest cardinality labels", "Highest cardinality metric names",
                                     "Most common label pairs", "Label names most involved in churning"}
    for title in ("Highest cardinality labels", "Highest cardinality metric names",
                  "Label names with highest cumulative label value length", "Label names most involved in churning"):
        assert sections(ours)[title] == sections(theirs)[title], title
    assert sorted(count for count, _ in sections(ours)["Most common label pairs"]) == \
        sorted(count for count, _ in sections(theirs)["Most common label pairs"])
    for line in ("Postings (unique label pairs): ", "Postings entries (total label pairs): "):
        assert re.search(re.escape(line) + r"\d+", ours)[0] == re.search(re.escape(line) + r"\d+", theirs)[0]


QUERIES = ["sum by (code) (rate(http_requests_total[5m]))", "temperature", "odd", "max_over_time(temperature[1h])",
           "histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[10m])))", "count(pod_up)",
           'http_requests_total{host=~"web-(1|2)",code!="200"}', "resets(http_requests_total[2h])"]


class Prometheus(stack.Process):
    """A real prometheus on a directory of blocks, ended by pid."""

    def __init__(self, directory, data, *flags, config="global: {scrape_interval: 1h}\n"):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "prometheus.yml").write_text(config)
        self.url = f"http://127.0.0.1:{stack.free_port()}"
        super().__init__([program("prometheus"), f"--config.file={directory / 'prometheus.yml'}", f"--storage.tsdb.path={data}",
                          "--storage.tsdb.retention.time=100y", f"--web.listen-address={self.url[7:]}", *flags],
                         directory, "prometheus")
        stack.wait_until(self._ready, 60, "prometheus is ready")

    def _ready(self):
        assert self.alive(), self.log()
        try:
            return stack.http(self.url + "/-/ready").status == 200
        except OSError:
            return False

    def answers(self):
        found = {}
        for query in QUERIES:
            arguments = urllib.parse.urlencode({"query": query, "start": START, "end": START + 5 * 3600, "step": 60})
            answer = json.loads(stack.http(f"{self.url}/api/v1/query_range?{arguments}").body)
            assert answer["status"] == "success", answer
            rows = answer["data"]["result"]
            assert rows, query
            found[query] = sorted(json.dumps(row, sort_keys=True) for row in rows)
        return found


def test_a_real_prometheus_answers_from_our_blocks_as_from_its_own(imported, tmp_path):
    answers = []
    for whose in ("ours", "theirs"):
        data = tmp_path / whose
        shutil.copytree(imported / whose, data)
        with Prometheus(tmp_path / f"prometheus-{whose}", data) as prometheus:
            answers.append(prometheus.answers())
            assert "corrupt" not in prometheus.log().lower()
    assert answers[0] == answers[1]


def test_text_in_pieces_makes_merged_blocks_that_promtool_reads_alike(imported, tmp_path):
    """One MiB of memory for more samples than that: ranges are written in pieces and merged."""
    text = openmetrics(tmp_path / "long.om", hours=12, hosts=25, seed=2)
    bekci("import", "openmetrics", f"--path={tmp_path / 'pieces'}", "--max-memory=1", text)
    promtool("create-blocks-from", "openmetrics", text, tmp_path / "whole")
    merged = [json.loads((b / "meta.json").read_text())["compaction"] for b in blocks(tmp_path / "pieces")]
    assert any(c["level"] == 2 and len(c["parents"]) > 1 for c in merged)
    assert dumped(tmp_path / "pieces") == dumped(tmp_path / "whole")
    assert "good" in bekci("verify", f"--path={tmp_path / 'pieces'}").stdout


def test_blocks_of_promtool_are_taken_over_verified_and_exported(imported, tmp_path):
    store = tmp_path / "store"
    run = bekci("import", "prometheus-blocks", f"--path={store}", imported / "theirs")
    assert "3 blocks" in run.stdout
    again = bekci("import", "prometheus-blocks", f"--path={store}", imported / "theirs")
    assert "3 blocks were here already" in again.stdout
    assert bekci("verify", f"--path={store}").stdout.count("good") >= 3
    listing = bekci("list", f"--path={store}").stdout
    assert all(block.name in listing for block in blocks(store))

    text = tmp_path / "export.om"
    bekci("export", f"--path={store}", f"--output={text}")
    promtool("create-blocks-from", "openmetrics", text, tmp_path / "again")
    assert dumped(tmp_path / "again") == dumped(imported / "theirs")

    part = bekci("export", f"--path={store}", '--match=temperature{host="web-1"}', f"--min-time={START + 60}",
                 "--max-time=2025-01-01T00:01:30Z").stdout
    assert re.fullmatch(r'(temperature\{host="web-1"\} \S+ 17356896(60|75|90)\n){3}# EOF\n', part)


def test_damage_is_found_named_and_costs_only_itself(imported, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(imported / "ours", store)
    first, second, third = blocks(store)
    chunks = bytearray((first / "chunks" / "000001").read_bytes())
    chunks[100] ^= 4
    (first / "chunks" / "000001").write_bytes(chunks)
    (second / "index").write_bytes((second / "index").read_bytes()[:-60])
    run = bekci("verify", f"--path={store}", code=1)
    assert re.search(rf"block {first.name}: chunks/000001 at 8: wrong check sum \(", run.stderr)
    assert re.search(rf"block {second.name}: index: ", run.stderr)
    assert f"block {third.name}: " in run.stdout and "good" in run.stdout

    whole = bekci("export", f"--path={imported / 'ours'}").stdout.count("\n")
    run = bekci("export", f"--path={store}", code=1)
    lost = whole - run.stdout.count("\n")
    second_samples = json.loads((imported / "ours" / second.name / "meta.json").read_text())["stats"]["numSamples"]
    assert 0 < lost - second_samples <= 240  # the block, and one chunk of the other
    assert second.name in run.stderr and "wrong check sum" in run.stderr

    rubbish = tmp_path / "rubbish.om"
    rubbish.write_text("a 1 1\nthis is no sample\n# EOF\n")
    before = sorted(p.name for p in store.iterdir())
    assert "line 2" in bekci("import", "openmetrics", f"--path={store}", rubbish, code=1).stderr
    assert sorted(p.name for p in store.iterdir()) == before
    assert "not imported" in bekci("import", "prometheus-blocks", f"--path={tmp_path / 'new'}", first, code=1).stderr
    assert blocks(tmp_path / "new") == []


HISTOGRAM = """name: "h" type: HISTOGRAM metric {{ label {{ name: "k" value: "v" }} histogram {{ sample_count: {count}
  sample_sum: {sum} schema: 3 zero_threshold: 2.938735877055719e-39 zero_count: {zero}
  positive_span {{ offset: 0 length: 2 }} positive_span {{ offset: 3 length: 1 }}
  positive_delta: {a} positive_delta: {b} positive_delta: {c} }} }}"""


def test_native_histograms_of_a_prometheus_are_taken_over(tmp_path):
    """A prometheus scrapes native histograms and makes a block of them; it passes verify and comes out the same."""
    if not shutil.which("protoc"):
        pytest.skip("protoc is not installed")
    import http.server
    import threading

    scrapes = []

    class Page(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            n = len(scrapes) + 1
            scrapes.append(n)
            text = HISTOGRAM.format(count=10 * n, sum=math.sqrt(n), zero=n, a=2 * n, b=n, c=n)
            message = subprocess.run(["protoc", "--encode=io.prometheus.client.MetricFamily", f"-I{stack.SOURCE}",
                                      str(stack.SOURCE / "proto/metrics.proto")], input=text.encode(),
                                     capture_output=True, check=True).stdout
            assert len(message) < 128
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.google.protobuf; "
                                             "proto=io.prometheus.client.MetricFamily; encoding=delimited")
            self.end_headers()
            self.wfile.write(bytes([len(message)]) + message)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        config = ("global: {scrape_interval: 1s}\nscrape_configs: [{job_name: x, static_configs: "
                  f"[{{targets: ['127.0.0.1:{server.server_port}']}}]}}]\n")
        with Prometheus(tmp_path / "prometheus", tmp_path / "data", "--enable-feature=native-histograms",
                        "--web.enable-admin-api", config=config) as prometheus:
            stack.wait_until(lambda: len(scrapes) >= 8, 60, "eight scrapes")
            answer = json.loads(stack.http(prometheus.url + "/api/v1/admin/tsdb/snapshot", "POST").body)
            assert answer["status"] == "success", answer
            snapshot = tmp_path / "data" / "snapshots" / answer["data"]["name"]
    finally:
        server.shutdown()
    store = tmp_path / "store"
    bekci("import", "prometheus-blocks", f"--path={store}", snapshot)
    assert "good" in bekci("verify", f"--path={store}").stdout
    assert dumped(store) == dumped(snapshot)
    run = bekci("export", f"--path={store}")
    assert re.search(r"note: \d+ native histograms left out", run.stderr)
    assert "up{" in run.stdout


NATIVE = ["custom_seconds", "balance", "queue_ages", "latency_seconds", "mixed_kinds", "observations_with_gaps",
          "histogram_quantile(0.9, sum by (job) (rate(latency_seconds[5m])))", '{"depth.of.water"}', "twofold"]


def test_every_kind_of_histogram_that_a_prometheus_3_keeps_is_read_merged_and_given_back(tmp_path, peer):
    """Custom buckets, both signs, gauges, floats among histograms: blocks of a 3.5 are taken over by bekci, and one that
    bekci has merged of them is read by that Prometheus as its own."""
    if peer == "2.42":
        pytest.skip("2.42 knows no custom buckets")
    flags = ("--web.enable-remote-write-receiver", "--enable-feature=native-histograms", "--web.enable-admin-api")
    with Prometheus(tmp_path / "prometheus", tmp_path / "data", *flags) as prometheus:
        series = history.history() + history.modern_history()
        for start in range(history.START_MS, history.END_MS + 1, 600_000):
            body = history.snappy_block(history.write_request(series, start, start + 600_000))
            answer = stack.http(prometheus.url + "/api/v1/write", "POST", data=body, timeout=60,
                                headers={"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
                                         "X-Prometheus-Remote-Write-Version": "0.1.0"})
            assert answer.status == 204, answer.text
        answer = json.loads(stack.http(prometheus.url + "/api/v1/admin/tsdb/snapshot", "POST", timeout=60).body)
        snapshot = tmp_path / "data" / "snapshots" / answer["data"]["name"]
        theirs = native_answers(prometheus)
    store = tmp_path / "store"
    bekci("import", "prometheus-blocks", f"--path={store}", snapshot)
    assert "good" in bekci("verify", f"--path={store}").stdout
    whole = dumped(snapshot)
    assert len(whole) > 50_000 and dumped(store) == whole
    with Prometheus(tmp_path / "again", store) as prometheus:
        assert native_answers(prometheus) == theirs
        assert "corrupt" not in prometheus.log().lower()


def native_answers(prometheus):
    found = {}
    for query in NATIVE:
        window = {"query": query, "start": history.START_MS / 1000 + 1800, "end": history.END_MS / 1000, "step": 300}
        answer = json.loads(stack.http(f"{prometheus.url}/api/v1/query_range?{urllib.parse.urlencode(window)}", timeout=60).body)
        assert answer["status"] == "success" and answer["data"]["result"], (query, answer)
        found[query] = sorted(json.dumps(row, sort_keys=True) for row in answer["data"]["result"])
    return found
