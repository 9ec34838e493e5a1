"""The shipped alerts: promtool accepts and proves them, each says what an alert has to say, has a page and tests, names only
metrics and labels that exist, and README.md lists it. BEKCI_UPDATE_README=1 writes that table."""
# Takes 80 s

import os
import re
import shutil
import subprocess

import pytest
import yaml

import rule_files
import stack
from rule_files import RULES, RUNBOOKS, alerts
from servers import other_versions

HOLD = {"system_down": 0, "security_breach": 0, "database_error": 300, "api_failure": 600, "performance": 900,
        "error_rate": 1800, "resource_use": 3600, "user_experience": 3600}
SEVERITIES = {"critical", "high", "medium", "low"}
HEADINGS = ["Meaning", "First look", "Remedy", "False alarm"]
ALWAYS_FIRES = "Watchdog"
needs_promtool = pytest.mark.skipif(not stack.have("promtool"), reason="promtool is not installed (prometheus)")


def promtool(*arguments, **more):
    answer = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False, **more)
    return answer.returncode, answer.stdout + answer.stderr


def none(findings):
    assert not findings, "\n" + "\n".join(findings)


@needs_promtool
def test_promtool_accepts_every_file():
    code, text = promtool("check", "rules", *rule_files.FILES)
    assert code == 0 and "FAILED" not in text and "duplicate" not in text, text


@needs_promtool
@pytest.mark.parametrize("path", rule_files.TESTS, ids=lambda path: path.stem)
def test_promtool_proves_every_unit_test(path, tmp_path):
    code, text = promtool("test", "rules", path, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert code == 0, text[-6000:]


@pytest.mark.parametrize("path", rule_files.TESTS, ids=lambda path: path.stem)
def test_promtool_of_prometheus_3_proves_them_too(path, tmp_path):
    answer = subprocess.run([other_versions.newer_prometheus("promtool"), "test", "rules", path], capture_output=True, text=True,
                            check=False, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert answer.returncode == 0, (answer.stdout + answer.stderr)[-6000:]


def test_every_file_of_rules_has_tests():
    tested = {rule_files.load(path)["rule_files"][0] for path in rule_files.TESTS}
    assert tested == {f"../{path.name}" for path in rule_files.FILES}


def test_names_are_unique_over_all_files():
    names = [alert.name for alert in alerts()]
    assert len(names) == len(set(names)) and len(names) > 100
    records = [rule["record"] for _, rule in rule_files.rules() if "record" in rule]
    assert len(records) == len(set(records))


def complaints_about(alert):
    labels = alert.labels
    if set(labels) != {"severity", "class", "service"}:
        yield f"labels are {sorted(labels)}"
    if labels.get("severity") not in SEVERITIES:
        yield f"severity {labels.get('severity')}"
    if HOLD.get(labels.get("class")) != alert.hold:
        yield f"class {labels.get('class')} notifies after {HOLD.get(labels.get('class'))} s, for is {alert.hold} s"
    if "for" not in alert.rule:
        yield "for is not written"
    for name, value in labels.items():
        if "$value" in value:
            yield f"label {name} holds a value: every change of it would be another alert"
    unknown = {name for name in alert.annotations if not name.startswith("bekci_")} - {"summary", "description", "runbook_url"}
    if unknown:
        yield f"annotations {sorted(unknown)}"
    if alert.annotations.get("bekci_on_missing", "keep") not in ("keep", "resolve"):
        yield "bekci_on_missing is keep or resolve"
    if len(alert.annotations.get("summary", "")) < 10 or "\n" in alert.annotations.get("summary", ""):
        yield "no summary of one line"
    if len(alert.annotations.get("description", "")) < 60:
        yield "no description"


def test_every_alert_has_its_labels_its_annotations_and_the_time_of_its_class():
    none([f"{alert.file.name}: {alert.name}: {what}" for alert in alerts() for what in complaints_about(alert)])


def test_every_alert_leads_to_its_page():
    base = (RUNBOOKS / "BASE_URL").read_text().strip()
    assert base.startswith("https://") and not base.endswith("/")
    none([f"{alert.name}: {alert.annotations.get('runbook_url')}" for alert in alerts()
          if alert.annotations.get("runbook_url") != f"{base}/{alert.name}.md"])
    of_slos = set(re.findall(r"runbooks/(\w+)\.md", "".join(path.read_text() for path in (RULES / "slo").rglob("*.y*ml"))))
    pages = {page.stem for page in RUNBOOKS.glob("*.md")}
    assert pages - of_slos == {alert.name for alert in alerts()}


def complaints_about_page(alert):
    text, parts = alert.page.read_text(), rule_files.sections(alert.page)
    labels, file = alert.labels, alert.file.name
    after = "at once" if alert.hold == 0 else f"after {alert.rule['for']}"
    head = f"# {alert.name}\n\nSeverity {labels['severity']}, class {labels['class']}, {after}. Rule: [{file}](../{file}).\n"
    if not text.startswith(head):
        yield f"should begin with {head!r}"
    if list(parts) != HEADINGS:
        yield f"has the headings {list(parts)}"
    for heading in HEADINGS:
        if len(parts.get(heading, "")) < 5:
            yield f"{heading} is empty"
    if not re.search(r"(?s)```sh\n.+\n```", parts.get("First look", "")):
        yield "First look has no command"
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if not (RUNBOOKS / link).resolve().exists():
            yield f"links to {link}"


def test_every_page_says_what_it_means_where_to_look_what_to_do_and_when_it_is_false():
    none([f"{alert.page.name}: {what}" for alert in alerts() for what in complaints_about_page(alert)])


def steps_of(alert):
    """[(file, name of the tests, [(second, whether it fires)])] of the alert's tests."""
    found = {}
    for path, group, case in rule_files.cases():
        if case["alertname"] == alert.name:
            found.setdefault((path, group["name"]), []).append((rule_files.seconds(case["eval_time"]), bool(case.get("exp_alerts"))))
    return [(path, name, sorted(steps)) for (path, name), steps in found.items()]


def complaints_about_tests(alert):
    tests = steps_of(alert)
    if not any(fires for _, _, steps in tests for _, fires in steps):
        yield "no test shows it firing"
    if alert.name == ALWAYS_FIRES:
        return
    if not any(not any(fires for _, fires in steps) for _, _, steps in tests):
        yield "no test of its own shows it quiet"
    edge = over = False
    for path, _, steps in tests:
        step = rule_files.seconds(rule_files.load(path)["evaluation_interval"])
        firing = {second for second, fires in steps if fires}
        quiet = {second for second, fires in steps if not fires}
        edge = edge or any(second - step in quiet for second in firing)
        over = over or any(second > min(firing) for second in quiet if firing)
    if not edge:
        yield "no test shows it not yet firing one evaluation before"
    if not over:
        yield "no test shows it over again"


def test_every_alert_is_shown_firing_not_yet_firing_over_and_quiet():
    none([f"{alert.name}: {what}" for alert in alerts() for what in complaints_about_tests(alert)])


def test_expected_alerts_are_given_with_all_their_texts():
    bare = [f"{path.name}: {group['name']}: {case['eval_time']}" for path, group, case in rule_files.cases()
            for alert in case.get("exp_alerts") or []
            if not {"summary", "description", "runbook_url"} <= set(alert.get("exp_annotations", {}))]
    none(bare)
    broken = [f"{path.name}: {group['name']}: {text}" for path, group, case in rule_files.cases()
              for alert in case.get("exp_alerts") or [] for text in alert["exp_annotations"].values()
              if re.search(r"<error expanding|<no value>|NaN|unknown|map\[|  ", text)]
    none(broken)


def is_pattern(name):
    return re.compile(re.sub(r"<\w+>", r"\\w+", name)) if "<" in name else None


def test_every_metric_and_label_in_an_expression_exists():
    """Names come from the collectors' tables, golden pages and the agent's own; others are listed with their reason."""
    tree, listed = rule_files.metrics_of_tree(), rule_files.listed_metrics()
    plain = {name: labels for name, labels in tree.items() if "<" not in name}
    for name in list(plain):
        for suffix in ("_bucket", "_sum", "_count"):
            plain.setdefault(name + suffix, (plain[name] or set()) | {"le"} if plain[name] is not None else None)
    findings, used = [], set()
    for path, rule in rule_files.rules():
        name_of_rule = rule.get("alert") or rule.get("record")
        for expression in [rule["expr"], *rule_files.queries_in_texts(rule)]:
            for name, labels in rule_files.selectors(expression):
                used.add(name)
                if name in rule_files.recorded() or name in rule_files.ALWAYS:
                    continue
                if name not in plain and name not in listed:
                    findings.append(f"{path.name}: {name_of_rule}: nothing shows {name}")
                    continue
                its = listed.get(name) if name in listed else plain[name]
                strange = labels - (its or set()) - rule_files.TARGET_LABELS if its is not None else set()
                if strange:
                    findings.append(f"{path.name}: {name_of_rule}: {name} has no label {sorted(strange)}")
    none(findings)
    used |= {name for alert in alerts() for query in rule_files.queries_on_page(alert.page)
             for name, _ in rule_files.selectors(query)}
    none([f"metrics.txt: {name} is used by no rule and no page" for name in sorted(set(listed) - used)])
    none([f"metrics.txt: {name} is in a table of the tree" for name in sorted(set(listed) & set(plain))])


def test_queries_on_pages_name_what_exists():
    tree, listed = rule_files.metrics_of_tree(), rule_files.listed_metrics()
    patterns = [pattern for pattern in map(is_pattern, tree) if pattern]
    findings = []
    for alert in alerts():
        for query in rule_files.queries_on_page(alert.page):
            for name, _ in rule_files.selectors(query):
                base = re.sub(r"_(bucket|sum|count)$", "", name)
                if not ({name, base} & (set(tree) | set(listed) | rule_files.recorded() | rule_files.ALWAYS)
                        or any(pattern.fullmatch(name) for pattern in patterns)):
                    findings.append(f"{alert.page.name}: nothing shows {name}")
    none(findings)


def test_the_table_of_all_alerts_is_true():
    table = "\n".join(["| alert | file | class | severity | for | what it says |", "|---|---|---|---|---|---|",
                       *(alert.row() for alert in alerts())])
    text = rule_files.README.read_text()
    begin, end = "<!-- generated: alerts -->\n", "<!-- end -->"
    head, _, rest = text.partition(begin)
    old, _, tail = rest.partition(end)
    if os.environ.get("BEKCI_UPDATE_README"):
        rule_files.README.write_text(head + begin + table + "\n" + end + tail)
        return
    assert old == table + "\n", "run it with BEKCI_UPDATE_README=1"


def test_the_classes_in_the_readme_are_those_of_the_rules():
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (at once|\w+) \|", rule_files.README.read_text()))
    assert {name: 0 if hold == "at once" else rule_files.seconds(hold) for name, hold in rows.items()} == HOLD


def test_rebase_moves_every_page(tmp_path):
    copy = tmp_path / "rules"
    shutil.copytree(RULES, copy)
    subprocess.run([copy / "runbooks" / "rebase", "https://wiki.example/on-call/"], check=True)
    old = (RUNBOOKS / "BASE_URL").read_text().strip()
    for path in [*rule_files.FILES, *rule_files.TESTS]:
        before, after = path.read_text(), (copy / path.relative_to(RULES)).read_text()
        assert after == before.replace(old + "/", "https://wiki.example/on-call/") and old not in after, path
        yaml.load(after, rule_files.LOADER)
    assert (copy / "runbooks" / "BASE_URL").read_text() == "https://wiki.example/on-call\n"
    for wrong in ([], ["http://wiki.example"], ["https://"], ["https://wiki.example/|e"]):
        assert subprocess.run([copy / "runbooks" / "rebase", *wrong], capture_output=True, check=False).returncode == 2
