"""`bekci query`: answers from a data directory, to the letter in every form; and what the API says of a log being read."""

import fcntl
import json
import os
import signal
import subprocess
import time

import stack

START = 1_700_000_000
TEXT = """# TYPE load gauge
load{host="a"} 1 1700000000
load{host="a"} 2.5 1700000060
load{host="a"} 4 1700000120
load{host="b, \\"b\\""} 3 1700000000
load{host="b, \\"b\\""} 2 1700000060
load{host="b, \\"b\\""} 1 1700000120
# EOF
"""
CONFIG = "global: {scrape_interval: 1s}\ncollectors: {host: {instance: web-1}}\n"


def query(kind, path, *words):
    return subprocess.run([stack.BEKCI, "query", kind, f"--path={path}", *map(str, words)], capture_output=True, text=True,
                          timeout=60, check=False)


def printed(kind, path, *words):
    run = query(kind, path, *words)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    return run.stdout


def imported(tmp_path):
    (tmp_path / "text.om").write_text(TEXT)
    run = subprocess.run([stack.BEKCI, "tsdb", "import", "openmetrics", f"--path={tmp_path / 'data'}", tmp_path / "text.om"],
                         capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return tmp_path / "data"


def test_an_imported_directory_is_answered_from_in_every_form(tmp_path):
    data = imported(tmp_path)
    at = f"--time={START + 60}"
    assert printed("instant", data, at, "load") == (
        'METRIC                 VALUE\n'
        'load{host="a"}         2.5\n'
        'load{host="b, \\"b\\""}  2\n')
    assert printed("instant", data, at, "sum(load)") == "METRIC  VALUE\n{}      4.5\n"
    assert printed("instant", data, at, "sum(load) > 100") == "no series\n"
    assert printed("instant", data, at, "1 + 1") == "2\n"
    assert printed("instant", data, at, "-o", "csv", "load") == (
        '__name__,host,timestamp,value\n'
        'load,a,1700000060,2.5\n'
        'load,"b, ""b""",1700000060,2\n')
    assert printed("instant", data, at, "-o", "json", 'load{host="a"}') == (
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"load","host":"a"},'
        '"value":[1700000060,"2.5"]}]}}\n')
    assert printed("instant", data, at, 'load{host="a"}[2m]') == (
        'load{host="a"}\n'
        '  2023-11-14T22:13:20Z      1\n'
        '  2023-11-14T22:14:20Z      2.5\n')

    window = (f"--start={START}", f"--end={START + 120}", "--step=60")
    assert printed("range", data, *window, 'load{host="a"}') == (
        'load{host="a"}\n'
        '  2023-11-14T22:13:20Z      1\n'
        '  2023-11-14T22:14:20Z      2.5\n'
        '  2023-11-14T22:15:20Z      4\n')
    assert printed("range", data, *window, "-o", "csv", "max(load)") == (
        "timestamp,value\n1700000000,3\n1700000060,2.5\n1700000120,4\n")
    assert json.loads(printed("range", data, *window, "-o", "json", "max(load)")) == {
        "status": "success", "data": {"resultType": "matrix", "result": [
            {"metric": {}, "values": [[START, "3"], [START + 60, "2.5"], [START + 120, "4"]]}]}}

    bad = query("instant", data, at, "load +")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr == ('bekci: query failed: bad_data: invalid parameter "query": 1:7: parse error: '
                          'unexpected end of input\n')


def test_a_range_is_drawn(tmp_path):
    data = imported(tmp_path)
    chart = printed("range", data, f"--start={START}", f"--end={START + 120}", "--step=60", "-o", "chart", "load")
    lines = chart.splitlines()
    grid = {(row, line.index(mark)): mark for row, line in enumerate(lines[:-3]) for mark in "ab" if mark in line}
    assert lines[0].startswith("4 |") and lines[0].endswith("a")  # the highest and the last
    rows = [[row for (row, _), mark in sorted(grid.items(), key=lambda item: item[0][1]) if mark == one] for one in "ab"]
    assert rows[0] == sorted(rows[0], reverse=True) and len(set(rows[0])) == 3  # a rises
    assert rows[1] == sorted(rows[1]) and len(set(rows[1])) == 3  # b falls
    axis = next(line for line in lines if line.startswith("  +--"))
    assert set(axis[3:]) == {"-"}
    assert lines[-3].split() == ["2023-11-14T22:13:20Z", "2023-11-14T22:15:20Z"]
    assert lines[-2:] == ['  a  load{host="a"}', '  b  load{host="b, \\"b\\""}']


def api(bekci, path):
    return json.loads(bekci.get(path).text)["data"]


def replay(bekci):
    return api(bekci, "/api/v1/status/walreplay")


def test_what_a_killed_agent_left_is_answered_from_and_one_that_lives_is_referred_to(tmp_path):
    state = tmp_path / "state"
    with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=state) as bekci:
        stack.wait_until(lambda: api(bekci, "/api/v1/query?query=count_over_time(up{job=\"node\"}[1m])>5")["result"], 60,
                         "rounds")
        at = time.time() - 1
        words = ("-o", "json", f"--time={at:.3f}", '{job="node"}')
        live = subprocess.run([stack.BEKCI, "query", "instant", f"--server={bekci.base}", *words], capture_output=True,
                              text=True, timeout=60, check=True).stdout
        busy = query("instant", state, "up")
        assert busy.returncode == 2
        assert "another process holds it" in busy.stderr and "--server=URL" in busy.stderr
        os.kill(bekci.pid, signal.SIGKILL)
        bekci.popen.wait()
    assert not list(state.glob("*/meta.json")), "only a log is there"
    assert len(json.loads(live)["data"]["result"]) > 100
    assert printed("instant", state, *words) == live
    assert printed("instant", state, *words) == live  # the first reading has changed nothing


def test_how_far_the_log_was_read_is_told_while_and_after(tmp_path):
    state = tmp_path / "state"
    with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=state) as bekci:
        assert replay(bekci) == {"min": 0, "max": 0, "current": 0, "state": "done"}  # there was none
        stack.wait_until(lambda: api(bekci, "/api/v1/query?query=count(up)")["result"], 60, "a round")
        os.kill(bekci.pid, signal.SIGKILL)
        bekci.popen.wait()
    written = sum(f.stat().st_size for f in (state / "bekci-wal").rglob("*") if f.is_file())
    assert written > 1000
    with open(state / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with stack.Bekci(tmp_path / "bekci", config=CONFIG, state=state, wait=False) as bekci:
            def waits():
                try:
                    return replay(bekci)["state"] == "waiting"
                except OSError:
                    return False

            stack.wait_until(waits, 20, "the page before the store is open")
            fcntl.flock(lock, fcntl.LOCK_UN)
            stack.wait_until(bekci.ready, 20, "ready")
            after = replay(bekci)
    assert after["state"] == "done" and after["min"] == 0
    assert 0 < after["current"] == after["max"] <= written
