"""Start, stop, reload, and what a person sees when something is wrong with the files."""
# Runs alone: much of it has to be done within a second.

import os
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

import stack


def run(*argv, binary=stack.BEKCI, **more):
    return subprocess.run([str(binary), *map(str, argv)], capture_output=True, text=True, timeout=60, check=False, **more)


def have_landlock():
    import ctypes
    return ctypes.CDLL(None, use_errno=True).syscall(444, 0, 0, 1) >= 1


def test_sigterm_ends_it_cleanly_within_a_second(tmp_path):
    with stack.Bekci(tmp_path, config=stack.HOST_ONLY) as bekci:
        worker = bekci.worker_pid()
        code, seconds = bekci.stop()
        assert code == 0
        assert seconds < 1 or stack.SANITIZED
        assert not os.path.exists(f"/proc/{worker}") or "Z" in open(f"/proc/{worker}/stat").read().split()[2]


@pytest.mark.skipif(not stack.BEKCI_WITH_FAULTS.exists(), reason="bekci_with_faults is not built")
def test_sigterm_during_a_scrape_that_waits_for_a_hanging_collector_ends_it_cleanly_within_a_second(tmp_path):
    trigger = tmp_path / "trigger"
    config = f"collectors:\n  host: {{}}\n  hang: {{trigger_file: '{trigger}', interval: 1h, deadline: 20s}}\n"
    # What is slow under ThreadSanitizer may be ended at once, as every stop that takes too long: with threads that run.
    env = dict(os.environ, TSAN_OPTIONS=os.environ.get("TSAN_OPTIONS", "") + ":report_thread_leaks=0")
    with stack.Bekci(tmp_path / "bekci", config=config, binary=stack.BEKCI_WITH_FAULTS, env=env) as bekci:
        stack.wait_until(lambda: bekci.metrics().get(r'bekci_collector_success\{collector="hang".*\}') == 1, 20, "a round")
        trigger.write_text("")
        answers = []

        def scrape():
            try:
                answers.append(bekci.get("/metrics", timeout=30).status)
            except OSError as error:
                answers.append(error)

        scrapers = [threading.Thread(target=scrape) for _ in range(3)]
        for scraper in scrapers:
            scraper.start()
        time.sleep(1)  # for the scrapes to be under way: nothing tells from outside
        assert answers == [], "the scrapes were to wait for the collector that hangs"
        worker = bekci.worker_pid()
        code, seconds = bekci.stop()
        assert code == 0
        assert seconds < 1.2 or stack.SANITIZED
        for scraper in scrapers:
            scraper.join(10)
        assert len(answers) == 3  # each was answered or its connection closed: nobody is left waiting
        stack.wait_until(lambda: not os.path.exists(f"/proc/{worker}"), 5, "worker gone")


class Notified:
    """What a service manager hears: the datagrams at a socket of its own."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def next(self, seconds=20):
        """The next message as {name: value}."""
        self.socket.settimeout(seconds)
        lines = self.socket.recv(4096).decode().splitlines()
        return dict(line.partition("=")[::2] for line in lines)


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_ready_reloading_and_stopping(tmp_path, abstract):
    notified = Notified(f"\0bekci-test-{os.getpid()}" if abstract else tmp_path / "notify")
    name = "@" + notified.path[1:] if abstract else notified.path
    config = "collectors: {host: {}}\n"
    with stack.Bekci(tmp_path / "bekci", config=config, env={**os.environ, "NOTIFY_SOCKET": name}, wait=False) as bekci:
        ready = notified.next()
        assert ready["READY"] == "1"
        assert f"127.0.0.1:{bekci.port}" in ready["STATUS"]
        assert bekci.get("/-/healthy").status == 200  # at once: it is true when it is said

        for text, status in ((config, "listening on"), ("colectors: {}\n", "reload failed"), (config, "listening on")):
            bekci.config_path.write_text(text)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            bekci.popen.send_signal(signal.SIGHUP)
            reloading = notified.next()
            assert reloading["RELOADING"] == "1"
            assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            again = notified.next()
            assert again["READY"] == "1" and status in again["STATUS"], again

        worker_environment = open(f"/proc/{bekci.worker_pid()}/environ").read()
        assert "NOTIFY_SOCKET" not in worker_environment
        bekci.popen.send_signal(signal.SIGTERM)
        assert notified.next() == {"STOPPING": "1"}
        assert bekci.popen.wait(20) == 0


def test_the_watchdog_is_fed_in_half_its_time(tmp_path):
    notified = Notified(tmp_path / "notify")
    env = {**os.environ, "NOTIFY_SOCKET": notified.path, "WATCHDOG_USEC": "1000000"}
    with stack.Bekci(tmp_path / "bekci", config="collectors: {}\n", env=env, wait=False):
        assert notified.next()["READY"] == "1"
        heard = time.monotonic()
        for _ in range(4):
            assert notified.next() == {"WATCHDOG": "1"}
            now = time.monotonic()
            assert now - heard < 1 or stack.SANITIZED
            heard = now


def test_kill_9_of_the_core_ends_the_worker_too(tmp_path):
    with stack.Bekci(tmp_path, config=stack.HOST_ONLY) as bekci:
        worker = bekci.worker_pid()
        bekci.popen.kill()
        bekci.popen.wait()
        stack.wait_until(lambda: not os.path.exists(f"/proc/{worker}"), 5, "worker gone")


def test_the_worker_shares_no_listening_socket_and_has_a_high_oom_score(bekci):
    worker = bekci.worker_pid()
    assert int(open(f"/proc/{worker}/oom_score_adj").read()) > int(open(f"/proc/{bekci.pid}/oom_score_adj").read())
    listening = {line.split()[9] for line in open("/proc/net/tcp").readlines()[1:] if line.split()[3] == "0A"}
    inherited = set()
    for fd in os.listdir(f"/proc/{worker}/fd"):
        target = os.readlink(f"/proc/{worker}/fd/{fd}")
        if target.startswith("socket:["):
            inherited.add(target[8:-1])
    assert not (listening & inherited)


def test_it_listens_on_loopback_only(bekci):
    lines = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [line.split()[3] for line in lines if f"pid={bekci.pid}," in line]
    assert ours and all(address.startswith(("127.", "[::1]")) for address in ours), ours


def test_wide_listening_without_authentication_is_refused_with_the_way_out(tmp_path):
    result = run("run", "--web.listen-address=0.0.0.0:0", f"--storage.path={tmp_path}")
    assert result.returncode == 2
    assert "allow_unauthenticated" in result.stderr and "web.config" in result.stderr


def test_a_taken_port_is_said_in_one_line(tmp_path, bekci):
    result = run("run", f"--web.listen-address=127.0.0.1:{bekci.port}", f"--storage.path={tmp_path}")
    assert result.returncode == 2
    assert f"127.0.0.1:{bekci.port}" in result.stderr and "in use" in result.stderr


BAD = [
    ("collectors: {host: {}\n", r"bekci.yml:\d+"),
    ("colectors: {}\n", r'bekci.yml:1: .*"colectors".*did you mean "collectors"'),
    ("collectors: {hots: {}}\n", r'bekci.yml:1: .*"hots".*did you mean "host"'),
    ("collectors:\n  host: {interval: fast}\n", r"bekci.yml:2: .*interval.*duration"),
    ("global: {scrape_interval: [1]}\n", r"bekci.yml:1: .*scrape_interval.*duration"),
    ("web:\n  config_file: /does/not/exist.yml\n", r"bekci.yml:2: .*config_file.*/does/not/exist.yml"),
    ("rule_files: [x.yml]\n", r"bekci.yml:1: .*rule_files"),
    ("a: &a [*a]\n", r"bekci.yml:1"),
    ("global:\n\tscrape_interval: 1s\n", r"bekci.yml:2:1: .*tab"),
]


@pytest.mark.parametrize("text,expected", BAD)
def test_a_bad_file_is_exit_2_with_file_line_and_cause(tmp_path, text, expected):
    import re
    path = tmp_path / "bekci.yml"
    path.write_text(text)
    for argv in (["run", f"--config.file={path}", "--web.listen-address=127.0.0.1:0", f"--storage.path={tmp_path}"],
                 ["check", "config", path]):
        result = run(*argv)
        assert result.returncode == (2 if argv[0] == "run" else 1), (argv, result)
        assert re.search(expected, result.stderr + result.stdout), (argv, result.stderr, result.stdout)


@pytest.mark.parametrize("text,expected", BAD)
def test_a_bad_file_at_reload_keeps_the_old_configuration_and_says_why(tmp_path, text, expected):
    import re
    with stack.Bekci(tmp_path, config=stack.HOST_ONLY) as bekci:
        bekci.config_path.write_text(text)
        answer = bekci.get("/-/reload", method="POST")
        assert answer.status == 500
        assert re.search(expected, answer.text), answer.text
        page = bekci.metrics()
        assert page.get("bekci_config_last_reload_successful") == 0
        assert any(s.startswith("node_load1") for s in page.series)
        bekci.config_path.write_text("collectors: {host: {}}\n")
        assert bekci.get("/-/reload", method="POST").status == 200
        assert bekci.metrics().get("bekci_config_last_reload_successful") == 1


# What only the collector itself can find wrong, when it is built.
BUILD_ERRORS = [
    (stack.BEKCI, "collectors:\n  host:\n    netdev: {device_include: 'a', device_exclude: 'b'}\n",
     "bekci.yml:3: .*device_exclude.*device_include"),
    (stack.BEKCI_WITH_FAULTS, "collectors:\n  steady:\n    - {}\n    - {instance: b, refuse: true}\n",
     "bekci.yml:4: collector steady, instance b: told to refuse"),
]


@pytest.mark.parametrize("binary,text,expected", BUILD_ERRORS)
def test_what_only_building_a_collector_finds_is_found_by_check_at_start_and_at_reload(tmp_path, binary, text, expected):
    import re
    if not binary.exists():
        pytest.skip(f"{binary.name} is not built")
    path = tmp_path / "bekci.yml"
    path.write_text(text)
    for code, argv in ((1, ["check", "config", path]), (2, ["config", "show", f"--config.file={path}"]),
                       (2, ["run", f"--config.file={path}", "--web.listen-address=127.0.0.1:0",
                            f"--storage.path={tmp_path}"])):
        result = run(*argv, binary=binary)
        assert result.returncode == code, (argv, result)
        assert re.search(expected, result.stderr), (argv, result.stderr)
    with stack.Bekci(tmp_path / "reload", config=stack.HOST_ONLY, binary=binary) as bekci:
        bekci.config_path.write_text(text)
        answer = bekci.get("/-/reload", method="POST")
        assert answer.status == 500 and re.search(expected, answer.text), answer.text
        page = bekci.metrics()
        assert page.get("bekci_config_last_reload_successful") == 0
        assert any(s.startswith("node_load1") for s in page.series)


def test_sighup_and_post_reload_change_what_is_collected(tmp_path):
    with stack.Bekci(tmp_path, config=stack.HOST_ONLY) as bekci:
        bekci.config_path.write_text("collectors: {}\n")
        bekci.popen.send_signal(signal.SIGHUP)
        stack.wait_until(lambda: "node_load1" not in bekci.metrics().series, 10, "host is gone")
        bekci.config_path.write_text("collectors: {host: {}}\n")
        assert bekci.get("/-/reload").status == 405
        assert bekci.get("/-/reload", method="POST").status == 200
        assert "node_load1" in bekci.metrics().series


def test_a_reload_from_another_origin_is_refused(bekci):
    answer = bekci.get("/-/reload", method="POST", headers={"Origin": "http://evil.example"})
    assert answer.status == 403


def test_healthy_and_ready_answer_get_and_head(bekci):
    for path in ("/-/healthy", "/-/ready"):
        assert bekci.get(path).status == 200
        head = bekci.get(path, method="HEAD")
        assert head.status == 200 and head.body == b""


def test_collect_prints_one_collection(tmp_path):
    result = run("collect", "host")
    assert result.returncode == 0, result.stderr
    page = stack.Page(result.stdout)
    assert "node_load1" in page.series and page.duplicates == []


@pytest.mark.parametrize("argv", [["--help"], ["run", "--help"], ["check", "--help"], ["check", "config", "--help"],
                                  ["collect", "--help"], ["config", "--help"], ["config", "docs"], ["config", "discover"],
                                  ["version"], ["--version"]])
def test_help_and_documents_print_something_useful(argv):
    result = run(*argv)
    assert result.returncode == 0
    assert len(result.stdout) > 20
    if argv[-1] == "--help":
        assert "xample" in result.stdout


@pytest.mark.parametrize("argv,hint", [(["rnu"], "run"), (["run", "--confg.file=x"], "--config.file"),
                                       (["collect", "hsot"], "host"), (["collect"], "collect")])
def test_usage_errors_are_exit_2_with_a_suggestion(argv, hint):
    result = run(*argv)
    assert result.returncode == 2
    assert hint in result.stderr


def test_it_makes_no_outbound_connection(bekci):
    time.sleep(1)
    for pid in (bekci.pid, bekci.worker_pid()):
        lines = subprocess.run(["ss", "-tupnH"], capture_output=True, text=True, check=True).stdout.splitlines()
        for line in lines:
            if f"pid={pid}," in line:
                assert line.split()[5].startswith(("127.", "[::1]", "[::ffff:127.")), line


def test_what_is_made_later_beside_the_state_directory_is_read_and_the_state_never(tmp_path):
    later = tmp_path / "bekci" / "later"
    with stack.Bekci(tmp_path / "bekci", f"--collector.textfile.directory={later}", config=stack.HOST_ONLY,
                     state=tmp_path / "bekci" / "data") as bekci:
        later.mkdir()
        (later / "x.prom").write_text("made_later 1\n")
        stack.wait_until(lambda: "made_later" in bekci.metrics().series, 40, "the text file on the page")
        page = bekci.metrics()
        assert page.sum("bekci_worker_deaths_total.*") == 0
        assert page.get(r'bekci_collector_success\{collector="host".*\}') == 1
        data = tmp_path / "bekci" / "data"
        data.mkdir(exist_ok=True)
        (data / "state.prom").write_text("never_read 1\n")
        (later / "link.prom").symlink_to(data / "state.prom")
        if have_landlock():
            stack.wait_until(lambda: bekci.metrics().get("node_textfile_scrape_error") == 1, 20, "the state refused")
        assert "never_read" not in bekci.metrics().series or not have_landlock()


def test_files_it_writes_are_for_its_user_only(tmp_path):
    with stack.Bekci(tmp_path, state=tmp_path / "data") as bekci:
        data = tmp_path / "data"
        if data.exists():
            assert stat.S_IMODE(data.stat().st_mode) & 0o007 == 0
        assert bekci.alive()
