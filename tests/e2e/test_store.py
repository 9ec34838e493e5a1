"""What the agent collects is kept: over kill -9, restarts and full disks, as a scrape by Prometheus would have kept it."""

import os
import re
import signal
import subprocess
import time

import pytest

import stack

CONFIG = "global: {scrape_interval: 1s}\ncollectors: {host: {instance: web-1}}\n"


def export(state, *more):
    """{series text: {time in seconds: value}} of a store that nobody has open."""
    run = subprocess.run([str(stack.BEKCI), "tsdb", "export", f"--path={state}", *more], capture_output=True, text=True,
                         timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    series = {}
    for line in run.stdout.splitlines():
        found = re.fullmatch(r"(\S+?(?:\{.*\})?) (\S+) ([0-9.e+]+)", line)
        if found and not line.startswith("#"):
            series.setdefault(found[1], {})[float(found[3])] = found[2]
    return series


def of(series, name, **labels):
    """The samples of the one series of this name and these labels, by time."""
    matching = [text for text in series if text.partition("{")[0] == name and
                all(f'{key}="{value}"' in text for key, value in labels.items())]
    assert len(matching) == 1, matching
    return series[matching[0]]


def collections(bekci):
    return bekci.metrics().get(r'bekci_collector_collections_total\{collector="host".*\}') or 0


def test_every_scheduled_round_is_there_after_kill_9(tmp_path):
    state = tmp_path / "state"
    rounds = []
    for _ in range(2):
        with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=state) as bekci:
            stack.wait_until(lambda: collections(bekci) >= 10, 60, "ten rounds")
            rounds.append(int(collections(bekci)))
            os.kill(bekci.pid, signal.SIGKILL)
            bekci.popen.wait()
    series = export(state)
    up = of(series, "up", job="node", instance="web-1")
    assert len(up) >= sum(rounds)
    assert set(up.values()) == {"1"} or set(up.values()) == {"1.0"}
    for name in ("scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
                 "scrape_series_added"):
        assert len(of(series, name, job="node", instance="web-1")) == len(up), name
    assert len(of(series, "node_load1", job="node", instance="web-1")) == len(up)
    # The agent's own metrics are stored too.
    assert len(of(series, "bekci_build_info", job="bekci")) >= sum(rounds) - 4
    # The schedule's ticks a second apart, and the gap of the restart: nothing between, nothing twice.
    times = sorted(up)
    assert all(later - earlier > 0.3 for earlier, later in zip(times, times[1:]))
    scraped = of(series, "scrape_samples_scraped", job="node", instance="web-1")
    assert float(scraped[times[-1]]) > 100


def test_a_reload_that_removes_an_instance_marks_it_stale_and_leaves_the_others_alone(tmp_path):
    state = tmp_path / "state"
    with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=state) as bekci:
        stack.wait_until(lambda: collections(bekci) >= 3, 60, "rounds")
        bekci.config_path.write_text("global: {scrape_interval: 1s}\ncollectors: {}\n")
        os.kill(bekci.pid, signal.SIGHUP)
        stack.wait_until(lambda: "configuration reloaded" in bekci.log(), 30, "the reload")
        bekci.stop()
    run = subprocess.run([str(stack.BEKCI), "tsdb", "export", f"--path={state}", '--match=up{job="node"}'],
                         capture_output=True, text=True, timeout=120, check=False)
    assert "1 stale marker" in run.stderr


def test_the_first_page_does_not_wait_for_the_store_and_readiness_does(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    with open(state / "lock", "w", encoding="ascii") as lock:
        import fcntl
        fcntl.flock(lock, fcntl.LOCK_EX)
        with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=state, wait=False) as bekci:
            stack.wait_until(lambda: _answers(bekci), 20, "a page")
            stack.wait_until(lambda: "another process holds it" in bekci.get("/-/ready").text, 20, "the reason")
            assert bekci.get("/-/ready").status == 503
            assert bekci.metrics().get("bekci_tsdb_open") == 0
            fcntl.flock(lock, fcntl.LOCK_UN)
            stack.wait_until(bekci.ready, 20, "ready once the lock is free")
            assert bekci.metrics().get("bekci_tsdb_open") == 1
            # Rounds from before are not lost.
            rounds = collections(bekci)
            bekci.stop()
    assert len(of(export(state), "up", job="node")) >= rounds


def _answers(bekci):
    try:
        return bekci.get("/metrics").status == 200
    except OSError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system takes root")
def test_a_full_disk_stops_keeping_but_not_collecting(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", state], check=False).returncode != 0:
        pytest.skip("cannot mount here")
    try:
        with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=state) as bekci:
            stack.wait_until(lambda: collections(bekci) >= 2, 60, "rounds")
            filler = state / "filler"
            with open(filler, "wb") as out:
                try:
                    while True:
                        out.write(b"x" * 4096)
                        out.flush()
                except OSError:
                    pass
            stack.wait_until(lambda: bekci.metrics().get("bekci_tsdb_wal_healthy") == 0, 60, "the disk is full")
            before = collections(bekci)
            stack.wait_until(lambda: collections(bekci) >= before + 3, 60, "it goes on collecting")
            assert "cannot be written" in bekci.log()
            filler.unlink()
            stack.wait_until(lambda: bekci.metrics().get("bekci_tsdb_wal_healthy") == 1, 60, "written again")
            rounds = collections(bekci)
            time.sleep(0.1)
            os.kill(bekci.pid, signal.SIGKILL)
            bekci.popen.wait()
        up = of(export(state), "up", job="node")
        assert len(up) >= rounds  # also those of the time when there was no room
    finally:
        subprocess.run(["umount", "-l", state], check=False)
