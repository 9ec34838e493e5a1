"""The shipped rules as data: alerts, their tests, their pages, and which metrics and labels their expressions name."""

import functools
import re

import yaml

import stack

RULES = stack.SOURCE / "rules"
RUNBOOKS = RULES / "runbooks"
README = RULES / "README.md"
FILES = sorted(RULES.glob("*.yml"))
# slo_*.yml are about rules that are generated.
TESTS = sorted(path for path in (RULES / "tests").glob("*.yml") if not path.name.startswith("slo_"))

WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool", "inf", "nan"}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C where it is there: these files are large
# What is in every store, whoever is scraped.
ALWAYS = {"up", "ALERTS", "scrape_duration_seconds", "scrape_samples_scraped"}
TARGET_LABELS = {"job", "instance", "exported_instance"}


class Alert:
    def __init__(self, file, rule):
        self.file, self.rule, self.name = file, rule, rule["alert"]
        self.labels, self.annotations = rule.get("labels", {}), rule.get("annotations", {})
        self.hold = seconds(rule.get("for", "0m"))
        self.page = RUNBOOKS / f"{self.name}.md"

    def row(self):
        """Its line in the table of README.md."""
        file, after = self.file.name, self.rule.get("for", "0m")
        says = " ".join(sections(self.page)["Meaning"].split())
        first = re.match(r"(.*?\.)(\s|$)", says).group(1)
        return (f"| [{self.name}](runbooks/{self.name}.md) | [{file}]({file}) | {self.labels['class']} | {self.labels['severity']} "
                f"| {'at once' if after == '0m' else after} | {first} |")


def seconds(duration):
    """A Prometheus duration, which yaml may have read as a number."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
    parts = re.findall(r"(\d+)(ms|[smhdw])", str(duration))
    assert parts and "".join(n + u for n, u in parts) == str(duration), duration
    return sum(int(number) * units[unit] for number, unit in parts)


@functools.cache
def rules():
    """[(file, rule)] of every rule."""
    return [(path, rule) for path in FILES for group in load(path)["groups"] for rule in group["rules"]]


@functools.cache
def alerts():
    return [Alert(path, rule) for path, rule in rules() if "alert" in rule]


def recorded():
    return {rule["record"] for _, rule in rules() if "record" in rule}


def sections(page):
    """{heading: text} of a page's second level."""
    parts = re.split(r"(?m)^## (.*)$", page.read_text())
    return {heading.strip(): text.strip() for heading, text in zip(parts[1::2], parts[2::2])}


def selectors(expression):
    """[(metric, {label names in its braces})] of a PromQL expression."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    text = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    text = re.sub(r"\[[^\]]*\]", " ", text)
    text = re.sub(r"\boffset\s+\w+", " ", text)
    found = []
    for name, braces in re.findall(r"(?<![\w:.])([a-zA-Z_:][\w:]*)(?![\w:]|\s*\()\s*(\{[^}]*\})?", re.sub(r"\b\d[\w.]*", " ", text)):
        if name not in WORDS:
            found.append((name, set(re.findall(r"(\w+)\s*(?:=|!)", braces))))
    return found


def queries_in_texts(rule):
    """Queries that the texts of an alert ask: what stands in a string before `| query`, without printf's verbs."""
    for text in rule.get("annotations", {}).values():
        for query in re.findall(r'printf "((?:[^"\\]|\\.)*)"[^}]*\| query', text):
            yield re.sub(r"%[a-z]", " ", query.replace("%q", '""'))


def queries_on_page(page):
    """What a page asks bekci."""
    return re.findall(r"bekci query instant '([^']*)'", page.read_text())


def table_of(path):
    """{metric: label names} of a collector's README; names with <...> in them are patterns."""
    rows = re.findall(r"(?m)^\| `([a-z][\w:<>]*)` \| (?:counter|gauge|untyped|histogram|summary) \| ([^|]*)\|", path.read_text())
    return {name: {label for label in labels.strip().split(",") if label} for name, labels in rows}


def metrics_of_tree():
    """{metric: label names or None where they are not known} of all that the tree says it shows."""
    known = {}
    for readme in sorted((stack.SOURCE / "exporters").glob("*/README.md")):
        known.update(table_of(readme))
    for golden in sorted((stack.SOURCE / "tests" / "golden").glob("*/*.prom")):
        for series in stack.Page(golden.read_text()).series:
            known.setdefault(series.partition("{")[0], set()).update(stack.label_names(series))
    for source in sorted((stack.SOURCE / "agent" / "app").glob("*_metrics.cc")):
        for name in re.findall(r'"((?:bekci|prometheus|process)_\w+)"', source.read_text()):
            known.setdefault(name, None)
    return known


def listed_metrics():
    """rules/tests/metrics.txt: `name label,label` lines under comments that give the reason."""
    listed = {}
    for line in (RULES / "tests" / "metrics.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, labels = line.partition(" ")
            listed[name] = {label for label in labels.strip().split(",") if label}
    return listed


@functools.cache
def cases():
    """[(file, group of tests, one test of an alert)] of every test file."""
    return [(path, group, case) for path in TESTS for group in load(path)["tests"] for case in group.get("alert_rule_test", [])]


@functools.cache
def load(path):
    return yaml.load(path.read_text(), LOADER)
