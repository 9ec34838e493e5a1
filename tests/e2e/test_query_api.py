"""bekci's Prometheus API beside a real Prometheus with the same blocks: hundreds of queries of every kind, instant and
range, must have the same answers; and the requests that Grafana makes must have answers of the same shape.

The peers are Debian 12's Prometheus, always, and in long runs a Prometheus 3 (servers/other_versions.py): whole answers are
compared with that, notes and errors too, for more queries, with and without delayed name removal. Where 3.5 differs from
what came after it, a list here says so."""

import dataclasses
import itertools
import json
import math
import re
import shutil
import subprocess
import time
import urllib.parse

import api_requests
import metric_history as history
import modern_queries
import pytest
import stack
from servers import other_versions

pytestmark = pytest.mark.skipif(not stack.have("prometheus", "promtool"), reason="needs Debian's prometheus")

MINUTE, HOUR = 60_000, 3_600_000
MIDDLE = history.START_MS + HOUR + 7 * 1000 + 1  # between samples, so that which end of a window is open does not matter


class Server:
    def __init__(self, base):
        self.base = base

    def ask(self, path, params=(), post=False):
        form = urllib.parse.urlencode(list(params.items()) if isinstance(params, dict) else list(params))
        if post:
            return stack.http(self.base + path, method="POST", data=form.encode(), timeout=60,
                              headers={"Content-Type": "application/x-www-form-urlencoded"})
        return stack.http(self.base + path + "?" + form, timeout=60)

    def json(self, path, params=(), post=False):
        answer = self.ask(path, params, post)
        # Prometheus writes bytes that are no UTF-8 as they are, which is no JSON; bekci writes U+FFFD.
        return answer.status, json.loads(answer.body.decode(errors="replace"))


@dataclasses.dataclass
class Peer:
    """Which Prometheus, and what is switched on in both."""
    name: str
    modern: bool = False
    features: str = ""

    def program(self, name):
        return other_versions.newer_prometheus(name) if self.modern else name


OLD = Peer("2.42")
NEW = Peer("3.5", True, "promql-experimental-functions,promql-duration-expr")
NEW_DELAYED = Peer("3.5 with delayed name removal", True, NEW.features + ",promql-delayed-name-removal")


@pytest.fixture(scope="module", params=[OLD, NEW, NEW_DELAYED], ids=lambda peer: peer.name.replace(" ", "_"))
def peer(request):
    return request.param


@pytest.fixture(scope="module")
def servers(peer, tmp_path_factory):
    """Prometheus fed by remote write, and bekci on the blocks of its snapshot."""
    tmp = tmp_path_factory.mktemp("query")
    # bekci counts steps without being told to.
    features = "native-histograms," + (peer.features + ",promql-per-step-stats" if peer.modern else "promql-at-modifier")
    flags = ("--web.enable-remote-write-receiver", f"--enable-feature={features}", "--web.enable-admin-api",
             "--storage.tsdb.retention.time=100y")
    with stack.Prometheus(tmp / "prometheus", "  []\n", *flags, program=peer.program("prometheus")) as prometheus:
        base = f"http://127.0.0.1:{prometheus.port}"
        series = history.history() + (history.modern_history() if peer.modern else [])
        for start in range(history.START_MS, history.END_MS + 1, 10 * MINUTE):
            body = history.snappy_block(history.write_request(series, start, start + 10 * MINUTE))
            answer = stack.http(base + "/api/v1/write", method="POST", data=body, timeout=60,
                                headers={"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
                                         "X-Prometheus-Remote-Write-Version": "0.1.0"})
            assert answer.status == 204, answer.text
        snapshot = json.loads(stack.http(base + "/api/v1/admin/tsdb/snapshot", method="POST", timeout=60).text)
        blocks = tmp / "prometheus" / "tsdb" / "snapshots" / snapshot["data"]["name"]
        state = tmp / "state"
        shutil.copytree(blocks, state)
        config = "collectors: {}\nstorage: {retention: {time: 0s, size: 0B}}\n"
        flags = [f"--enable-feature={peer.features}"] if peer.features else []
        with stack.Bekci(tmp / "bekci", *flags, config=config, state=state) as bekci:
            yield Server(base), Server(bekci.base)


# ---- the comparison ----

COUNTERS = ['http_requests_total', 'http_requests_total{job="api",code=~"2..|404"}', 'pod_cpu_seconds_total',
            'request_seconds_count']
GAUGES = ['temperature', 'memory_bytes{job="web"}', 'rare', 'steps']
COUNTER_FUNCTIONS = ['rate', 'increase', 'irate', 'resets', 'changes']
GAUGE_FUNCTIONS = ['delta', 'idelta', 'deriv', 'avg_over_time', 'min_over_time', 'max_over_time', 'sum_over_time',
                   'count_over_time', 'stddev_over_time', 'stdvar_over_time', 'last_over_time', 'present_over_time',
                   'changes', 'absent_over_time']
MATH = ['abs', 'ceil', 'floor', 'exp', 'ln', 'log2', 'log10', 'sqrt', 'sgn', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan',
        'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'deg', 'rad']
AGGREGATIONS = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar']
GROUPINGS = ['', ' by (job)', ' by (job, code)', ' without (instance)', ' by (nothing)', ' without (code, method)']
ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2']
COMPARISONS = ['==', '!=', '<', '<=', '>', '>=']


def queries():
    for function, selector, window in itertools.product(COUNTER_FUNCTIONS, COUNTERS, ('1m', '5m', '47m')):
        yield f'{function}({selector}[{window}])'
    for function, selector, window in itertools.product(GAUGE_FUNCTIONS, GAUGES, ('90s', '20m')):
        yield f'{function}({selector}[{window}])'
    for function in MATH:
        yield f'{function}(temperature / 10)'
        yield f'{function}(odd_values)'
    for op, grouping in itertools.product(AGGREGATIONS, GROUPINGS):
        yield f'{op}{grouping} (http_requests_total)'
        yield f'{op}{grouping} (rate(http_requests_total[5m]))'
    for op in ARITHMETIC:
        yield f'memory_bytes {op} ignoring(kind) limit_bytes'
        yield f'temperature {op} 3.5'
        yield f'3.5 {op} temperature'
        yield f'odd_values {op} 2'
        yield f'7 {op} 2.5'
    for op in COMPARISONS:
        yield f'memory_bytes {op} ignoring(kind) limit_bytes'
        yield f'memory_bytes {op} bool ignoring(kind) limit_bytes'
        yield f'temperature {op} 0'
        yield f'0 {op} bool temperature'
        yield f'1 {op} bool 2'
        yield f'odd_values {op} 0'
    yield from OTHERS


OTHERS = [
    'up', '{job="api"}', '{__name__=~"req.*_count|up"}', 'up{instance!~"api.*"}', 'up{job=~".+",instance!=""}', 'nothing',
    '42', '"a string"', 'time()', 'vector(time())', 'scalar(up{instance="api-0"})', 'scalar(up)', 'pi()', '-temperature',
    '+steps', '-1 ^ 2', '2 ^ 3 ^ 2', '0x1F + 1e3', 'NaN', 'Inf',
    'up offset 10m', 'up offset -10m', 'rate(http_requests_total[5m] offset 30m)',
    f'up @ {MIDDLE / 1000}', 'up @ start()', 'up @ end()', f'rate(http_requests_total[5m] @ {MIDDLE / 1000} offset 5m)',
    'max_over_time(up[30m] @ end())', 'flapping', 'rare', 'pod_cpu_seconds_total', 'count(pod_cpu_seconds_total)',
    'http_requests_total * on(job) group_left(version) build_info',
    'build_info * on(job) group_right sum by (job, code) (http_requests_total)',
    'http_requests_total / on(job) group_left sum by (job) (http_requests_total)',
    'sum by (job) (rate(http_requests_total{code="500"}[5m])) / sum by (job) (rate(http_requests_total[5m]))',
    'up and on(job, instance) temperature > 0', 'up or temperature', 'memory_bytes unless on(job) build_info{job="api"}',
    'temperature > 0 or vector(0)', 'up == 0 unless on(instance) memory_bytes > 1e9', 'absent(nothing{a="b",c=~"d"})',
    'absent(up)', 'absent_over_time(nothing{x="y"}[5m])',
    'topk(2, http_requests_total)', 'bottomk(3, memory_bytes)', 'topk by (job) (1, memory_bytes)', 'topk(0, up)',
    'topk(scalar(count(up)) - 3, memory_bytes)', 'bottomk(1, odd_values)',
    'quantile(0.5, memory_bytes)', 'quantile by (job) (0.9, http_requests_total)', 'quantile(-1, up)', 'quantile(2, up)',
    'quantile(NaN, up)', 'count_values("value", up)', 'count_values by (job) ("v", odd_values)',
    'count_values("job", steps)', 'quantile_over_time(0.9, temperature[10m])', 'quantile_over_time(2, temperature[10m])',
    'quantile_over_time(0.25, rare[30m])', 'predict_linear(memory_bytes[20m], 3600)', 'predict_linear(steps[1h], -600)',
    'histogram_quantile(0.9, rate(request_seconds_bucket[10m]))',
    'histogram_quantile(0.5, sum by (le) (rate(request_seconds_bucket[10m])))',
    'histogram_quantile(0.99, request_seconds_bucket)', 'histogram_quantile(0, request_seconds_bucket)',
    'histogram_quantile(1, request_seconds_bucket)', 'histogram_quantile(1.5, request_seconds_bucket)',
    'histogram_quantile(-0.5, request_seconds_bucket)', 'histogram_quantile(NaN, request_seconds_bucket)',
    'rate(request_seconds_sum[5m]) / rate(request_seconds_count[5m])',
    'latency_seconds', 'rate(latency_seconds[5m])', 'increase(latency_seconds{job="api"}[20m])', 'sum(latency_seconds)',
    'sum by (job) (rate(latency_seconds[5m]))', 'avg(rate(latency_seconds[5m]))', 'histogram_count(latency_seconds)',
    'histogram_sum(rate(latency_seconds[5m]))', 'histogram_quantile(0.9, rate(latency_seconds[5m]))',
    'histogram_fraction(0, 1, latency_seconds)', 'histogram_fraction(0.3, 1.7, latency_seconds)',
    'histogram_fraction(0.5, 2, rate(latency_seconds[10m]))',
    'histogram_count(sum(latency_seconds))', 'count(latency_seconds)', 'latency_seconds{job="web"} + ignoring(job, '
    'instance) group_left sum(latency_seconds{instance="api-0"})',
    'clamp(temperature, -5, 5)', 'clamp_min(temperature, 0)', 'clamp_max(temperature, 0)', 'clamp(temperature, 5, -5)',
    'clamp(odd_values, NaN, 1)', 'round(temperature)', 'round(temperature, 0.25)', 'round(memory_bytes, 1e6)',
    'timestamp(up)', 'timestamp(rare)', 'timestamp(up * 1)', 'sort(memory_bytes)', 'sort_desc(memory_bytes)',
    'sort(odd_values)', 'label_replace(up, "short", "$1-$2", "instance", "(.).*-(.)")',
    'label_replace(up, "job", "", "job", ".*")', 'label_replace(up, "x", "y", "nothing", "")',
    'label_replace(up, "__name__", "down", "job", "api")', 'label_join(up, "both", "/", "job", "instance")',
    'label_join(up, "job", "")', 'minute()', 'hour(vector(1e9))', 'day_of_week()', 'day_of_month(vector(1582934400))',
    'days_in_month(vector(1582934400))', 'day_of_year(vector(1582934400))', 'month()', 'year(up * 1e9)',
    'minute(steps * 1000)', 'max_over_time(rate(http_requests_total[5m])[30m:1m])', 'sum_over_time(up[20m:])',
    'avg_over_time(sum by (job) (rate(http_requests_total[2m]))[15m:30s] offset 5m)',
    'min_over_time(temperature[1h:7m])', 'last_over_time(rare[20m:3m])', 'deriv(sum(memory_bytes)[30m:1m])',
    f'sum_over_time(up[10m:1m] @ {MIDDLE / 1000})', 'count_over_time((up == 1)[10m:1m])',
    'sum(sum_over_time(up[1m])) without (job)', 'sum without () (up)', 'sgn(odd_values)', 'odd_values', 'odd_values > -Inf',
    'sum(odd_values)', 'avg(odd_values)', 'max(odd_values)', 'min(odd_values)', 'stddev_over_time(odd_values[5m])',
    'min_over_time(odd_values[3m])', 'max_over_time(odd_values[3m])', 'sum_over_time(odd_values[3m])',
    'avg_over_time(odd_values[3m])', 'changes(odd_values[5m])', 'resets(odd_values[5m])', 'changes(flapping[10m])',
    'resets(flapping[10m])', 'irate(flapping[5m])', 'idelta(flapping[5m])', 'rate(steps[47m])',
    'bool_missing == bool 1', 'up == bool 1', 'up % 2', 'up ^ 0', '1 / (up - up)', '0 / (up - up)', '-1 / (up - up)',
    'avg(up) by (job) * 100', 'sum(up) / count(up)', 'count by (job) (up == 1)', 'min by (job) (timestamp(up))',
    'group by (job) (up)', 'vector(1) + vector(2)', 'up + on() group_left vector(1)',
]

# Where 3.x means something else than 2.42, or 2.42 is wrong. Keys are the queries as above.
_INTERPOLATION = '3.x interpolates exponentially within native buckets, 2.42 linearly'
_ATAN2_NAME = '3.x takes the metric name off the result of atan2 as of every other arithmetic operator, 2.42 forgets to'
DIFFERENT = {
    'histogram_quantile(0.9, rate(latency_seconds[5m]))': _INTERPOLATION,
    'histogram_fraction(0.3, 1.7, latency_seconds)': _INTERPOLATION,
    'avg(rate(latency_seconds[5m]))': '2.42 cannot average native histograms and answers 0',
    'memory_bytes atan2 ignoring(kind) limit_bytes': _ATAN2_NAME,
    'temperature atan2 3.5': _ATAN2_NAME,
    '3.5 atan2 temperature': _ATAN2_NAME,
    'odd_values atan2 2': _ATAN2_NAME,
}
DIFFERENT_IN_RANGES = {
    'topk(scalar(count(up)) - 3, memory_bytes)': 'where nothing is left to count: "Parameter value is NaN" since 3.x',
}

# Where 3.5 differs from 3.14: [regular expression that a query matches whole, why].
LATER = [
    (r'(topk|bottomk|limitk|limit_ratio)\((NaN|scalar\().*', 'a parameter that is no number has words of its own'),
    (r'.*(sum|avg)( by \(job\) )?\((custom_seconds|rate\(custom_seconds\[5m\]\))\).*|sum\(\{__name__=~"custom_.*|'
     r'custom_seconds\{instance="c-0"\} \+ .*"c-2"\}', 'histograms of unlike custom buckets are reconciled, not refused'),
    (r'histogram_quantile\(.*not_numbers.*', 'observations that are no numbers: they count, and are noted'),
    (r'histogram_fraction\((0|-1),.*_bucket.*', 'classic buckets: 3.5 gives NaN below the first bound'),
    (r'info\(.*(offset 5m|@ \d+)\)', 'info series are looked up at the time of what they describe'),
    (r'info\(up, (up|rate\(up\[5m\]\))\)', '3.5 says "unexpected error"'),
    (r'(start|end|step|max_of|first_over_time|histogram_quantiles|start_timestamp)\(.*', 'functions that are newer'),
    (r'.* (anchored|smoothed)\)?|up\[step\(\)\]|up \+ fill\(0\) up', 'syntax that is newer'),
]
LATER_IN_RANGES = [(r'rate\(balance\[10m:1m\]\)', 'no extrapolation of a histogram goes beyond where its count was zero')]
LATER_DELAYED = [(r'info\(rate\(http_requests_total\[5m\]\)\)', 'info keeps the mark of names to be dropped')]
# Which of equally good series is taken, or named, depends on the order in which they were made.
BY_CHANCE = re.compile(r'limitk.*\(2, twofold\)|twofold == on\(job, instance\) twofold')
LATER_TEXTS = {
    'info(up, {})': '3.5 prints no braces', '{"depth.of.water"} * on("küste") group_left {"depth.of.water"}': 'nor quotes'}
# Notes that 3.5 has not, and what differs in the words of those it has.
LATER_NOTES = re.compile(r'PromQL (warning: (sort is ineffective|conflicting counter resets)|'
                         r'info: (mismatched custom buckets|input to histogram_(quantile|fraction) has NaN))')


def same_number(a, b):
    if a == b:
        return True
    x, y = float(a), float(b)
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return x == y or abs(x - y) <= 1e-9 * max(abs(x), abs(y), 1e-300)


def same_histogram(a, b):
    if not (same_number(a["count"], b["count"]) and same_number(a["sum"], b["sum"])):
        return False
    ours, theirs = a.get("buckets", []), b.get("buckets", [])
    return len(ours) == len(theirs) and all(
        x[0] == y[0] and all(same_number(p, q) for p, q in zip(x[1:], y[1:])) for x, y in zip(ours, theirs))


def same_points(a, b, same):
    return len(a) == len(b) and all(p[0] == q[0] and same(p[1], q[1]) for p, q in zip(a, b))


def same_series(a, b):
    if a["metric"] != b["metric"]:
        return False
    pairs = (("value", same_number), ("histogram", same_histogram))
    lists = (("values", same_number), ("histograms", same_histogram))
    return (all((k in a) == (k in b) and (k not in a or same_points([a[k]], [b[k]], same)) for k, same in pairs) and
            all(same_points(a.get(k, []), b.get(k, []), same) for k, same in lists))


def difference(query, theirs, ours):
    """None, or what is not the same."""
    if theirs["status"] != ours["status"]:
        return "status"
    if theirs["status"] == "error":
        return None if theirs["errorType"] == ours["errorType"] and theirs["error"] == ours["error"] else "error text"
    a, b = theirs["data"], ours["data"]
    if a["resultType"] != b["resultType"]:
        return "type"
    if a["resultType"] == "scalar":
        return None if same_points([a["result"]], [b["result"]], same_number) else "value"
    if a["resultType"] == "string":
        return None if a["result"] == b["result"] else "value"
    left, right = a["result"], b["result"]
    ordered = a["resultType"] == "vector" and query.startswith("sort")
    if not ordered:
        left, right = (sorted(x, key=lambda s: json.dumps(s["metric"], sort_keys=True)) for x in (left, right))
    if [s["metric"] for s in left] != [s["metric"] for s in right]:
        return "series"
    return None if all(same_series(x, y) for x, y in zip(left, right)) else "values"


def essence(note):
    """A note without what later versions say more or less of the same."""
    note = note.replace(' for metric name ""', '')
    return re.sub(r'(needed to be fixed for monotonicity) .*(?= \(\d+:\d+\))', r'\1', note)


def other_notes(theirs, ours):
    """None, or the kind of notes that is not the same. 3.5 keeps one of equal texts at several places."""
    for kind in ("warnings", "infos"):
        a = {essence(note) for note in theirs.get(kind, [])}
        b = {essence(note) for note in ours.get(kind, []) if not LATER_NOTES.match(note)}
        texts = [{note.rpartition(" (")[0] for note in notes} for notes in (a, b)]
        if a != b and not (a < b and texts[0] == texts[1]):
            return kind
    return None


def compare(servers, peer, path, params_of, different):
    theirs, ours = servers
    bad, compared, unlike = [], 0, set()
    newer_rows = LATER + (LATER_IN_RANGES if path.endswith("range") else []) + (LATER_DELAYED if peer is NEW_DELAYED else [])
    later = [pattern for pattern, _ in newer_rows] if peer.modern else []
    asked = {query: None for query in queries()}
    if peer.modern:  # many more, at one time each
        asked = dict.fromkeys(modern_queries.queries(), 1) | dict.fromkeys(asked, 1 if peer is NEW_DELAYED else None)
    for query, times in asked.items():
        if BY_CHANCE.fullmatch(query):
            continue
        newer = {pattern for pattern in later if re.fullmatch(pattern, query)}
        for params in itertools.islice(params_of(query), times):
            code, a = theirs.json(path, params)
            our_code, b = ours.json(path, params)
            what = difference(query, a, b)
            if peer.modern:
                what = what or other_notes(a, b) or ("code" if code != our_code else None)
            compared += 1
            if what is not None and (newer or query in different):
                unlike |= newer or {query}
            elif what is not None:
                bad.append(f"{what}: {params}\n  theirs {json.dumps(a)[:600]}\n  ours   {json.dumps(b)[:600]}")
    assert compared > (2000 if peer.modern else 300)
    expected = set(later) | set(different)
    assert not bad, f"{len(bad)} of {compared} differ\n" + "\n".join(bad[:40])
    assert unlike == expected, f"no longer different: {expected - unlike}"


def test_instant_queries_have_prometheus_answers(servers, peer):
    times = (MIDDLE, history.START_MS + 2 * HOUR + 11 * MINUTE + 4_321, history.END_MS + 3 * MINUTE + 3)
    compare(servers, peer, "/api/v1/query", lambda q: [{"query": q, "time": t / 1000} for t in times],
            {} if peer.modern else DIFFERENT)


def test_range_queries_have_prometheus_answers(servers, peer):
    def params(query):
        # Steps that never meet a sample's time.
        for start, length, step in ((MIDDLE, 40 * MINUTE, 67.5), (history.END_MS - 20 * MINUTE + 3, 40 * MINUTE, 135)):
            yield {"query": query, "start": start / 1000, "end": (start + length) / 1000, "step": step}

    def allowed(query):
        return [] if query.startswith('"') and not peer.modern else params(query)

    compare(servers, peer, "/api/v1/query_range", allowed, {} if peer.modern else DIFFERENT | DIFFERENT_IN_RANGES)


def test_errors_are_worded_as_prometheus_words_them(servers, peer):
    theirs, ours = servers
    asked = [("/api/v1/query", {"query": q, "time": MIDDLE / 1000}) for q in (
        "up +", "foo(", "rate(up)", "sum by (a b) (up)", "1 == 1", "up[5m] + 1", "{}", "nofunction(up)", "up{a=~\"(\"}",
        "up + on(job) up", "memory_bytes * on(job) limit_bytes", 'label_replace(up, "x", "", "job", "(")',
        'label_replace(up, "instance", "", "job", ".*")')]
    # Not asked: label names outside the old character set, which 3.x allows, and an empty query, whose place 3.x calls
    # unknown.
    start = {"start": MIDDLE / 1000, "end": (MIDDLE + HOUR) / 1000}
    asked += [
        ("/api/v1/query", {"query": "up", "time": "x"}), ("/api/v1/query", {"query": "up", "timeout": "x"}),
        ("/api/v1/query_range", {"query": "up"}), ("/api/v1/query_range", {"query": "up", **start}),
        ("/api/v1/query_range", {"query": "up", **start, "step": "0"}),
        ("/api/v1/query_range", {"query": "up", **start, "step": "-5"}),
        ("/api/v1/query_range", {"query": "up", **start, "step": "0.1"}),
        ("/api/v1/query_range", {"query": "up[5m]", **start, "step": "60"}),
        ("/api/v1/query_range", {"query": '"a"', **start, "step": "60"}),
        ("/api/v1/query_range", {"query": "up", "start": "2", "end": "1", "step": "1"}),
        ("/api/v1/series", {}), ("/api/v1/series", {"match[]": "{"}), ("/api/v1/series", {"match[]": "{}"}),
        ("/api/v1/series", {"match[]": "up", "start": "x"}), ("/api/v1/labels", {"match[]": "up["}),
        ("/api/v1/metadata", {"limit": "x"}), ("/api/v1/query_exemplars", {"query": "up", "start": "2", "end": "1"}),
    ]
    bad = []
    for path, params in asked:
        a, b = theirs.json(path, params), ours.json(path, params)
        error = b[1].get("error")
        expected = a[1].get("error")
        if not peer.modern:
            # 2.42 shows anchors, writes one sentence large, and names the query's parameter only in instant ones.
            expected = re.sub(r"`\^\(\?:(.*)\)\$`", r"`\1`", expected).replace("Invalid time value", "invalid time value")
            if path.endswith("range"):
                error = error.removeprefix('invalid parameter "query": ')
        if a[0] != b[0] or expected != error:
            bad.append(f"{path} {params}\n  theirs {a}\n  ours   {b}")
    assert not bad, "\n".join(bad)


def whole(answer):
    """The decoded body, or its text; without what a clock measured."""
    text = answer.body.decode(errors="replace")
    try:
        body = json.loads(text)
    except ValueError:
        return text
    if isinstance(body.get("data"), dict):
        body["data"].get("stats", {}).pop("timings", None)
    return body


def test_requests_good_and_bad_have_the_whole_answers_of_prometheus_3(servers, peer):
    if not peer.modern:
        pytest.skip("2.42 knows fewer parameters")
    theirs, ours = servers
    bad = []
    for path, params in api_requests.REQUESTS:
        for post in (False, True):
            a, b = theirs.ask(path, params, post), ours.ask(path, params, post)
            if a.status == b.status and a.status in (404, 405):
                continue  # there bekci says more
            if (a.status, whole(a)) != (b.status, whole(b)):
                bad.append(f"{'POST' if post else 'GET'} {path} {params}\n  theirs {a.status} {str(whole(a))[:400]}\n"
                           f"  ours   {b.status} {str(whole(b))[:400]}")
    assert not bad, f"{len(bad)} differ\n" + "\n".join(bad[:30])


def older_tree(value):
    """A syntax tree of parse_query without what 3.5 does not have: newer syntax, and durations that are calculated."""
    newer = ("anchored", "smoothed", "fillValues", "rangeExpr", "stepExpr", "offsetExpr")
    if isinstance(value, dict):
        return {k: older_tree(v) for k, v in value.items() if k not in newer}
    return [older_tree(v) for v in value] if isinstance(value, list) else value


def test_texts_are_read_and_printed_as_by_prometheus_3(servers, peer):
    if not peer.modern:
        pytest.skip("2.42 has no parse_query")
    theirs, ours = servers
    later = [re.compile(pattern) for pattern, _ in LATER]
    bad = []
    for query in dict.fromkeys(itertools.chain(api_requests.TEXTS, OTHERS, modern_queries.OTHERS)).keys() - LATER_TEXTS.keys():
        for path in ("/api/v1/parse_query", "/api/v1/format_query"):
            a, b = (s.json(path, {"query": query}) for s in (theirs, ours))
            if (a[0], older_tree(a[1])) != (b[0], older_tree(b[1])) and not any(p.fullmatch(query) for p in later):
                bad.append(f"{path} {query}\n  theirs {str(a)[:400]}\n  ours   {str(b)[:400]}")
    assert not bad, f"{len(bad)} differ\n" + "\n".join(bad[:30])


def test_series_labels_and_values_are_prometheus_own(servers):
    theirs, ours = servers
    window = {"start": history.START_MS / 1000, "end": history.END_MS / 1000}
    asked = [
        ("/api/v1/labels", window), ("/api/v1/labels", {"match[]": "up", **window}),
        ("/api/v1/labels", [("match[]", "up"), ("match[]", "build_info"), *window.items()]),
        *[(f"/api/v1/label/{name}/values", window) for name in ("__name__", "job", "le", "unit", "nothing")],
        ("/api/v1/label/instance/values", {"match[]": 'up{job="web"}', **window}),
        ("/api/v1/series", {"match[]": "up", **window}),
        ("/api/v1/series", [("match[]", '{job="web"}'), ("match[]", "up"), *window.items()]),
        ("/api/v1/series", {"match[]": "nothing", **window}),
    ]
    for path, params in asked:
        a, b = theirs.json(path, params), ours.json(path, params)
        assert a == b, (path, params)
        if not path.endswith("values"):
            assert theirs.json(path, params, post=True) == ours.json(path, params, post=True), (path, params)


def test_what_grafana_asks_is_answered(servers):
    _, ours = servers
    end = history.END_MS / 1000
    # The data source's health check, its version, its variables and metric browser, its explore page.
    assert ours.json("/api/v1/query", {"query": "1+1", "time": end}, post=True) == (
        200, {"status": "success", "data": {"resultType": "scalar", "result": [end, "2"]}})
    status, build = ours.json("/api/v1/status/buildinfo")
    assert status == 200 and tuple(map(int, build["data"]["version"].split("."))) >= (3, 0, 0)
    assert ours.json("/api/v1/metadata")[0] == 200
    assert ours.json("/api/v1/rules")[1]["data"] == {"groups": []}
    assert ours.json("/api/v1/alerts")[1]["data"] == {"alerts": []}
    names = ours.json("/api/v1/label/__name__/values", {"start": end - 3600, "end": end})[1]["data"]
    assert "up" in names and "latency_seconds" in names
    panel = {"query": "sum by (job) (rate(http_requests_total[1m0s]))", "start": end - 3600, "end": end, "step": 15}
    status, answer = ours.json("/api/v1/query_range", panel, post=True)
    assert status == 200 and answer["data"]["resultType"] == "matrix" and len(answer["data"]["result"]) == 2
    assert len(answer["data"]["result"][0]["values"]) == 241
    exemplars = ours.json("/api/v1/query_exemplars", {"query": panel["query"], "start": end - 3600, "end": end}, post=True)
    assert exemplars == (200, {"status": "success", "data": []})
    stats = ours.json("/api/v1/query", {"query": "up", "time": end, "stats": "all"})[1]["data"]["stats"]
    assert stats["samples"]["totalQueryableSamples"] == 5
    for path in ("config", "flags", "runtimeinfo", "tsdb", "walreplay"):
        assert ours.json(f"/api/v1/status/{path}")[0] == 200, path
    assert ours.json("/api/v1/format_query", {"query": "sum(up)by(job)"})[1]["data"] == "sum by (job) (up)"
    assert ours.json("/api/v1/parse_query", {"query": "up"})[1]["data"]["type"] == "vectorSelector"


def test_status_pages_have_prometheus_shape(servers):
    def shape(value):
        if isinstance(value, dict):
            return {k: shape(v) for k, v in value.items()}
        return type(value).__name__ if not isinstance(value, float) else "int"

    theirs, ours = servers
    for path in ("/api/v1/status/runtimeinfo", "/api/v1/status/tsdb", "/api/v1/status/walreplay",
                 "/api/v1/status/buildinfo", "/api/v1/targets", "/api/v1/rules", "/api/v1/alerts", "/api/v1/alertmanagers"):
        a, b = theirs.json(path)[1], ours.json(path)[1]
        missing = {k: v for k, v in shape(a["data"]).items() if shape(b["data"]).get(k) != v}
        assert not missing, (path, missing, b)


def test_stats_are_counted_as_prometheus_counts_them(servers):
    theirs, ours = servers
    # No subquery: 3.x counts the points it gives as well as the samples it took. No histogram: 3.x counts them by size.
    for query in ("up", "rate(http_requests_total[5m])", "sum(up) + sum(up)", "topk(2, memory_bytes @ end())"):
        for path, params in (("/api/v1/query", {"time": MIDDLE / 1000}),
                             ("/api/v1/query_range", {"start": MIDDLE / 1000, "end": MIDDLE / 1000 + 600, "step": 60})):
            a, b = (s.json(path, {"query": query, "stats": "all", **params})[1]["data"]["stats"] for s in servers)
            assert a["timings"].keys() == b["timings"].keys()
            assert a["samples"]["totalQueryableSamples"] == b["samples"]["totalQueryableSamples"], (query, path)


def test_a_query_of_a_client_that_hangs_up_ends(servers):
    _, ours = servers
    import socket
    host, port = ours.base.removeprefix("http://").split(":")
    deep = "sum(" * 5 + "count_over_time({__name__=~\".+\"}[3h:1s])" + ")" * 5
    query = urllib.parse.urlencode({"query": deep, "start": history.START_MS / 1000, "end": history.END_MS / 1000, "step": 1})
    with socket.create_connection((host, int(port))) as s:
        s.sendall(f"GET /api/v1/query_range?{query} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        time.sleep(0.3)
    # Handlers are few; all of them answer at once, so none is held by the one that nobody waits for.
    for _ in range(16):
        before = time.monotonic()
        assert ours.json("/api/v1/query", {"query": "1"})[0] == 200
        assert time.monotonic() - before < 5


def test_no_query_text_ends_the_agent(servers):
    _, ours = servers
    for text in ("(" * 1_000_000, "-" * 1_000_000, "1+" * 300_000 + "1", "sum(" * 100_000, "up[5m:]" * 1000 + "[5m:]" * 100_000,
                 "{a=~\"" + "(" * 50_000 + "\"}", "1" * 1_000_000, "\"" + "a" * 1_000_000, "9" * 400 + "h",
                 "\x00", "up[" + "9" * 300 + "]"):
        status, answer = ours.json("/api/v1/query", {"query": text}, post=True)
        assert status in (200, 400), text[:20]
        assert answer["status"] in ("success", "error")


def test_federation_gives_the_newest_samples(servers):
    _, ours = servers
    old = ours.ask("/federate", {"match[]": "http_requests_total"})
    assert (old.status, old.text) == (200, "")  # the history ended long ago: nothing is in the look-back
    own = stack.wait_until(lambda: ours.ask("/federate", {"match[]": '{job="bekci"}'}), 30, "samples of its own")
    assert own.headers["Content-Type"].startswith("text/plain")
    page = stack.Page(own.text)
    assert page.types["up"] == "untyped" and page.duplicates == []


def test_the_command_line_asks_the_same(servers, tmp_path):
    theirs, ours = servers

    def run(*words):
        return subprocess.run([stack.BEKCI, "query", *map(str, words)], capture_output=True, text=True, timeout=60, check=False)

    at = f"--time={MIDDLE / 1000}"
    for server in (theirs, ours):
        table = run("instant", f"--server={server.base}", at, 'up{instance="api-1"}')
        assert table.returncode == 0, table.stderr
        assert 'up{instance="api-1", job="api"}  1' in table.stdout
    csv = run("instant", f"--server={ours.base}", at, "--output=csv", 'count by (job) (up)').stdout
    assert csv.splitlines() == ["job,timestamp,value", f"api,{MIDDLE / 1000},3", f"web,{MIDDLE / 1000},2"]
    body = json.loads(run("instant", f"--server={ours.base}", at, "-o", "json", "1+1").stdout)
    assert body["data"]["result"] == [MIDDLE / 1000, "2"]
    chart = run("range", f"--server={ours.base}", f"--start={MIDDLE / 1000}", f"--end={MIDDLE / 1000 + 3600}",
                "--output=chart", 'temperature{job="web"}').stdout
    assert "b" in chart and "temperature{" in chart and chart.count("\n") >= 18
    bad = run("instant", f"--server={ours.base}", "up +")
    assert bad.returncode == 1 and "unexpected end of input" in bad.stderr
    assert run("instant", "--server=http://127.0.0.1:1", "up").returncode == 2
    assert run("instant", f"--path={tmp_path / 'none'}", "up").returncode == 2
