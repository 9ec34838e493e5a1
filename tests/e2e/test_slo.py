"""Objectives: the rules made of them in the hands of promtool and Prometheus, and `bekci slo` asking a Prometheus."""
# Takes 155 s

import json
import shutil
import signal
import subprocess

import pytest
import stack
import yaml
from servers.exporter import Exporter, send

RULES = stack.SOURCE / "rules"
SHARED = stack.SOURCE.parent / "shared" / "slo" / "sloth"
TESTDATA = stack.SOURCE / "agent" / "ruler" / "slo" / "testdata"


def bekci(*words, code=0):
    run = subprocess.run([stack.BEKCI, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == code, run.stdout + run.stderr
    return run


def promtool(*words):
    run = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.skipif(not SHARED.exists(), reason="Sloth's examples are not beside the checkout")
def test_rules_of_sloths_example_behave_as_sloths(tmp_path):
    source = SHARED / "getting-started"
    shutil.copy(source / "promtool-test.yml", tmp_path)
    bekci("slo", "generate", "-l", "cmd=examplesgen.sh", "--out", tmp_path / "expected.yml", source / "spec.yml")
    promtool("test", "rules", tmp_path / "promtool-test.yml")


def test_generated_rules_pass_promtools_checks(tmp_path):
    for spec in sorted(TESTDATA.glob("*.slo.yml")) + sorted((RULES / "slo").glob("*.yml")):
        for style in ("native", "sloth"):
            out = tmp_path / f"{spec.stem}.{style}.yml"
            bekci("slo", "generate", f"--style={style}", "--one-document", "-o", out, spec)
            assert yaml.safe_load(out.read_text())["groups"]
            if style == "native":  # in Sloth's, alerts of two objectives may be the same but for their series
                promtool("check", "rules", out)


def test_shipped_objectives_are_good_and_their_rules_current(tmp_path):
    specs = sorted((RULES / "slo").glob("*.yml"))
    assert len(specs) >= 2
    assert bekci("check", "slo", *specs).stdout.startswith("good, ")
    for spec in specs:
        kept = RULES / "slo" / "generated" / spec.name
        made = bekci("slo", "generate", spec).stdout
        assert made == kept.read_text(), f"bekci slo generate rules/slo/{spec.name} > rules/slo/generated/{spec.name}"
        promtool("check", "rules", kept)


def test_shipped_objectives_pass_their_own_tests():
    tests = sorted((RULES / "tests").glob("slo_*.yml"))
    assert len(tests) >= 2
    promtool("test", "rules", *tests)


def test_every_objective_that_pages_is_tested():
    tested = "".join(path.read_text() for path in (RULES / "tests").glob("slo_*.yml"))
    for spec in (RULES / "slo").glob("*.yml"):
        for slo in yaml.safe_load(spec.read_text())["slos"]:
            assert f'"{slo["name"]}"' in tested, f"{slo['name']} of {spec.name} is in no test"


def test_mistakes_are_told_with_their_place(tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text("service: shop\nslos:\n- name: pay\n  objectiv: 99\n  probe: up\n")
    assert f'{bad}:4: unknown key "objectiv", did you mean "objective"?' in bekci("check", "slo", bad, code=1).stderr
    assert "--style=fancy" in bekci("slo", "generate", "--style=fancy", bad, code=2).stderr
    assert "NAME=VALUE" in bekci("slo", "generate", "-l", "nothing", bad, code=2).stderr
    assert bekci("check", "slo", tmp_path / "none.yml", code=2).stderr


def test_windows_files_and_periods_as_sloth_takes_them(tmp_path):
    windows = tmp_path / "windows"
    windows.mkdir()
    quick = "quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}"
    slow = "slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}"
    (windows / "7d.yaml").write_text(f"apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec:\n  sloPeriod: 7d\n"
                                     f"  page:\n    {quick}\n    {slow}\n  ticket:\n    {quick}\n    {slow}\n")
    spec = tmp_path / "spec.yml"
    spec.write_text("version: prometheus/v1\nservice: svc\nslos:\n- name: s1\n  objective: 99\n"
                    "  sli: {raw: {error_ratio_query: 'avg_over_time(bad[{{.window}}])'}}\n  alerting: {name: A}\n")
    assert "no alert windows for a period of 1w" in bekci("slo", "generate", "--default-slo-period=7d", spec, code=1).stderr
    made = bekci("slo", "generate", "--default-slo-period=7d", f"--slo-period-windows-path={windows}", spec).stdout
    assert "slo:sli_error:ratio_rate1w" in made and "(13.44 * 0.01)" in made
    assert "slo:sli_error" not in bekci("slo", "generate", "--disable-recordings", "--disable-alerts", spec).stdout


def test_a_prometheus_with_the_rules_tells_how_objectives_stand(tmp_path):
    spec = tmp_path / "slo.yml"
    spec.write_text("service: shop\nslos:\n- {name: itself, objective: 99, slices: {query: vector(1), op: gte, value: 1, every: 10s}}\n"
                    "- {name: nothing, objective: 99, probe: not_there}\n")
    rules = tmp_path / "rules.yml"
    rules.write_text(bekci("slo", "generate", spec).stdout.replace("interval: 2m", "interval: 1s")
                     .replace("interval: 10s", "interval: 1s"))
    scrape_nothing = "- job_name: none\n  static_configs: []\n"
    with stack.Prometheus(tmp_path / "prometheus", f"{scrape_nothing}rule_files: [{rules}]\n") as prometheus:
        server = f"--server=http://127.0.0.1:{prometheus.port}"
        table = stack.wait_until(
            lambda: (lambda text: text if "100.000 %" in text and "warming up" in text else "")(
                subprocess.run([stack.BEKCI, "slo", server], capture_output=True, text=True, timeout=60, check=False).stdout),
            60, "the objective is recorded")
        lines = table.splitlines()
        assert lines[0].split()[:2] == ["SLO", "OBJECTIVE"]
        assert any("shop/itself" in line and "99 %" in line and "100.000 %" in line for line in lines)
        assert any("shop-nothing" in line and "no data" in line for line in lines)
        assert '"state":"no_data"' in bekci("slo", server, "--output=json").stdout


class Shop(Exporter):
    """A target that counts requests: every scrape has seen a hundred more, of which `failing` failed."""

    def __init__(self):
        self.failing, self.good, self.bad = 0, 0, 0
        super().__init__(self.answer)

    def answer(self, handler):
        self.good += 100 - self.failing
        self.bad += self.failing
        return send(handler, "# TYPE requests_total counter\n"
                             f'requests_total{{code="200"}} {self.good}\nrequests_total{{code="500"}} {self.bad}\n')


def test_an_agent_keeps_budgets_over_kill_and_reload(tmp_path):
    """Once a minute, so this takes some: the budget is counted from counters, shown by command, API and page, goes on after
    kill -9 and a reload, and burns when the shop fails."""
    spec = tmp_path / "shop.slo.yml"
    pay = "- {name: pay, objective: 99, bad: 'requests_total{code=\"500\"}', total: requests_total}\n"
    spec.write_text(f"service: shop\nslos:\n{pay}- {{name: gone, objective: 99, probe: not_there}}\n")
    state = stack.QuietState()
    with Shop() as shop:
        config = ("collectors: {}\nslo_files: [" + str(spec) + "]\nscrape_configs:\n- job_name: shop\n  scrape_interval: 1s\n"
                  f"  scrape_timeout: 1s\n  static_configs: [{{targets: ['{shop.address}']}}]\n")

        def report(bekci, name):
            body = json.loads(bekci.get("/api/v1/slo").text)
            assert body["status"] == "success"
            return next((one for one in body["data"]["objectives"] if one["name"] == name), {})

        with stack.Bekci(tmp_path / "first", config=config, state=state.path) as bekci:
            first = stack.wait_until(lambda: (lambda r: r if r.get("total", 0) > 1000 else None)(report(bekci, "pay")), 150,
                                     "events of a minute")
            assert first["bad"] == 0 and first["state"] == "warming_up" and first["good_ratio"] == 1
            assert report(bekci, "gone")["state"] == "no_data"
            table = subprocess.run([stack.BEKCI, "slo", f"--server={bekci.base}"], capture_output=True, text=True, timeout=60,
                                   check=False).stdout
            assert "shop/pay" in table and "100.000 %" in table and "warming up, 0 of 30 d" in table, table
            page = bekci.get("/slo").text
            assert "shop/pay" in page and "warming up" in page and "<script" not in page
            bekci.stop(signal.SIGKILL)
        shop.failing = 50
        with stack.Bekci(tmp_path / "second", config=config, state=state.path) as bekci:
            after = stack.wait_until(lambda: (lambda r: r if r.get("bad", 0) > 0 else None)(report(bekci, "pay")), 150,
                                     "events after the restart")
            assert after["total"] > first["total"]
            spec.write_text(f"service: shop\nslos:\n{pay}")
            assert bekci.get("/-/reload", method="POST").status == 200
            stack.wait_until(lambda: not report(bekci, "gone"), 20, "the objective is gone")
            assert report(bekci, "pay")["total"] >= after["total"]
            burning = stack.wait_until(
                lambda: (lambda r: r if r["state"] == "burning" else None)(report(bekci, "pay")), 150, "the budget burns")
            assert burning["budget_left_ratio"] < 0 and burning["exhaustion_seconds"] == 0
            assert "level=error" not in bekci.log()
