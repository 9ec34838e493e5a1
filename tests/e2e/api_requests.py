"""Requests of the Prometheus API, good and bad, whose whole answers must be those of a Prometheus 3: paths with parameters,
asked by GET and by POST."""

import metric_history as history

START, END = history.START_MS / 1000, history.END_MS / 1000
AT = START + 3607.001
WINDOW = {"start": START, "end": END}
RANGE = {"query": "up", "start": AT, "end": AT + 60, "step": 15}


def _with(path, base, *changes):
    return [(path, {**base, name: value}) for name, value in changes]


QUERIES = [
    ("/api/v1/query", {}), ("/api/v1/query", {"query": ""}),
    *_with("/api/v1/query", {"query": "up"}, *(("time", t) for t in (
        "1e20", "-1", "2023-11-14T23:13:27.001Z", "2023-11-14T23:13:27+01:00", "2023-11-14", "0x10", " 1", "x"))),
    *_with("/api/v1/query", {"query": "up", "time": AT}, ("timeout", "x"), ("timeout", "5"), ("timeout", "5s"),
           ("timeout", "1e300"), ("limit", "2"), ("limit", "0"), ("limit", "-1"), ("limit", "x"), ("limit", "1.5"),
           ("limit", "+2"), ("limit", "9999999999999999999999"), ("lookback_delta", "1m"), ("lookback_delta", "x"),
           ("lookback_delta", "0"), ("lookback_delta", "-1m"), ("stats", "true"), ("stats", "all"), ("stats", "x")),
    ("/api/v1/query_range", {}), ("/api/v1/query_range", {"query": "up"}),
    *_with("/api/v1/query_range", RANGE, ("timeout", "x"), ("limit", "2"), ("limit", "-1"), ("limit", "x"),
           ("start", "x"), ("start", ""), ("end", "x"), ("end", ""), ("end", AT - 1), ("step", "x"), ("step", "0"),
           ("step", "-1"), ("step", "1e-10"), ("step", "1ms"), ("step", "0.001"), ("step", "0.0005"), ("step", ""),
           ("step", "1h30m"), ("step", "NaN"), ("step", "Inf"), ("lookback_delta", "x"), ("stats", "all"),
           ("end", AT + 11_000 * 15), ("end", AT + 11_001 * 15), ("query", ""), ("query", "up["), ("query", "up[5m]")),
]

SELECTIONS = [
    ("/api/v1/series", {}),
    *_with("/api/v1/series", WINDOW, *(("match[]", m) for m in (
        "", "up", "up[5m]", "sum(up)", "{}", '{a=""}', '{a=~".*"}', '{"depth.of.water"}', "up offset 5m", "up{"))),
    *_with("/api/v1/series", {"match[]": "up"}, ("limit", "-1"), ("limit", "x"), ("start", "x"), ("end", "x")),
    *_with("/api/v1/series", {"match[]": "up", **WINDOW}, ("limit", "2"), ("limit", "5"), ("limit", "0")),
    ("/api/v1/series", {"match[]": "up", "start": END, "end": START}),
    ("/api/v1/series", [("match[]", "up"), ("match[]", "{}")]),
    ("/api/v1/series", [("match[]", "up"), ("match[]", "build_info"), *WINDOW.items()]),
    ("/api/v1/labels", WINDOW), ("/api/v1/labels", {"start": END, "end": START}),
    *_with("/api/v1/labels", {}, ("limit", "x"), ("limit", "-3"), ("start", "x"), ("end", "x"), ("match[]", "{}"),
           ("match[]", ""), ("match[]", "up{")),
    *_with("/api/v1/labels", WINDOW, ("limit", "3"), ("match[]", '{job="web"}'), ("match[]", "nothing")),
    *[(f"/api/v1/label/{name}/values", WINDOW) for name in (
        "job", "__name__", "nothing", "a.b", "k%C3%BCste", "U__a_2e_b", "U__k_fc_ste", "%FF", "U__x_zz_", "1a", "le")],
    *_with("/api/v1/label/job/values", WINDOW, ("limit", "1"), ("limit", "x"), ("limit", "-1"), ("start", "x"),
           ("end", "x"), ("match[]", "{}"), ("match[]", "up{"), ("match[]", "up"), ("end", START - 60)),
]

OTHERS = [
    *_with("/api/v1/metadata", {"metric": "nothing"}, ("limit", "x"), ("limit", "0"), ("limit", "1.5"),
           ("limit_per_metric", "x"), ("limit", "5")),
    *_with("/api/v1/targets/metadata", {}, ("limit", "x"), ("match_target", "{"), ("metric", "nothing")),
    ("/api/v1/query_exemplars", {}), ("/api/v1/query_exemplars", {"query": "1"}),
    *_with("/api/v1/query_exemplars", {"query": "up"}, ("start", "x"), ("end", "x"), ("query", "up["), ("start", START)),
    ("/api/v1/query_exemplars", {"query": "up", "start": 2, "end": 1}),
    *_with("/api/v1/status/tsdb", {}, ("limit", "x"), ("limit", "0"), ("limit", "-1")),
    ("/api/v1/scrape_pools", {}), ("/api/v1/alerts", {}), ("/api/v1/alertmanagers", {}), ("/api/v1/notifications", {}),
    *_with("/api/v1/rules", {}, ("type", "alert"), ("type", "record"), ("type", "x"), ("exclude_alerts", "true"),
           ("exclude_alerts", "x"), ("match[]", "{"), ("group_limit", "x"), ("group_limit", "0"), ("group_limit", "1"),
           ("group_next_token", "x")),
    ("/federate", {}), ("/federate", {"match[]": "{"}), ("/federate", {"match[]": "nothing"}),
]

REQUESTS = QUERIES + SELECTIONS + OTHERS

# Texts to be read and printed: parse_query and format_query, beside those that are queried.
TEXTS = [
    "", "up[", "foo/bar", "sum(up)by(job)",
    'histogram_quantile(0.9,sum by(le,job,instance,a_very_long_label_name_that_breaks)(rate(x{job="a",b=~"a.*"}[5m])))',
    'up{job="a",instance!="b",a=~"c",a!~"d"}', '{"a b","c d"="e"}', 'up{"c d"="e",b="f"}', "a+on(b)group_left(c)d",
    "a*ignoring(b)group_right()d", "a > bool b", "up[5m:1m] @ end() offset 5m", "up @ 5.5", "-(up)", "- up ^ 2", "1e-7",
    "count by (__name__) ({a=\"b\"})", "sum without(\"a b\",c)(up)", "topk by(a)(5,up)", "\"a\\n\\\"\"", "'a\"b'",
    "a and on(x) b or c unless ignoring(y) d", "up[5m] offset -5m", "up offset 1h30m", "((up))", "Inf", "-Inf", "NaN", "0x1F",
    "1h30m", "300", "1_000.5", "label_join(up, 'x', ',', 'a', 'b')", "time() - 5m", "round(up)", "minute()",
]
