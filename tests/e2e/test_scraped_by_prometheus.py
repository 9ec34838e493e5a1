"""A real prometheus scrapes bekci for a minute in each format, through /metrics and through /sd, and has nothing to
complain of: all at the same time, in the same minute."""
# Takes 70 s

import time

import stack

MINUTE = 60


def sd_config(name, port):
    return (f"- job_name: {name}\n  honor_labels: true\n"
            f"  http_sd_configs: [{{url: 'http://127.0.0.1:{port}/sd', refresh_interval: 5s}}]\n")


def static_config(name, port, more=""):
    return (f"- job_name: {name}\n  honor_labels: true\n  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n{more}")


def wait_until_up(prometheus, jobs):
    stack.wait_until(lambda: len(prometheus.query("up == 1")) >= len(jobs), 20, "every job up once")


def check_the_clean_minute(prometheus, jobs):
    """What a prometheus says of the minute that has just gone by."""
    ups = prometheus.query(f"min_over_time(up[{MINUTE}s])")
    assert ups and all(value == 1 for _, value in ups), ups
    scrapes = prometheus.query(f"count_over_time(up[{MINUTE}s])")
    assert all(value >= MINUTE / 2 * 0.8 for _, value in scrapes), scrapes
    for job in jobs:
        samples = prometheus.query(f'sum(scrape_samples_scraped{{{job}}})')
        assert samples and samples[0][1] > 200, (job, samples)
    assert prometheus.complaints() == []
    assert prometheus.rejected() == {}


def test_a_minute_of_text_openmetrics_and_protobuf_through_metrics_and_sd(tmp_path, bekci):
    proxy = stack.AcceptProxy("text/plain;version=0.0.4")
    try:
        plain = (static_config("openmetrics", bekci.port) +
                 static_config("text", bekci.port, f"  proxy_url: {proxy.url}\n") + sd_config("sd", bekci.port))
        protobuf = static_config("protobuf", bekci.port) + sd_config("sd", bekci.port)
        with stack.Prometheus(tmp_path / "p1", plain) as p1, \
                stack.Prometheus(tmp_path / "p2", protobuf, "--enable-feature=native-histograms") as p2:
            minutes = ((p1, ['job="openmetrics"', 'job="text"', 'job="node"']), (p2, ['job="protobuf"', 'job="node"']))
            for prometheus, jobs in minutes:
                wait_until_up(prometheus, jobs)
            time.sleep(MINUTE)  # the same one for all of them
            for prometheus, jobs in minutes:
                check_the_clean_minute(prometheus, jobs)
            # http_sd gave the conventional job, and the names a node_exporter dashboard selects on are there
            assert p1.query('count(node_cpu_seconds_total{job="node",mode="idle"})')[0][1] >= 1
            # each format was really the one asked for
            page = bekci.metrics()
            for form in ("text", "openmetrics", "protobuf"):
                assert page.sum(rf'bekci_scrapes_total\{{.*format="{form}".*\}}') > 0, form
    finally:
        proxy.close()


def test_promtool_says_nothing_of_our_page_that_it_does_not_say_of_the_peers(tmp_path, bekci):
    with stack.NodeExporter(tmp_path) as peer:
        theirs = {line for line in stack.promtool_lint(stack.http(peer.base + "/metrics").text)}
    ours = set(stack.promtool_lint(bekci.get("/metrics").text))
    # So Prometheus 3 calls them, and promtool says the same of its page.
    named_by_prometheus = {f"prometheus_{what}_duration_histogram_seconds metric name should not include type 'histogram'"
                           for what in ("rule_evaluation", "rule_group")}
    assert ours - theirs - named_by_prometheus == set()


def test_no_series_stands_twice_and_families_are_sorted(bekci):
    page = bekci.metrics()
    assert page.duplicates == []
    assert list(page.types) == sorted(page.types)
