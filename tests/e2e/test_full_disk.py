"""A full disk stops no evaluation: the real binary with its state on a small file system that is filled to the last byte.
Alerts go on to fire and to resolve, the API says so, and when there is room again what was held in memory outlives kill -9."""

import json
import os
import signal
import subprocess

import pytest
import stack
from servers.exporter import Exporter, send

MEBIBYTE = 1 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a file system of its own of 64 MiB; skipped where mounting is not permitted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "bekci-e2e", place], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not permitted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def fill(path):
    """Takes all that is left of the disk, to the last byte."""
    with open(path, "wb", buffering=0) as out:
        for size in (MEBIBYTE, 4096, 1):
            try:
                while out.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    left = os.statvfs(path.parent)
    assert left.f_bavail == 0


class Target(Exporter):
    def __init__(self):
        self.value = 0
        super().__init__(lambda handler: send(handler, f"# TYPE level gauge\nlevel {self.value}\n"))


def states(bekci):
    alerts = json.loads(bekci.get("/api/v1/alerts").text)["data"]["alerts"]
    return {alert["labels"]["alertname"]: alert["state"] for alert in alerts}


def health(bekci):
    groups = json.loads(bekci.get("/api/v1/rules").text)["data"]["groups"]
    return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}


def test_rules_go_on_while_the_disk_is_full(tmp_path, small_disk):
    rules = tmp_path / "rules.yml"
    rules.write_text("groups:\n- name: g\n  interval: 1s\n  rules:\n  - {record: 'level:double', expr: level * 2}\n"
                     "  - {alert: High, expr: 'level:double > 10'}\n  - {alert: Waits, expr: level > 5, for: 3s}\n"
                     "  - {alert: Chained, expr: 'ALERTS{alertname=\"High\"}'}\n")
    with Target() as target:
        config = ("collectors: {}\nrule_files: [" + str(rules) + "]\nscrape_configs:\n- job_name: app\n  scrape_interval: 1s\n"
                  f"  scrape_timeout: 1s\n  static_configs: [{{targets: ['{target.address}']}}]\n")
        with stack.Bekci(tmp_path / "bekci", config=config, state=small_disk / "state") as bekci:
            stack.wait_until(lambda: health(bekci).get("level:double") == "ok", 20, "rules run")
            assert states(bekci) == {}
            filler = small_disk / "filler"
            fill(filler)
            target.value = 9
            all_fire = {"High": "firing", "Waits": "firing", "Chained": "firing"}
            stack.wait_until(lambda: states(bekci) == all_fire, 30, "alerts fire on a full disk")
            fill(small_disk / "rest")  # whatever was let go meanwhile
            assert set(health(bekci).values()) == {"ok"}, health(bekci)
            found = stack.query(bekci.port, 'ALERTS{alertstate="firing"}')
            assert {labels["alertname"] for labels, _ in found} == set(all_fire)
            target.value = 1
            stack.wait_until(lambda: states(bekci) == {}, 30, "alerts resolve on a full disk")
            target.value = 9
            stack.wait_until(lambda: states(bekci) == all_fire, 30, "alerts fire again")
            log = bekci.log()
            assert "No space left on device" in log, log[-3000:]
            assert log.count("No space left on device") < 200, "the log is no second disk to fill"
            assert bekci.get("/-/healthy").status == 200

            filler.unlink()
            (small_disk / "rest").unlink()
            target.value = 8  # something new to write down
            stack.wait_until(lambda: [v for _, v in stack.query(bekci.port, "level")] == [8], 20, "the new value")
            before = json.loads(bekci.get("/api/v1/rules").text)["data"]["groups"][0]["lastEvaluation"]
            stack.wait_until(lambda: json.loads(bekci.get("/api/v1/rules").text)["data"]["groups"][0]["lastEvaluation"][:19] >
                             before[:19], 20, "an evaluation after that")
            # Since when they are so now: a scrape that was late on a busy host may have ended and begun them since.
            active = {a["labels"]["alertname"]: a["activeAt"]
                      for a in json.loads(bekci.get("/api/v1/alerts").text)["data"]["alerts"]}
            bekci.stop(signal.SIGKILL)
        with stack.Bekci(tmp_path / "again", config=config, state=small_disk / "state") as bekci:
            after = stack.wait_until(lambda: (lambda a: a if len(a) == 3 else None)(
                {a["labels"]["alertname"]: a["activeAt"] for a in
                 json.loads(bekci.get("/api/v1/alerts").text)["data"]["alerts"]}), 20, "the alerts are there")
            assert after == active
