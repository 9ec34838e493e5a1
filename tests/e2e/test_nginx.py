"""bekci beside a real nginx: stub_status over http, https and a unix socket, the socket view, and faults."""

import os
import re
import signal
import subprocess
import time

import pytest

import stack
from servers import nginx, phpfpm

pytestmark = pytest.mark.skipif(nginx.PROGRAM is None, reason="nginx is not installed (nginx-light)")

# nginx-prometheus-exporter's, for the open source nginx.
FAMILIES = {"nginx_connections_accepted": "counter", "nginx_connections_active": "gauge",
            "nginx_connections_handled": "counter", "nginx_connections_reading": "gauge",
            "nginx_connections_waiting": "gauge", "nginx_connections_writing": "gauge",
            "nginx_http_requests_total": "counter", "nginx_up": "gauge"}


def config(*urls, more=""):
    rows = ", ".join(f"{{instance: n{i}, url: '{url}', timeout: 1s, interval: 1s{more}}}" for i, url in enumerate(urls))
    return f"collectors:\n  nginx: [{rows}]\n"


def numbers(page, instance):
    found = {}
    for series, value in page.series.items():
        if series.startswith("nginx_") and (f'instance="{instance}"' in series or "{" not in series):
            found[series.partition("{")[0]] = float(value)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("nginx")
    certificate, key = directory / "c.pem", directory / "k.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    with nginx.Nginx(directory / "nginx", tls=(certificate, key)) as process:
        process.certificate = certificate
        yield process


def test_families_and_values_over_http_https_and_a_unix_socket(server, tmp_path):
    urls = [f"http://127.0.0.1:{server.port}/stub_status", f"unix:{server.socket}:/stub_status",
            f"https://127.0.0.1:{server.tls_port}/stub_status"]
    with stack.Bekci(tmp_path / "bekci", config=config(*urls, more=f", ca_file: {server.certificate}")) as bekci:
        page = bekci.metrics()
        assert {n: k for n, k in page.types.items() if n.startswith("nginx_")} == FAMILIES
        for i in range(3):
            assert numbers(page, f"n{i}")["nginx_up"] == 1
        before = numbers(bekci.metrics(), "n0")
        for _ in range(20):
            server.get("/text")
        after = numbers(bekci.metrics(), "n0")
        assert 20 <= after["nginx_http_requests_total"] - before["nginx_http_requests_total"] <= 60
        text = server.get("/stub_status").text
        requests = int(text.splitlines()[2].split()[2])
        assert 0 < requests - after["nginx_http_requests_total"] <= 20
        # The three connections are kept: scraping again opens none.
        once, again = numbers(bekci.metrics(), "n0"), numbers(bekci.metrics(), "n0")
        assert again["nginx_connections_accepted"] == once["nginx_connections_accepted"]


def test_an_unknown_certificate_is_refused(server, tmp_path):
    with stack.Bekci(tmp_path / "bekci", config=config(f"https://127.0.0.1:{server.tls_port}/stub_status")) as bekci:
        assert numbers(bekci.metrics(), "n0") == {"nginx_up": 0}
        stack.wait_until(lambda: "certificate" in bekci.log(), 5, "the reason is logged")


def test_each_wrong_answer_has_its_reason(server, tmp_path):
    base = f"http://127.0.0.1:{server.port}"
    for path, words in (("/none", "404"), ("/denied", "403"), ("/text", "stub_status: line 1")):
        with stack.Bekci(tmp_path / path[1:], config=config(base + path)) as bekci:
            assert numbers(bekci.metrics(), "n0") == {"nginx_up": 0}
            stack.wait_until(lambda: words in bekci.log(), 5, words)


def logged(bekci, text, times):
    stack.wait_until(lambda: bekci.log().count(text) == times, 8, f"{times} times in the log: {text}")


def test_faults_pass_by_themselves_and_are_told_once(tmp_path):
    first = nginx.Nginx(tmp_path / "nginx")
    with first, stack.Bekci(tmp_path / "bekci", config=config(f"http://127.0.0.1:{first.port}/stub_status")) as bekci:
        def up():
            begin = time.monotonic()
            value = numbers(bekci.metrics(), "n0")["nginx_up"]
            assert time.monotonic() - begin < 5
            return value

        assert up() == 1
        workers = [int(p) for p in open(f"/proc/{first.pid}/task/{first.pid}/children").read().split()]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        stack.wait_until(lambda: up() == 0, 8, "a stopped nginx is down")
        logged(bekci, "collector failed", 1)
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        stack.wait_until(lambda: up() == 1, 8, "it is up again")
        logged(bekci, "collector works again", 1)
        first.stop(signal.SIGTERM)
        stack.wait_until(lambda: up() == 0, 8, "an ended nginx is down")
        logged(bekci, "collector failed", 2)
        time.sleep(2.5)
        assert bekci.log().count("collector failed") == 2


@pytest.mark.skipif(phpfpm.PROGRAM is None, reason="php-fpm is not installed (php8.2-fpm)")
def test_queues_of_nginx_and_of_the_pools_behind_it_are_seen(tmp_path):
    pools = {"queue": {"pm.max_children": "1", "listen": f"/tmp/bekci-e2e-lq-{os.getpid()}.sock"}}
    with phpfpm.PhpFpm(tmp_path / "fpm", pools) as fpm, \
            nginx.Nginx(tmp_path / "nginx", fpm=[("/sleep", pools["queue"]["listen"], fpm.scripts / "sleep.php")]) as web, \
            stack.Bekci(tmp_path / "bekci", config="collectors:\n  listenqueue: {services: ["
                        f"{{name: nginx, processes: [nginx], addresses: ['*:{web.port}', 'unix:{web.socket}']}}, "
                        f"{{name: php-fpm, processes: ['php-fpm*'], addresses: ['unix:{pools['queue']['listen']}']}}]}}\n") as bekci:
        import threading
        clients = [threading.Thread(target=lambda: web.get("/sleep?s=2", timeout=30), daemon=True) for _ in range(4)]
        for client in clients:
            client.start()
        time.sleep(0.7)
        page = bekci.metrics()
        address = re.escape(f"unix:{pools['queue']['listen']}")
        assert page.get(rf'bekci_listen_queue_length\{{address="{address}",service="php-fpm"\}}') == 3
        assert page.get(rf'bekci_listen_queue_limit\{{address="{address}",service="php-fpm"\}}') >= 128
        assert page.get(rf'bekci_listen_queue_length\{{address="127.0.0.1:{web.port}",service="nginx"\}}') == 0
        assert page.get(rf'bekci_listen_queue_drops_total\{{address="127.0.0.1:{web.port}",service="nginx"\}}') == 0
        for client in clients:
            client.join()
