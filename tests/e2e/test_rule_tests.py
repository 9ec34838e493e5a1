"""`bekci test rules` and `bekci check rules` beside Debian's promtool: the same verdict on the same files, in every form
that a person or a pipeline asks for."""

import pathlib
import shutil
import subprocess
import xml.etree.ElementTree

import pytest
import stack

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
PROMTOOL = shutil.which("promtool")

RULES = """groups:
  - name: g
    interval: 7m
    limit: 3
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: Down
        expr: up == 0
        for: 2m
        labels: {severity: page, gone: "{{ if false }}x{{ end }}"}
        annotations: {summary: "{{ $labels.instance }} of {{ $externalLabels.host }} is {{ $value }}", empty: ""}
      - alert: Kept
        expr: up == 0
        keep_firing_for: 3m
  - name: later
    rules:
      - {record: twice, expr: 'job:up:sum * 2'}
      - {alert: Any, expr: 'count(ALERTS{alertstate="firing"}) > 0'}
"""
DOWN = "{exp_labels: {severity: page, instance: a}, exp_annotations: {summary: a of web-1 is 0, empty: ''}}"
INPUT = "input_series: [{series: 'up{instance=\"a\"}', values: '1 1 0x10 1x10'}]"


def alerts(at, name, expected):
    return (f"tests: [{{name: t, interval: 1m, external_labels: {{host: web-1}}, {INPUT}, alert_rule_test: "
            f"[{{eval_time: {at}, alertname: {name}, exp_alerts: {expected}}}]}}]")


def query(series, expr, at, expected, interval="1m"):
    return (f"tests: [{{interval: {interval}, input_series: [{series}], promql_expr_test: [{{expr: '{expr}', "
            f"eval_time: {at}, exp_samples: {expected}}}]}}]")


# A test file (beside RULES) and whether it passes; promtool must say the same.
CASES = {
    "fires after its for": (alerts("4m", "Down", f"[{DOWN}]"), True),
    "fires between two evaluations": (alerts("4m30s", "Down", f"[{DOWN}]"), True),
    "is pending before": (alerts("3m", "Down", "[]"), True),
    "a label differs": (alerts("5m", "Down", f"[{DOWN.replace('page', 'ticket')}]"), False),
    "an annotation differs": (alerts("5m", "Down", f"[{DOWN.replace('is 0', 'is 1')}]"), False),
    "an annotation is missing": (alerts("5m", "Down", f"[{DOWN.replace(', empty: ' + chr(39) * 2, '')}]"), False),
    "an empty label is none": (alerts("5m", "Down", f"[{DOWN.replace('instance: a}', 'instance: a, gone: ' + chr(39) * 2 + '}')}]"),
                               False),
    "one alert too many": (alerts("5m", "Down", f"[{DOWN}, {DOWN}]"), False),
    "resolved": (alerts("13m", "Down", "[]"), True),
    "kept firing": (alerts("14m", "Kept", "[{exp_labels: {instance: a}}]"), None),  # 2.42 has no keep_firing_for: see below
    "an alert nobody makes": (alerts("5m", "Nope", "[]"), True),
    "an alert of ALERTS": (alerts("5m", "Any", "[{}]"), True),
    "a missing alertname": ("tests: [{alert_rule_test: [{eval_time: 5m}]}]", False),
    "a value": (query("{series: x, values: 1 2 3}", "x", "2m", "[{labels: x, value: 3}]"), True),
    "another value": (query("{series: x, values: 1 2 3}", "x", "2m", "[{labels: x, value: 4}]"), False),
    "a scalar": (query("{series: x, values: 1}", "scalar(x)", "0", "[{value: 1}]"), True),
    "a text": (query("{series: x, values: 1}", '"s"', "0", "[]"), False),
    "a range vector": (query("{series: x, values: 1}", "x[5m]", "0", "[]"), False),
    "no parse": (query("{series: x, values: 1}", "x(", "0", "[]"), False),
    "NaN": (query("{series: x, values: NaN}", "x", "0", "[{labels: x, value: .nan}]"), False),
    "infinite": (query("{series: x, values: Inf}", "x", "0", "[{labels: x, value: .inf}]"), True),
    "the last bit": (query("{series: x, values: 2.9999999999999996}", "x", "0", "[{labels: x, value: 3}]"), False),
    "stale": (query("{series: x, values: 1 stale}", "x", "1m", "[]"), True),
    "missing samples": (query("{series: x, values: 1 _x4 2}", "x", "4m", "[{labels: x, value: 1}]"), True),
    "steps": (query("{series: x, values: 10-2x4 1+1x3}", "x", "8m", "[{labels: x, value: 4}]"), True),
    "given twice": (query("{series: x, values: 1}, {series: x, values: 2}", "x", "0", "[{labels: x, value: 2}]"), True),
    "what is loaded ends with the last evaluation":
        (query("{series: x, values: 0+1x20}", "x", "2m50s", "[{labels: x, value: 12}]", "10s"), True),
    "recorded": (query("{series: up, values: 1 1}", "job:up:sum", "1m", "[{labels: 'job:up:sum', value: 1}]"), True),
    "groups in order": (query("{series: up, values: 1 1}", "twice", "0", "[{labels: twice, value: 2}]") +
                        "\ngroup_eval_order: [g, later]", True),
    "groups against their order": (query("{series: up, values: 1 1}", "twice", "0", "[]") +
                                   "\ngroup_eval_order: [later, g]", True),
    "an order that repeats": ("group_eval_order: [g, g]", False),
    "too many alerts": (query(", ".join(f"{{series: 'up{{a=\"{i}\"}}', values: 0}}" for i in range(4)), "vector(1)", "1m",
                              "[{value: 1}]"), False),
    "written over": (query("{series: up, values: 1}, {series: 'job:up:sum', values: 5}", "vector(1)", "0", "[{value: 1}]"),
                     False),
    "a series that does not parse": ("tests: [{input_series: [{series: 'x{', values: 1}]}]", False),
    "values that do not parse": ("tests: [{input_series: [{series: x, values: 1+}]}]", False),
    "labels that do not parse": (query("{series: x, values: 1}", "x", "0", "[{labels: 'x{', value: 1}]"), False),
    "an unknown key": ("tests: [{inputs: []}]", False),
    "a mapping for a list": ("tests: {interval: 1m}", False),
    "nothing": ("", True),
    "no such rule file": ("rule_files: [none.yml]", True),
    "subqueries step by the evaluation interval": (query("{series: x, values: 1x10}", "count_over_time(x[5m:])", "10m",
                                                         "[{value: 10}]") + "\nevaluation_interval: 30s", None),
}


def bekci(*words, stdin=None):
    return subprocess.run([stack.BEKCI, *map(str, words)], capture_output=True, text=True, timeout=300, check=False, input=stdin)


def promtool(*words):
    return subprocess.run([PROMTOOL, *map(str, words)], capture_output=True, text=True, timeout=300, check=False)


def written(tmp_path, text):
    (tmp_path / "rules.yml").write_text(RULES)
    path = tmp_path / "test.yml"
    text = text if "rule_files" in text else "rule_files: [rules.yml]\n" + text
    path.write_text(text if "evaluation_interval" in text else "evaluation_interval: 1m\n" + text)
    return path


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[1] is not None])
def test_a_test_file_has_the_verdict_of_promtool(tmp_path, name):
    text, passes = CASES[name]
    path = written(tmp_path, text)
    if "keep_firing_for" in RULES:  # newer than 2.42
        (tmp_path / "rules.yml").write_text(RULES.replace("        keep_firing_for: 3m\n", ""))
    ours = bekci("test", "rules", path)
    assert ours.returncode == (0 if passes else 1), ours.stdout + ours.stderr
    assert ours.stdout.splitlines()[-1].startswith("1 file")
    if PROMTOOL is not None:
        theirs = promtool("test", "rules", path)
        assert (theirs.returncode == 0) == passes, theirs.stdout + theirs.stderr


def test_what_is_newer_than_the_peer(tmp_path):
    for name, (text, passes) in CASES.items():
        if passes is not None:
            continue
        ours = bekci("test", "rules", written(tmp_path, text))
        assert ours.returncode == 0, name + "\n" + ours.stdout


def index(name):
    path = SHARED / "ruletests" / name
    if not path.exists():
        return []
    return [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]


def test_the_rule_tests_of_prometheus_have_its_verdict():
    for kind, file, arguments, expected, *_ in index("index.tsv"):
        words = ["test", "rules"] if kind == "test-rules" else ["check", "rules"]
        ours = bekci(*words, *arguments.split(), SHARED / "ruletests" / file)
        assert ours.returncode == (0 if expected == "pass" else 1), f"{file} {arguments}\n{ours.stdout}{ours.stderr}"


# promtool is asked of them in test_shipped_rules.py; it takes a minute.
def test_shipped_rules_pass_and_have_no_finding():
    tests = sorted((ROOT / "rules" / "tests").glob("*.yml"))
    rules = sorted((ROOT / "rules").glob("*.yml"))
    assert tests and rules
    ours = bekci("test", "rules", *tests)
    assert ours.returncode == 0, ours.stdout + ours.stderr
    checked = bekci("check", "rules", "--lint-fatal", *rules)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_slo_rules_are_tested_as_promtool_does():
    path = SHARED / "slo" / "sloth" / "getting-started" / "promtool-test.yml"
    if not path.exists():
        pytest.skip("the corpus is not beside the checkout")
    ours = bekci("test", "rules", path)
    assert ours.returncode == 0, ours.stdout


def test_results_go_to_junit_and_tests_are_chosen_by_name(tmp_path):
    good = query("{series: x, values: 1}", "x", "0", "[{labels: x, value: 1}]").replace("tests: [{", "tests: [{name: good, ")
    bad = query("{series: x, values: 1}", "x < 3", "0", "[{labels: x, value: 2}]").replace("tests: [{", "{name: bad <&>, ")
    path = written(tmp_path, good[:-1] + ", " + bad)
    junit = tmp_path / "junit.xml"
    run = bekci("test", "rules", f"--junit={junit}", path)
    assert run.returncode == 1
    assert "2 tests (1 failed)" in run.stdout
    suites = xml.etree.ElementTree.parse(junit).getroot()
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    cases = suites.findall("./testsuite/testcase")
    assert [case.get("name") for case in cases] == ["good", "bad <&>"]
    assert cases[0].find("failure") is None and "value: expected 2, got 1" in cases[1].find("failure").text
    assert bekci("test", "rules", "--run=^good$", path).returncode == 0
    assert bekci("test", "rules", "--run=good", "--run=bad", path).returncode == 1
    nothing = bekci("test", "rules", "--run=nothing", path)
    assert nothing.returncode == 0 and "finds no test" in nothing.stderr
    assert bekci("test", "rules", "--run=(", path).returncode == 2
    assert bekci("test", "rules", tmp_path / "none.yml").returncode == 2
    verbose = bekci("test", "rules", "--verbose", path)
    assert "  ok      good  (1 check, " in verbose.stdout
    assert "x{}: 0s 1\n" in bekci("test", "rules", "--debug", path).stdout


def test_check_rules_finds_lints_and_exits_as_promtool(tmp_path):
    (tmp_path / "a.yml").write_text("groups: [{name: g, rules: [{alert: A, expr: up > 1}]}]\n")
    (tmp_path / "b.yml").write_text("groups: [{name: g, rules: [{record: 'a:b:c', expr: up}]}]\n")
    (tmp_path / "bad.txt").write_text("groups: [{name: g, rules: [{record: 'a:b:c', expr: up(}]}]\n")
    a, b, bad = tmp_path / "a.yml", tmp_path / "b.yml", tmp_path / "bad.txt"
    run = bekci("check", "rules", tmp_path / "*.yml")
    assert run.returncode == 0
    assert f"{a}:1: warning: group \"g\", rule 1, \"A\": up > 1 is never true" in run.stdout
    assert f"{a}: good, 1 group, 1 rule, 1 finding\n" in run.stdout
    assert f"{b}: good, 1 group, 1 rule\n" in run.stdout
    assert bekci("check", "rules", "--lint-fatal", a).returncode == 3
    assert bekci("check", "rules", "--lint-fatal", "--lint=none", a).returncode == 0
    assert bekci("check", "rules", "--lint-fatal", "--lint=all,-never-true", a).returncode == 0
    assert bekci("check", "rules", "--lint=nver-true", a).returncode == 2
    assert bekci("check", "rules", a, bad).returncode == 1
    assert bekci("check", "rules", tmp_path / "none*.yml").returncode == 2
    assert bekci("check", "rules", stdin=b.read_text()).stdout == "<stdin>: good, 1 group, 1 rule\n"
    assert "never-true" in bekci("check", "rules", "--list-lints").stdout
    b.write_text("groups: [{name: g, owner: me, rules: []}]\n")
    assert bekci("check", "rules", b).returncode == 1
    assert bekci("check", "rules", "--ignore-unknown-fields", b).returncode == 0


def test_check_rules_asks_a_store_which_metrics_there_are(tmp_path):
    (tmp_path / "text.om").write_text("# TYPE node_load1 gauge\nnode_load1 1 1700000000\n# EOF\n")
    data = tmp_path / "data"
    made = bekci("tsdb", "import", "openmetrics", f"--path={data}", tmp_path / "text.om")
    assert made.returncode == 0, made.stderr
    rules = tmp_path / "a.yml"
    rules.write_text("groups: [{name: g, rules: [{record: 'a:b:c', expr: node_load1}, {alert: A, expr: nod_load1 > a:b:c}]}]\n")
    run = bekci("check", "rules", f"--path={data}", rules)
    assert "the store has no metric nod_load1, did you mean node_load1? [unknown-metric]" in run.stdout
    assert run.stdout.count("unknown-metric") == 1
    assert bekci("check", "rules", f"--path={tmp_path / 'none'}", rules).returncode == 2
    assert bekci("check", "rules", "--server=http://127.0.0.1:1", rules).returncode == 2
