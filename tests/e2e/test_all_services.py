"""A whole shop: MariaDB, Redis, PHP-FPM with two pools and OPcache behind nginx, under light load, collected by one bekci.
A real prometheus scrapes all of it for a minute, as /sd lists it and as one page, and has nothing to complain of."""

import contextlib
import time

import pytest

import stack
from servers import nginx, phpfpm
from servers.shop import Shop, config

SCRIPT = stack.SOURCE / "deploy" / "php" / "bekci-opcache.php"
MINUTE = 60
pytestmark = pytest.mark.skipif(phpfpm.PROGRAM is None or nginx.PROGRAM is None, reason="php-fpm or nginx is not installed")

# Of each service, by the job that /sd gives it: what a dashboard or an alert rule of the peer exporter asks for.
ASKED = {
    "node": "node_load1",
    "mysql": "mysql_global_status_queries",
    "redis": "redis_commands_processed_total",
    "phpfpm": 'phpfpm_accepted_connections{pool="checkout"}',
    "nginx": "nginx_http_requests_total",
    "listenqueue": 'bekci_listen_queue_limit{service="php-fpm"}',
    "bekci": "bekci_build_info",
}
UP = ("mysql_up", "redis_up", "phpfpm_up", "nginx_up")
# Counters of what the shoppers below do.
WORK = ("mysql_global_status_queries", "redis_commands_processed_total", "phpfpm_accepted_connections",
        "nginx_http_requests_total", "php_opcache_hits_total")


@pytest.fixture
def script():
    installed = phpfpm.install_script(SCRIPT)
    yield installed
    if installed:
        installed.unlink()
        installed.parent.rmdir()


def check_the_clean_minute(prometheus, jobs):
    ups = {labels["job"]: value for labels, value in prometheus.query(f"min_over_time(up[{MINUTE}s])")}
    assert ups == {job: 1 for job in jobs}, ups
    counts = prometheus.query(f"count_over_time(up[{MINUTE}s])")
    assert len(counts) == len(jobs) and all(value >= MINUTE / 2 * 0.8 for _, value in counts), counts
    assert prometheus.complaints() == []
    assert prometheus.rejected() == {}


def test_a_prometheus_scrapes_a_whole_shop_for_a_minute_without_a_rejected_sample(tmp_path, script):
    with contextlib.ExitStack() as cleanup:
        shop = Shop(tmp_path, cleanup)
        bekci = cleanup.enter_context(stack.Bekci(tmp_path / "bekci", config=config(shop, tmp_path, script)))
        jobs = (f"- job_name: sd\n  http_sd_configs: [{{url: '{bekci.base}/sd', refresh_interval: 5s}}]\n"
                f"- job_name: page\n  honor_labels: true\n  static_configs: [{{targets: ['127.0.0.1:{bekci.port}']}}]\n")
        prometheus = cleanup.enter_context(stack.Prometheus(tmp_path / "prometheus", jobs))
        expected = [*ASKED, "page"]
        stack.wait_until(lambda: {m["job"] for m, _ in prometheus.query("up == 1")} >= set(expected), 30, "every job is up")
        time.sleep(MINUTE)
        check_the_clean_minute(prometheus, expected)
        for job, metric in ASKED.items():
            separator = "," if "{" in metric else "{"
            for asked in (job, "page"):
                selector = metric.rstrip("}") + f'{separator}job="{asked}"}}'
                assert len(prometheus.query(selector)) >= 1, selector
        for name in UP:
            values = prometheus.query(f"min_over_time({name}[{MINUTE}s])")
            assert len(values) >= 2 and all(value == 1 for _, value in values), (name, values)
        for name in WORK[:4] if script is None else WORK:
            increases = prometheus.query(f"increase({name}[{MINUTE}s])")
            assert increases and all(value > 20 for _, value in increases), (name, increases)
        failed = prometheus.query(f"min_over_time(bekci_collector_success[{MINUTE}s]) == 0")
        assert failed == []
        assert shop.mishaps == []
