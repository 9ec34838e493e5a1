"""Federation both ways: a real Prometheus takes from bekci's /federate exactly the series that bekci holds, bekci takes from a
Prometheus', and for the same samples both give the same page."""

import contextlib
import http.server
import json
import re
import threading
import time
import urllib.parse

import pytest

import stack
from servers import other_versions

PAGE = """# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{{path="/a b",code="200"}} 12 {now}
requests_total{{path="/\\"quoted\\"\\n\\\\",code="500"}} 3.5 {now}
# TYPE seconds histogram
seconds_bucket{{le="0.5"}} 1 {now}
seconds_bucket{{le="+Inf"}} 4 {now}
seconds_sum 2.5 {now}
seconds_count 4 {now}
# TYPE quick summary
quick{{quantile="0.99"}} NaN {now}
quick_sum -1e-9 {now}
quick_count 1e21 {now}
# TYPE info gauge
info{{job="mine",instance=""}} +Inf {now}
info{{version="ü"}} 7e-7 {now}
"""


class Page:
    """An exporter whose samples carry the time at which it was made: whoever scrapes it holds the same."""

    def __init__(self):
        body = PAGE.format(now=int(time.time() * 1000)).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.job = ("- job_name: page\n  honor_labels: true\n  scrape_interval: 1s\n"
                    f"  static_configs: [{{targets: ['127.0.0.1:{self.server.server_port}']}}]\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def federation(name, port, *matches):
    texts = ", ".join(json.dumps(match) for match in matches)
    return (f"- job_name: {name}\n  honor_labels: true\n  metrics_path: /federate\n  scrape_interval: 1s\n"
            f"  params: {{'match[]': [{texts}]}}\n  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n")


def series(port, selector):
    """{labels: value} now."""
    answer = stack.http(f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": selector}))
    body = json.loads(answer.text)
    assert body["status"] == "success", body
    return {tuple(sorted(row["metric"].items())): row.get("value", [0, None])[1] for row in body["data"]["result"]}


@contextlib.contextmanager
def bekci(tmp_path, jobs, collectors="{}", **more):
    config = f"global: {{scrape_interval: 1s}}\ncollectors: {collectors}\nscrape_configs:\n{jobs}"
    with stack.Bekci(tmp_path / "bekci", config=config, **more) as agent:
        yield agent


def test_a_prometheus_federates_all_that_bekci_holds_and_nothing_else(tmp_path):
    with Page() as page, bekci(tmp_path, page.job, "{host: {instance: web-1}}") as agent:
        stack.wait_until(lambda: series(agent.port, 'requests_total and on() node_load1'), 30, "both jobs' series")
        matches = ('{job="node"}', '{job="page"}', '{__name__=~"requests_total|info"}', '{job="bekci",__name__="up"}')
        with stack.Prometheus(tmp_path / "prometheus", federation("bekci-of-a-host", agent.port, *matches)) as prometheus:
            own = 'job="bekci-of-a-host"'
            stack.wait_until(lambda: series(prometheus.port, f"count_over_time(up{{{own}}}[1m]) > 5"), 30, "five rounds")
            chosen = '{job=~"node|page"} or {__name__=~"requests_total|info"} or up{job="bekci"}'

            def equal():
                ours = series(agent.port, chosen)
                theirs = series(prometheus.port, '{__name__!="",job!="bekci-of-a-host"}')
                return len(ours) > 100 and ours.keys() == theirs.keys()

            stack.wait_until(equal, 30, "the same series on both sides")
            ours, theirs = (series(p, '{job="page",__name__!~"scrape_.*"} or info') for p in (agent.port, prometheus.port))
            assert ours == theirs  # values too, where they stand still
            assert set(series(prometheus.port, f"up{{{own}}}").values()) == {"1"}
            assert series(prometheus.port, f"min_over_time(up{{{own}}}[1m]) == 0") == {}
            assert prometheus.complaints() == []
            assert prometheus.rejected() == {}


def test_bekci_federates_from_a_prometheus(tmp_path):
    with Page() as page, stack.Prometheus(tmp_path / "prometheus", page.job) as prometheus:
        stack.wait_until(lambda: series(prometheus.port, "requests_total"), 30, "scraped")
        with bekci(tmp_path, federation("upstream", prometheus.port, '{job="page"}', "info")) as agent:
            stack.wait_until(lambda: series(agent.port, 'up{job="page"}'), 30, "federated")
            theirs = series(prometheus.port, '{job="page",__name__!~"scrape_.*"} or info')
            stack.wait_until(lambda: series(agent.port, '{job="page",__name__!~"scrape_.*"} or info') == theirs, 30,
                             "the same series with the same values")
            assert set(series(agent.port, 'up{job="upstream"}').values()) == {"1"}
            # Everything kept its own labels: nothing but the scrape's own series is of the federating job.
            assert {dict(labels)["__name__"] for labels in series(agent.port, '{job="upstream"}')} == {
                "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
                "scrape_series_added"}


# Each what Prometheus of some version asks with, or a browser, or nobody.
ACCEPTS = ["", "text/plain;version=0.0.4", "*/*",
           "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"]


def lines(text):
    """The page's lines, labels in order: Prometheus puts the external ones last. Series of a name come in no fixed order."""
    found = []
    for line in text.splitlines():
        labels = re.findall(r'([\w.]+)="((?:[^"\\]|\\.)*)"', line)
        name, value = line.partition("{")[0], line.rpartition("}")[2]
        found.append((name, sorted(labels), value) if labels else (line,))
    return sorted(found, key=lambda row: (row[0].removeprefix("# TYPE "), str(row)))


@pytest.mark.parametrize("version", ["2.42", "3.5"])
def test_the_page_is_the_one_a_prometheus_gives_for_the_same_samples(tmp_path, version):
    program = other_versions.newer_prometheus("prometheus") if version == "3.5" else "prometheus"
    external = "global: {scrape_interval: 1s, external_labels: {host: outside, code: never}}\n"
    with Page() as page, stack.Prometheus(tmp_path / "prometheus", page.job, program=program) as prometheus:
        (tmp_path / "prometheus" / "prometheus.yml").write_text(external + "scrape_configs:\n" + page.job)
        prometheus.popen.send_signal(1)
        config = external + "collectors: {}\nscrape_configs:\n" + page.job
        with stack.Bekci(tmp_path / "bekci", config=config) as agent:
            for port in (prometheus.port, agent.port):
                stack.wait_until(lambda port=port: series(port, "info"), 30, "scraped")
                stack.wait_until(lambda port=port: "outside" in stack.http(
                    f"http://127.0.0.1:{port}/federate?match[]=info").text, 30, "external labels")
            bad = []
            for accept in ACCEPTS:
                for matches in (["requests_total"], ['{__name__=~"requests.*|seconds_.+"}', "quick", "requests_total"],
                                ['{__name__=~"quick.*|info"}'], ["nothing"], ["{"]):
                    path = "/federate?" + urllib.parse.urlencode([("match[]", m) for m in matches])
                    a, b = (stack.http(f"http://127.0.0.1:{p}{path}", headers={"Accept": accept})
                            for p in (prometheus.port, agent.port))
                    theirs, ours = ((r.status, lines(r.text), r.headers["Content-Type"]) for r in (a, b))
                    if version == "2.42":  # names no escaping
                        ours = (*ours[:2], ours[2].partition("; escaping=")[0])
                    if theirs != ours:
                        bad.append(f"{accept!r} {matches}\n  theirs {theirs}\n  ours   {ours}")
            assert not bad, "\n".join(bad)
