"""bekci beside a real PHP-FPM: its numbers against FPM's own pages, a saturated pool, and faults one after another."""

import contextlib
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

import pytest

import stack
from servers import phpfpm

DIFFERENCES = pathlib.Path(__file__).with_name("phpfpm_differences.txt")
SCRIPT = stack.SOURCE / "deploy" / "php" / "bekci-opcache.php"
pytestmark = pytest.mark.skipif(phpfpm.PROGRAM is None, reason="php-fpm is not installed (php8.2-fpm)")


def pools(directory):
    status_port, port = stack.free_port(), stack.free_port()
    return {
        "shop": {"pm.status_path": "/status", "ping.path": "/ping", "pm.max_children": "3",
                 "listen": f"/tmp/bekci-e2e-fpm-{os.getpid()}-{port}.sock"},
        "api": {"pm": "dynamic", "pm.max_children": "2", "pm.start_servers": "2", "pm.min_spare_servers": "1",
                "pm.max_spare_servers": "2", "pm.status_path": "/fpm-status", "listen": f"127.0.0.1:{port}",
                "pm.status_listen": f"127.0.0.1:{status_port}"},
    }


def config(fpm, more=""):
    return f"collectors:\n  phpfpm: {{pool_files: '{fpm.pool_files}', timeout: 1s, interval: 1s{more}}}\n"


def labelled(page, name, pool):
    """The one series of a family for a pool, whatever its other labels."""
    found = [float(v) for s, v in page.series.items() if s.startswith(name + "{") and f'pool="{pool}"' in s]
    assert len(found) == 1, f"{name} of {pool}: {found}"
    return found[0]


def reasons(page, pool):
    """The reasons of phpfpm_scrape_error that are 1."""
    return {re.search(r'reason="(\w+)"', s)[1] for s, v in page.series.items()
            if s.startswith("phpfpm_scrape_error{") and f'pool="{pool}"' in s and v == "1"}


def accepted(kind):
    rows = []
    for number, line in enumerate(DIFFERENCES.read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            match = re.fullmatch(r"(\S+)\s+(\S.*?)\s+#\s+(\S.*)", line)
            assert match, f"{DIFFERENCES.name}:{number}: not `kind pattern # reason`: {line}"
            rows.append((match[1], re.compile(match[2])))
    return [pattern for row_kind, pattern in rows if row_kind == kind]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    directory = tmp_path_factory.mktemp("phpfpm")
    script = phpfpm.install_script(SCRIPT)
    more = f", opcache_script: {script}" if script else ""
    with phpfpm.PhpFpm(directory / "fpm", pools(directory), "opcache.enable=1", "apc.enabled=1",
                       "opcache.jit_buffer_size=8M", "opcache.jit=tracing") as fpm:
        with stack.Bekci(directory / "bekci", config=config(fpm, more)) as bekci:
            yield fpm, bekci
    if script:
        script.unlink()
        script.parent.rmdir()


def test_families_types_and_values_are_fpms_own(running):
    fpm, bekci = running
    for _ in range(5):
        fpm.request("shop", str(fpm.scripts / "hello.php"))
    for pool, key in (("shop", "listen"), ("api", "pm.status_listen")):
        theirs = stack.Page(fpm.status(pool, "openmetrics", key=key))
        ours = bekci.metrics()
        assert len(theirs.types) == 12
        missing = {n for n in theirs.types if n not in ours.types}
        assert [m for m in missing if not any(p.fullmatch(m) for p in accepted("missing"))] == []
        for name, kind in theirs.types.items():
            if name in ours.types and not any(p.fullmatch(name) for p in accepted("type")):
                assert ours.types[name] == kind, name
            if not any(p.fullmatch(name) for p in accepted("help")):
                assert ours.helps[name] == theirs.helps[name]
            if not any(p.fullmatch(f"{pool} {name}") for p in accepted("value")):
                assert labelled(ours, name, pool) == theirs.value(name), name
        assert stack.label_names(next(s for s in ours.series if s.startswith("phpfpm_up{"))) == ("pool", "scrape_uri")


def test_the_exporters_families_are_there(running):
    _, bekci = running
    shared = stack.SOURCE.parent / "shared/reference/php-fpm_exporter.families.tsv"
    if not shared.exists():
        pytest.skip("the list of php-fpm_exporter's families is not on this machine")
    page = bekci.metrics()
    for row in shared.read_text().splitlines()[1:]:
        name, kind, labels = row.split("\t")[:3]
        if name.startswith("phpfpm_process_"):
            continue  # only with per_process: the next test
        assert page.types[name] == kind
        for series in (s for s in page.series if s.startswith(name + "{")):
            assert stack.label_names(series) == tuple(sorted(labels.split(",")))


def test_full_status_is_aggregated_and_per_process_is_the_exporters(running, tmp_path):
    fpm, bekci = running
    page = bekci.metrics()
    assert not any(s.startswith("phpfpm_process_") for s in page.series)
    full = json.loads(fpm.status("shop", "json&full"))
    assert page.sum(r'phpfpm_processes\{pool="shop".*') in (len(full["processes"]) - 1, len(full["processes"]))
    assert labelled(page, "phpfpm_max_children", "shop") == 3
    assert labelled(page, "phpfpm_worker_processes", "shop") == len(full["processes"]) == len(fpm.workers("shop"))
    with stack.Bekci(tmp_path / "bekci", config=config(fpm, ", per_process: true")) as other:
        page = other.metrics()
        children = {re.search(r'child="(\d+)"', s)[1] for s in page.series
                    if s.startswith("phpfpm_process_requests{") and 'pool="shop"' in s}
        assert children == {"0", "1", "2"}
        states = [s for s in page.series if s.startswith("phpfpm_process_state{") and 'child="0"' in s and 'pool="shop"' in s]
        assert len(states) >= 6
        assert stack.label_names(states[0]) == ("child", "pool", "scrape_uri", "state")


def test_requests_become_histograms(running):
    fpm, bekci = running
    work = fpm.script("work", "<?php usleep(60000); echo 'done';")
    bekci.metrics()
    before = bekci.metrics().get(r'phpfpm_request_duration_seconds_count\{pool="shop".*')
    until = time.monotonic() + 3

    def shopper():
        while time.monotonic() < until:
            fpm.request("shop", work)
            time.sleep(0.03)

    thread = threading.Thread(target=shopper, daemon=True)
    thread.start()
    while time.monotonic() < until:
        bekci.metrics()
        time.sleep(0.1)
    thread.join()
    page = bekci.metrics()
    count = page.get(r'phpfpm_request_duration_seconds_count\{pool="shop".*')
    assert count >= before + 5
    # They took 60 ms and a little, and PHP's smallest step of memory.
    slow = count - page.get(r'phpfpm_request_duration_seconds_bucket\{pool="shop".*le="0.05"\}')
    assert slow >= 5
    assert page.get(r'phpfpm_request_duration_seconds_sum\{pool="shop".*') >= 0.06 * slow
    assert page.get(r'phpfpm_request_memory_bytes_bucket\{pool="shop".*le="4.194304e\+06"\}') >= 5


def test_opcache_and_apcu_come_from_the_script(running):
    fpm, bekci = running
    if os.geteuid() != 0:
        pytest.skip("only root can install a script that belongs to root")
    fpm.request("shop", str(fpm.scripts / "hello.php"))
    page = bekci.metrics()
    assert labelled(page, "phpfpm_cache_script_up", "shop") == 1
    assert labelled(page, "php_opcache_enabled", "shop") == 1
    assert labelled(page, "php_opcache_cached_scripts", "shop") >= 2
    assert labelled(page, "php_opcache_jit_buffer_bytes", "shop") > 8_000_000 - 100_000
    assert page.sum(r'php_opcache_memory_bytes\{pool="shop".*') == 128 << 20
    assert labelled(page, "php_apcu_installed", "shop") == 1
    assert labelled(page, "php_apcu_slots", "shop") > 0
    hits = labelled(page, "php_opcache_hits_total", "shop")
    for _ in range(3):
        fpm.request("shop", str(fpm.scripts / "hello.php"))
    assert labelled(bekci.metrics(), "php_opcache_hits_total", "shop") >= hits + 3


def test_a_script_that_others_can_write_is_not_run(running, tmp_path):
    fpm, _ = running
    loose = fpm.script("bekci-opcache", SCRIPT.read_text())  # below /tmp, where everybody may write
    with stack.Bekci(tmp_path / "bekci", config=config(fpm, f", opcache_script: {loose}")) as bekci:
        page = bekci.metrics()
        assert labelled(page, "phpfpm_up", "shop") == 1
        assert labelled(page, "phpfpm_cache_script_up", "shop") == 0
        assert not any(s.startswith("php_opcache") for s in page.series)
        assert bekci.log().count("OPcache and APCu of a pool are not known") == 2  # once per pool


def test_a_saturated_pool_still_has_numbers(running):
    fpm, bekci = running
    threads = fpm.occupy("shop", 8, 5) + fpm.occupy("api", 6, 5)
    time.sleep(0.5)
    begin = time.monotonic()
    page = bekci.metrics()
    assert time.monotonic() - begin < 5
    # Without pm.status_listen FPM is silent, the kernel is not.
    assert labelled(page, "phpfpm_up", "shop") == 0
    assert reasons(page, "shop") == {"timeout"}
    assert labelled(page, "phpfpm_busy_processes", "shop") == 3
    assert labelled(page, "phpfpm_worker_processes", "shop") == 3
    assert 5 <= labelled(page, "phpfpm_socket_queue_length", "shop") <= 6  # ours waits with them
    assert labelled(page, "phpfpm_socket_queue_limit", "shop") >= 128
    # With it, FPM tells.
    assert labelled(page, "phpfpm_up", "api") == 1
    assert labelled(page, "phpfpm_busy_processes", "api") == 2
    assert labelled(page, "phpfpm_socket_queue_length", "api") == 4
    # FPM looks at its own queue once a second.
    stack.wait_until(lambda: labelled(bekci.metrics(), "phpfpm_listen_queue", "api") == 4, 3, "FPM sees its queue")
    for thread in threads:
        thread.join()
    stack.wait_until(lambda: labelled(bekci.metrics(), "phpfpm_up", "shop") == 1, 10, "the pool answers again")
    assert bekci.log().count("a pool of PHP-FPM does not answer") == 1
    stack.wait_until(lambda: bekci.log().count("a pool of PHP-FPM answers again") == 1, 5, "recovery is logged")
    assert labelled(bekci.metrics(), "phpfpm_socket_queue_length", "shop") == 0


def failing(bekci, reason, pool="shop", seconds=8):
    begin = time.monotonic()
    page = bekci.metrics()
    assert time.monotonic() - begin < 6
    if reasons(page, pool) != {reason}:
        page = stack.wait_until(lambda: reasons(p := bekci.metrics(), pool) == {reason} and p, seconds,
                                f"{reason}; last: {reasons(page, pool)}")
    assert labelled(page, "phpfpm_up", pool) == 0
    return page


def healthy(bekci, recoveries, pool="shop"):
    """The pool answers, and what was before is in the log: one line when it began, one when it ended."""
    stack.wait_until(lambda: labelled(bekci.metrics(), "phpfpm_up", pool) == 1, 10, "the pool answers")
    stack.wait_until(lambda: bekci.log().count("collector works again") == recoveries, 8, f"{recoveries} recoveries logged")
    assert bekci.log().count("collector failed") == recoveries


def logged(bekci, times):
    stack.wait_until(lambda: bekci.log().count("collector failed") == times, 8, f"{times} failures logged")


def test_faults_one_after_another_are_told_once_each_and_pass_by_themselves(tmp_path):
    declared = pools(tmp_path)
    del declared["api"]
    first = phpfpm.PhpFpm(tmp_path / "fpm", declared)
    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(first)
        bekci = cleanup.enter_context(stack.Bekci(tmp_path / "bekci", config=config(first)))
        healthy(bekci, 0)
        listen = declared["shop"]["listen"]

        workers = first.workers("shop")
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        page = failing(bekci, "timeout")
        assert labelled(page, "phpfpm_worker_processes", "shop") == 3
        logged(bekci, 1)
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        healthy(bekci, 1)

        os.rename(listen, listen + ".away")
        failing(bekci, "connect")
        logged(bekci, 2)
        os.rename(listen + ".away", listen)
        healthy(bekci, 2)

        first.stop(signal.SIGTERM)
        failing(bekci, "connect")
        logged(bekci, 3)
        second = cleanup.enter_context(phpfpm.PhpFpm(tmp_path / "fpm", declared))
        healthy(bekci, 3)
        second.stop(signal.SIGTERM)

        for reply, pace, reason in ((b"HTTP/1.1 400 Bad Request\r\n\r\n", 0, "not_fastcgi"),
                                    (b"\1\6\0\1\0\5\3\0", 0, "closed"),
                                    (b"\1\6\0\1\0\200\0\0" + b"x" * 100, 1, "timeout")):
            with Peer(listen, reply, pace):
                failing(bekci, reason)
        logged(bekci, 4)
        cleanup.enter_context(phpfpm.PhpFpm(tmp_path / "fpm", declared))
        healthy(bekci, 4)


class Peer:
    """Listens in FPM's place and answers with `reply`, `pace` seconds between its bytes."""

    def __init__(self, path, reply, pace):
        with contextlib.suppress(OSError):
            os.unlink(path)
        self.path, self.reply, self.pace = path, reply, pace
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(path)
        os.chmod(path, 0o666)
        self.listening.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client):
        with contextlib.suppress(OSError), client:
            client.recv(4096)
            for byte in self.reply:
                client.sendall(bytes([byte]))
                time.sleep(self.pace)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)


def test_a_wrong_path_says_so(running, tmp_path):
    fpm, _ = running
    for path, reason, words in (("/nowhere", "access_denied|not_found", "denied|not found"),
                                ("/nowhere.php", "not_found", "not found")):
        with stack.Bekci(tmp_path / path.strip("/").replace(".", "-"), config=config(fpm, f", status_path: {path}")) as bekci:
            page = bekci.metrics()
            (found,) = reasons(page, "shop")
            assert re.fullmatch(reason, found)
            log = stack.wait_until(lambda: "does not answer" in bekci.log() and bekci.log(), 5, "it is logged")
            assert re.search(words, log, re.I) and "pm.status_path" in log


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not")
def test_a_socket_that_we_may_not_open_costs_its_pool_and_says_whom_to_let_in(tmp_path):
    with tempfile.TemporaryDirectory() as name:  # one that others can enter; pytest's are closed
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        shutil.copy(stack.BEKCI, directory / "bekci")
        closed, opened = directory / "closed.sock", directory / "open.sock"
        pools = {"closed": {"listen": str(closed), "listen.mode": "0600", "pm.status_path": "/status"},
                 "open": {"listen": str(opened), "pm.status_path": "/status"}}
        (directory / "bekci.yml").write_text(
            f"collectors:\n  phpfpm:\n    - {{instance: closed, address: 'unix:{closed}'}}\n"
            f"    - {{instance: open, address: 'unix:{opened}'}}\n")
        with phpfpm.PhpFpm(tmp_path / "fpm", pools):
            def collect(pool):
                return subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", directory / "bekci",
                                       "collect", f"--config.file={directory / 'bekci.yml'}", f"--instance={pool}", "phpfpm"],
                                      capture_output=True, text=True, timeout=60, check=False)

            page = stack.Page(collect("open").stdout)
            assert labelled(page, "phpfpm_up", "open") == 1
            refused = collect("closed")
            page = stack.Page(refused.stdout)
            assert labelled(page, "phpfpm_up", "") == 0  # its name is what it would have said
            assert reasons(page, "") == {"permission"}
            assert f"connect unix:{closed}: Permission denied" in refused.stderr
            assert "listen.acl_users" in refused.stderr
