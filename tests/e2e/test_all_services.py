"""A whole shop: MariaDB, Redis, PHP-FPM with two pools and OPcache behind nginx, under light load, collected by one bekci.
A real prometheus scrapes all of it for a minute, as /sd lists it and as one page, and has nothing to complain of."""

import contextlib
import threading
import time

import pytest

import stack
from servers import mariadb, nginx, phpfpm, redis

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


class Shop:
    """The servers, and shoppers that ask each of them ten times a second or so."""

    def __init__(self, directory, cleanup):
        start = cleanup.enter_context
        self.database = start(mariadb.MariaDb(directory / "mysql"))
        self.database.create_user("bekci", "pw")
        mariadb.fill_shop(self.database)
        self.cache = start(redis.Redis(directory / "redis"))
        # One pool on a unix socket, one on a port.
        pools = {"shelf": {"pm.status_path": "/status", "ping.path": "/ping", "pm.max_children": "3"},
                 "checkout": {"pm": "dynamic", "pm.max_children": "3", "pm.start_servers": "1", "pm.min_spare_servers": "1",
                              "pm.max_spare_servers": "2", "pm.status_path": "/status",
                              "listen": f"127.0.0.1:{stack.free_port()}"}}
        pools["shelf"]["listen"] = f"/tmp/bekci-e2e-shelf-{pools['checkout']['listen'].rpartition(':')[2]}.sock"
        self.fpm = start(phpfpm.PhpFpm(directory / "fpm", pools, "opcache.enable=1"))
        hello = self.fpm.scripts / "hello.php"
        locations = [(f"/{name}", pool["listen"], hello) for name, pool in pools.items()]
        self.web = start(nginx.Nginx(directory / "nginx", fpm=locations))
        self.ended = threading.Event()
        self.mishaps = []
        threads = [threading.Thread(target=self._shop, args=(visit,), daemon=True)
                   for visit in (self._browse, self._remember, self._order)]
        for thread in threads:
            thread.start()
        cleanup.callback(lambda: (self.ended.set(), [thread.join(20) for thread in threads]))

    def _shop(self, visit):
        while not self.ended.wait(0.1):
            try:
                visit()
            except Exception as error:  # told by the test, which would otherwise measure a shop at rest
                self.mishaps.append(repr(error))

    def _browse(self):
        for pool in self.fpm.pools:
            assert self.web.get(f"/{pool}").text == "hello"

    def _remember(self):
        self.cache.cli("INCR", "visitors")
        self.cache.cli("GET", "visitors")

    def _order(self):
        self.database.sql("SELECT COUNT(*) FROM orders WHERE customer_id=7; UPDATE orders SET total=total+1 WHERE id=7;", "shop")


def config(shop, directory, script):
    (directory / "pw").write_text("pw\n")
    (directory / "pw").chmod(0o600)
    opcache = f", opcache_script: {script}" if script else ""
    # Named, since these ports are not those that the services are known by.
    queues = ", ".join(f"{{name: {name}, processes: ['{process}'], addresses: ['{address}']}}" for name, process, address in (
        ("mysqld", "mariadbd", f"*:{shop.database.port}"), ("redis", "redis-server", f"*:{shop.cache.port}"),
        ("nginx", "nginx", f"*:{shop.web.port}"), ("php-fpm", "php-fpm*", f"unix:{shop.fpm.pools['shelf']['listen']}")))
    return f"""
collectors:
  host: {{}}
  mysql: [{{instance: db, address: "unix://{shop.database.socket}", username: bekci, password_file: {directory}/pw}}]
  redis: [{{instance: cache, address: "redis://127.0.0.1:{shop.cache.port}"}}]
  phpfpm: {{pool_files: '{shop.fpm.pool_files}'{opcache}}}
  nginx: [{{instance: web, url: "http://127.0.0.1:{shop.web.port}/stub_status"}}]
  listenqueue: {{services: [{queues}]}}
"""


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
