"""The collection worker is killed, stopped and blown up while prometheus scrapes: no scrape of the core fails, collection
comes back as promised, and the event is in metric and log."""
# Takes 60 s

import os
import pathlib
import signal
import time

import pytest

import stack

SCRAPE = ("- job_name: bekci\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  honor_labels: true\n"
          "  static_configs: [{targets: ['127.0.0.1:%d']}]\n")


@pytest.fixture
def watched(tmp_path):
    with stack.Bekci(tmp_path / "bekci", config=stack.HOST_ONLY) as bekci, \
            stack.Prometheus(tmp_path / "p", SCRAPE % bekci.port) as prometheus:
        stack.wait_until(lambda: prometheus.query("up == 1"), 20, "first scrape")
        yield bekci, prometheus


def deaths(bekci, reason):
    return bekci.metrics().get(rf'bekci_worker_deaths_total\{{reason="{reason}"\}}', 0)


def collecting(bekci):
    return bekci.metrics().get(r'bekci_collector_success\{collector="host".*\}') == 1


def no_scrape_failed(prometheus):
    ups = prometheus.query("min_over_time(up[120s])")
    assert ups and all(value == 1 for _, value in ups)
    assert prometheus.complaints() == []


def test_a_killed_worker_is_replaced_within_two_seconds(watched):
    bekci, prometheus = watched
    before = bekci.worker_pid()
    os.kill(before, signal.SIGKILL)
    start = time.monotonic()
    stack.wait_until(lambda: bekci.worker_pid() not in (None, before) and collecting(bekci), 10, "collection is back")
    assert time.monotonic() - start < 2 or stack.SANITIZED
    assert deaths(bekci, "crash") == 1
    assert bekci.log().count("worker") >= 1 and "crash" in bekci.log()
    time.sleep(3)
    no_scrape_failed(prometheus)


def test_a_stopped_worker_is_replaced_and_the_page_says_so_meanwhile(watched):
    bekci, prometheus = watched
    before = bekci.worker_pid()
    os.kill(before, signal.SIGSTOP)
    stack.wait_until(lambda: not collecting(bekci), 10, "the page says that collection is away")
    page = bekci.metrics()
    assert not any(s.startswith("node_cpu_seconds_total") for s in page.series), "old numbers must not be shown as new"
    stack.wait_until(lambda: bekci.worker_pid() not in (None, before) and collecting(bekci), 30, "collection is back")
    assert deaths(bekci, "hang") == 1
    assert "hang" in bekci.log()
    no_scrape_failed(prometheus)


def test_a_worker_killed_again_and_again_is_replaced_with_back_off(watched):
    bekci, prometheus = watched
    for round_ in range(4):
        pid = stack.wait_until(bekci.worker_pid, 15, "a worker")
        os.kill(pid, signal.SIGKILL)
        stack.wait_until(lambda: bekci.worker_pid() not in (None, pid), 15, f"replacement {round_}")
    stack.wait_until(lambda: collecting(bekci), 15, "collection is back")
    assert deaths(bekci, "crash") == 4
    no_scrape_failed(prometheus)


@pytest.mark.skipif(not stack.BEKCI_WITH_FAULTS.exists(), reason="bekci_with_faults is not built")
@pytest.mark.parametrize("collector,reason", [("hog", "memory"), ("crash", "crash"), ("hang", "hang")])
def test_a_collector_that_blows_up_costs_only_the_worker(tmp_path, collector, reason):
    if stack.SANITIZED and collector == "hog":
        pytest.skip("a memory limit says nothing under a sanitizer")
    trigger = tmp_path / "trigger"
    config = (f"worker: {{memory_limit: 64MiB}}\n"
              f"collectors:\n  host: {{}}\n  {collector}: {{trigger_file: '{trigger}', interval: 1s, deadline: 1s}}\n")
    with stack.Bekci(tmp_path / "bekci", config=config, binary=stack.BEKCI_WITH_FAULTS) as bekci, \
            stack.Prometheus(tmp_path / "p", SCRAPE % bekci.port) as prometheus:
        stack.wait_until(lambda: prometheus.query("up == 1"), 20, "first scrape")
        trigger.write_text("")
        stack.wait_until(lambda: deaths(bekci, reason) >= 1, 30, f"death counted as {reason}")
        pathlib.Path(trigger).unlink(missing_ok=True)
        stack.wait_until(lambda: collecting(bekci), 45, "collection is back")
        no_scrape_failed(prometheus)
        assert bekci.alive()
