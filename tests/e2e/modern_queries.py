"""Queries for a comparison with Prometheus 3: what is thin in test_query_api.py's own list, on the series of
metric_history.modern_history(). Those that fail are there for the words they fail with."""

from itertools import product

HISTOGRAMS = ['custom_seconds', 'balance', 'queue_ages', 'latency_seconds', 'mixed_kinds', 'both_kinds',
              'observations_with_gaps', 'not_numbers', 'twofold']
RANGE_FUNCTIONS = ['rate', 'increase', 'irate', 'delta', 'idelta', 'resets', 'changes', 'sum_over_time', 'avg_over_time',
                   'min_over_time', 'max_over_time', 'count_over_time', 'last_over_time', 'present_over_time',
                   'stddev_over_time', 'deriv', 'mad_over_time']
STATISTICS = ['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev', 'histogram_stdvar']
FRACTIONS = [('-Inf', 'Inf'), ('0', '1'), ('-2', '0.75'), ('0.3', '0.3'), ('1', '0'), ('NaN', '1'), ('-1', '-0.1'),
             ('0.25', '2.5')]
PARAMETERS = {'sum': '', 'avg': '', 'min': '', 'max': '', 'count': '', 'group': '', 'stddev': '', 'stdvar': '',
              'quantile': '0.5, ', 'topk': '1, ', 'bottomk': '1, ', 'count_values': '"v", ', 'limitk': '2, ',
              'limit_ratio': '0.5, '}
SETS = ['and', 'or', 'unless']
OPERATORS = ['+', '-', '*', '/', '%', '^', '==', '!=', '>', '<', 'atan2', '== bool', '!= bool', '> bool']
FUNCTIONS = ['abs', 'ceil', 'exp', 'sgn', 'round', 'sort', 'sort_desc', 'timestamp', 'scalar', 'absent', 'minute', 'deg',
             'sort_by_label', '-', '+']
DATES = ['minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year']
MOMENTS = ['', 'vector(0)', 'vector(-1)', 'vector(951782400)', 'vector(4107542399)', 'vector(1e15)',
           'vector(-62135596801)', 'vector(NaN)', 'vector(Inf)', 'vector(1e300)', 'odd_values', 'vector(1.9)',
           'vector(-0.5)']


def _of_histograms(name):
    yield name
    for function, window in product(RANGE_FUNCTIONS, ('2m', '20m')):
        yield f'{function}({name}[{window}])'
    for function in STATISTICS:
        yield f'{function}({name})'
        yield f'{function}(rate({name}[5m]))'
    for q in ('0', '0.1', '0.5', '0.99', '1', '-1', '2', 'NaN'):
        yield f'histogram_quantile({q}, {name})'
    yield f'histogram_quantile(0.7, rate({name}[5m]))'
    yield f'histogram_quantile(0.7, sum(rate({name}[5m])))'
    for low, high in FRACTIONS:
        yield f'histogram_fraction({low}, {high}, {name})'
    for op, parameter in PARAMETERS.items():
        yield f'{op}({parameter}{name})'
        yield f'{op} by (job) ({parameter}{name})'
    for op in SETS:
        yield f'{name} {op} {name}'
    for op in OPERATORS:
        yield from (f'{name} {op} {name}', f'{name} {op} 2', f'2 {op} {name}')
    for function in FUNCTIONS:
        yield f'{function}({name})'
    yield from (f'clamp({name}, 0, 1)', f'{name} * -1', f'{name} / 0', f'{name} * NaN',
                f'quantile_over_time(0.5, {name}[10m])', f'predict_linear({name}[10m], 60)', f'double_exponential_smoothing({name}[10m], 0.5, 0.5)',
                f'label_replace({name}, "x", "$1", "job", "(.*)")', f'sum_over_time({name}[10m:1m])', f'rate({name}[10m:1m])',
                f'{name} + on() group_left sum({name})', f'sum({name}) + ignoring(x) sum({name} offset 5m)',
                f'{name} - {name} offset 5m', f'absent_over_time({name}[1m])', f'{name} == on(job, instance) {name}')
    for function in ('ts_of_min_over_time', 'ts_of_max_over_time', 'ts_of_last_over_time'):
        yield f'{function}({name}[10m])'


def queries():
    for name in HISTOGRAMS:
        yield from _of_histograms(name)
    for function, moment in product(DATES, MOMENTS):
        yield f'{function}({moment})'
    yield from OTHERS


OTHERS = [
    'custom_seconds{instance="c-0"} + ignoring(instance) custom_seconds{instance="c-1"}',
    'custom_seconds{instance="c-0"} + ignoring(instance) custom_seconds{instance="c-2"}',
    'custom_seconds{instance="c-0"} - ignoring(instance) custom_seconds{instance="c-1"}',
    'custom_seconds{instance="c-0"} == ignoring(instance) custom_seconds{instance="c-1"}',
    'sum(custom_seconds{instance!="c-2"})', 'avg(rate(custom_seconds{instance!="c-2"}[5m]))',
    'sum({__name__=~"custom_seconds|latency_seconds"})', 'sum({__name__=~"up|latency_seconds"})',
    'avg({__name__=~"up|latency_seconds"})', 'count({__name__=~"up|latency_seconds"})', 'latency_seconds or up',
    'latency_seconds and on(job) up', 'up unless on(job) latency_seconds', 'latency_seconds or on(job) custom_seconds',
    'up or on() latency_seconds', 'custom_seconds + on(job) group_right latency_seconds{instance="api-0"}',
    'balance + on() group_left balance{instance="b-1"}', 'sum(balance)', 'avg(balance)', 'sum by (job) (rate(balance[5m]))',
    'balance{instance="b-0"} + ignoring(instance) balance{instance="b-1"}', 'latency_seconds * on(job, instance) up',
    'up * on(job, instance) latency_seconds', 'latency_seconds / on(job, instance) up',
    'up / on(job,instance) latency_seconds', 'histogram_quantile(0.9, bad_bucket)',
    'histogram_quantile(0.9, not_monotonic_bucket)', 'histogram_quantile(0.9, rate(not_monotonic_bucket[5m]))',
    'histogram_quantile(0.9, no_infinity_bucket)', 'histogram_fraction(0, 1, bad_bucket)',
    'histogram_fraction(0, 1, request_seconds_bucket)', 'histogram_fraction(0.1, 0.7, rate(request_seconds_bucket[5m]))',
    'histogram_fraction(-1, 100, sum by (le) (rate(request_seconds_bucket[5m])))',
    'histogram_fraction(0,1,not_monotonic_bucket)', 'histogram_fraction(0,1,no_infinity_bucket)',
    'histogram_quantile(0.5, {__name__=~"twofold|latency_seconds"})', 'histogram_quantile(0.5, up)',
    'histogram_quantile(0.5, {__name__=~"bad_bucket|request_seconds_bucket"})',
    'histogram_quantile(scalar(up{instance="api-0"}), latency_seconds)', 'info(up)', 'info(up, {region=~".+"})',
    'info(up, {region="eu-1"})', 'info(up, {version=~".*"})', 'info(rate(http_requests_total[5m]))',
    'info(up, {__name__="disk_info"})', 'info(up, {__name__="disk_info", disk="sd1"})', 'info(up, {__name__=~".+_info"})',
    'info(up, {__name__=~"disk_info|target_info", region=~".+", disk=~".+"})', 'info(target_info)', 'info(nothing)',
    'info(sum(up))', 'info(up, {nothing="x"})', 'info(up, {nothing=""})', 'info(up, {region!="eu-1"})',
    'info(up, {__name__="build_info"})', 'info(memory_bytes) > 1e9',
    'sum by (region) (info(rate(http_requests_total{job="api"}[5m])))', 'info(latency_seconds)', 'info(up, up)',
    'info(up, {})', 'info(up, rate(up[5m]))', 'info(temperature offset 5m)', 'info(up @ 1700003607)', 'limitk(1, up)',
    'limitk(3, up)', 'limitk(100, up)', 'limitk(0, up)', 'limitk(-1, up)', 'limitk by (job) (1, http_requests_total)',
    'limitk(2, http_requests_total) without (code)', 'limitk(NaN, up)', 'limitk(1e30, up)', 'limitk("a", up)',
    'limit_ratio(0.5, http_requests_total)', 'limit_ratio(-0.5, http_requests_total)', 'limit_ratio(0, up)',
    'limit_ratio(1, up)', 'limit_ratio(-1, up)', 'limit_ratio(1.5, up)', 'limit_ratio(-2, up)',
    'limit_ratio(0.3, http_requests_total) by (job)', 'limit_ratio(NaN, up)',
    'limit_ratio(0.5, http_requests_total) or limit_ratio(-0.5, http_requests_total)', 'topk(NaN, up)', 'topk(-1, up)',
    'topk(1e30, up)', 'topk(2.9, up)', 'topk(scalar(nothing), up)', 'sort_by_label(natural, "name")',
    'sort_by_label_desc(natural, "name")', 'sort_by_label(natural, "rack", "name")', 'sort_by_label(natural)',
    'sort_by_label_desc(natural)', 'sort_by_label(up, "instance")', 'sort_by_label(http_requests_total, "code", "instance")',
    'sort_by_label(natural, "nothing")', 'sort_by_label(http_requests_total, "__name__")', 'sort_by_label(natural, name)',
    'sort_by_label_desc(up, "job", "instance")', 'double_exponential_smoothing(temperature[20m], 0.5, 0.1)',
    'double_exponential_smoothing(steps[1h], 0.01, 0.99)', 'double_exponential_smoothing(odd_values[5m], 0.3, 0.3)',
    'double_exponential_smoothing(temperature[20m], 0, 0.5)', 'double_exponential_smoothing(temperature[20m], 0.5, 1)',
    'double_exponential_smoothing(temperature[20m], 1.5, 0.5)', 'double_exponential_smoothing(rare[20m], 0.5, 0.5)',
    'double_exponential_smoothing(temperature[20m], NaN, 0.5)', 'holt_winters(temperature[20m], 0.5, 0.5)',
    'double_exponential_smoothing(temperature[20m:1m], 0.5, 0.1)', 'mad_over_time(temperature[10m])',
    'mad_over_time(odd_values[5m])', 'mad_over_time(rare[30m])', 'mad_over_time(mixed_kinds[20m])',
    'ts_of_min_over_time(temperature[10m])', 'ts_of_max_over_time(temperature[10m])', 'ts_of_last_over_time(rare[30m])',
    'ts_of_max_over_time(odd_values[5m])', 'ts_of_min_over_time(steps[20m])', 'absent({a="b"})',
    'absent({__name__="x",a="b"})', 'absent({__name__=~"x.*",a="b"})', 'absent(nothing{a="b",a="c"})',
    'absent(nothing{a="b",a!="c"})', 'absent(nothing{a=""})', 'absent(nothing{job!=""})', 'absent(sum(nothing{a="b"}))',
    'absent((nothing{a="b"}))', 'absent(nothing{a="b"} offset 5m)', 'absent(nothing{a="b"} @ 10)',
    'absent(rate(nothing{a="b"}[5m]))', 'absent_over_time(nothing{a="b",a="b"}[5m])',
    'absent_over_time((nothing{a="b"})[5m:1m])', 'absent_over_time({a="b",__name__="z"}[5m])',
    'absent_over_time(sum(nothing{a="b"})[5m:])', 'absent_over_time(rare[1m])', 'absent(pod_cpu_seconds_total{pod="pod-0"})',
    'absent({"weird name", "a b"="c"})', 'absent(-nothing{a="b"})', 'absent(nothing{instance="x", job="y"} > 5)',
    '{"depth.of.water"}', 'rate({"depth.of.water"}[5m])', '{"depth.of.water", "küste"="nord"}',
    'sum by ("küste") ({"depth.of.water"})', 'sum by ("a.b", job) ({"depth.of.water"})',
    '{"depth.of.water"} * on("küste") group_left {"depth.of.water"}',
    'label_replace({"depth.of.water"}, "neue küste", "$1-ä", "küste", "(.).*")', 'label_replace(up, "ü", "x", "job", ".*")',
    'label_replace(up, "", "x", "job", ".*")', 'label_replace(up, "\\xff", "x", "job", ".*")',
    'label_replace({"depth.of.water"}, "küste", "", "küste", ".*")',
    'label_replace(up, "x", "${1}a${name}", "instance", "(?P<name>.*)-(.*)")',
    'label_replace(up, "x", "$$1", "instance", "(.*)")', 'label_replace(up, "x", "$10$1x", "instance", "(.*)")',
    'label_replace(up, "x", "\\xff", "job", ".*")', 'label_join({"depth.of.water"}, "neu.er", "·", "küste", "a.b")',
    'label_join(up, "", "-", "job")', 'label_join(up, "\\xff", "-", "job")',
    'label_join(up, "x", "-", "job", "nothing", "instance")', 'label_join(up, "__name__", "_", "job")',
    'label_replace(up, "__name__", "", "job", ".*")', 'label_replace(up, "__name__", "bad name", "job", ".*")',
    'count_values("ü", up)', 'count_values("", up)', 'count_values("\\xff", up)', 'sum by ("\\xff") (up)', '{"a\\xff"}',
    'label_replace(rate(http_requests_total[5m]), "__name__", "rate_$1", "__name__", "(.+)")',
    'label_replace(up, "a", "$1", "__name__", "(.+)")', 'label_replace(-up, "a", "$1", "__name__", "(.+)")',
    'sum by (__name__) (rate({__name__=~"http_requests_total|request_seconds_count"}[5m]))',
    'rate({__name__=~"http_requests_total|request_seconds_count", job="api"}[5m])',
    'rate({__name__=~"request_seconds_sum|request_seconds_count"}[5m])',
    'abs({__name__=~"request_seconds_sum|request_seconds_count"})',
    '{__name__=~"request_seconds_sum|request_seconds_count"} * 2',
    '-{__name__=~"request_seconds_sum|request_seconds_count"}',
    '{__name__=~"request_seconds_sum|request_seconds_count"} > bool 5',
    'timestamp({__name__=~"request_seconds_sum|request_seconds_count"})', 'count by (__name__) ({__name__=~"re.+|up"})',
    'last_over_time({__name__=~"request_seconds_sum|request_seconds_count"}[5m])',
    'max_over_time({__name__=~"request_seconds_sum|request_seconds_count"}[5m])', 'topk(1, rate(http_requests_total[5m]))',
    'sum without (instance) (rate(http_requests_total[5m]))',
    'rate(http_requests_total[5m]) or increase(http_requests_total[5m])',
    '(rate(http_requests_total[5m]) or http_requests_total)', 'up * on(job) memory_bytes',
    'up * on(job) group_left memory_bytes', 'up * on(job) group_right memory_bytes', 'up * ignoring(instance) memory_bytes',
    'http_requests_total * on(job, instance) up', 'http_requests_total * on(job, instance) group_left up',
    'http_requests_total * on(job, instance) group_right up', 'http_requests_total * on(job, instance) group_left(code) up',
    'up * on(job, instance) group_right(code) http_requests_total',
    'http_requests_total * on(job, instance) group_left(nothing) up', 'up * on(job) group_left(job) build_info',
    'up * on(job) group_left(version, commit) build_info', 'build_info * on(job) group_right(version) up',
    'up * group_left up', 'up and on(job) group_left up', 'up + bool up', '1 + bool 2', 'up > bool up',
    'up == bool on(job,instance) up', 'up == on(job,instance) up', 'up == on(job, instance) group_left http_requests_total',
    'http_requests_total > on(job, instance) group_left up', 'http_requests_total > bool on(job, instance) group_left up',
    'up < on(job, instance) group_right http_requests_total',
    'up < on(job,instance) group_right(nothing) http_requests_total', 'up + on() up', 'sum(up) + on() sum(up)',
    'up + on(instance) up', '(up or memory_bytes) + on(job,instance) up', 'up + on(job,instance) (up or memory_bytes)',
    '{__name__=~"up|memory_bytes"} * on(job, instance) group_left up', '1 > 2', '1 > bool 2', 'up > 2 > 1', '2 < up',
    'up{instance="api-0"} == bool NaN', 'NaN == bool NaN', 'odd_values == odd_values', 'odd_values != odd_values',
    'odd_values == bool odd_values', 'odd_values > bool NaN', 'vector(NaN) != bool vector(NaN)',
    'up != bool on() group_left vector(1)', 'up and up == 0', 'up or up offset 1h',
    'pod_cpu_seconds_total or pod_cpu_seconds_total offset 40m', 'up unless up == 1', 'up and on() vector(1)',
    'up unless on() vector(1)', 'up and ignoring(job) up', 'rare or on(x) up', '(up and up) or (up unless up)',
    'vector(1) or vector(2)', 'up or on(job) up', 'up and nothing', 'nothing or up', 'nothing unless up',
    'up unless nothing', 'up and on(instance) (temperature > 10)', 'up @ 0', 'up @ 1700003607', 'up @ 1700003607.5',
    'up @ -1', 'up @ 1e30', 'up @ NaN', 'up @ start() offset 5m', 'up offset 5m @ end()',
    'rate(http_requests_total[5m] @ end()) / rate(http_requests_total[5m] @ start())',
    'http_requests_total @ end() - http_requests_total @ start()', 'sum_over_time(up[10m:1m] @ start())',
    'sum_over_time(up[10m:1m] @ end() offset 3m)', 'sum_over_time(up[10m:1m] offset -3m)', 'sum_over_time(up[1m:1m])',
    'sum_over_time(up[1m:2m])', 'sum_over_time(up[59s:1m])', 'count_over_time(up[1h:13s])',
    'count_over_time(vector(1)[5m:1m])', 'count_over_time(vector(1)[5m:])', 'sum_over_time(time()[5m:1m])',
    'min_over_time(time()[100s:7s])', 'max_over_time(time()[100s:7s] offset 11s)',
    'max_over_time(time()[100s:7s] @ 1700003607)', 'rate(up[5m:15s])', 'rate(http_requests_total[5m:15s])',
    'increase(http_requests_total[5m:1m])', 'rate(rate(http_requests_total[5m])[10m:1m])',
    'max_over_time(max_over_time(temperature[10m:1m])[20m:2m])', 'last_over_time(pod_cpu_seconds_total[1h:5m])',
    'absent_over_time(rare[3m:1m])', 'count_over_time(rare[1h:1m])', 'avg_over_time(odd_values[5m:15s])',
    'sum_over_time((up @ start())[5m:1m])', 'sum_over_time((up @ 1700003607)[5m:1m])',
    'sum_over_time(sum_over_time(up[5m] @ start())[10m:1m])', 'up[5m]', 'up[5m] offset 1m', 'rare[1h]', 'up[10m:1m]',
    'latency_seconds{job="api",instance="api-0"}[1m]', 'pod_cpu_seconds_total[45m]', 'up[5m:1m] @ end()', 'mixed_kinds[12m]',
    'http_requests_total[0s]', 'up[5m:0s]', 'up[1e3]', 'up[100]', 'up offset 60.5', 'sum_over_time(up[100:10])',
    'up offset 1h30m', 'up offset -1h30m', 'up[-5m]', 'up[5m5m]', 'rate(up[5m] @ foo())', 'up @ end', 'up @ (1)',
    'timestamp(up @ 1700003607)', 'timestamp(up offset 5m)', 'timestamp(rare offset 20m)', 'timestamp(up[5m:1m])',
    'timestamp(-up)', 'timestamp((up))', 'timestamp(timestamp(up))', 'timestamp(last_over_time(up[5m]))', 'up[2*60]',
    'up[5m+1m]', 'rate(http_requests_total[2m*2])', 'up offset (5m+1m)', 'up offset 5m+1m', 'up offset -(5m)', 'up[1h/2]',
    'up[10m%7m]', 'up[2^5]', 'sum_over_time(up[10m*2:1m*2])', 'up[5m-5m]', 'up[-1m+5m]', 'up[5m/0]', 'up offset (1m/0)',
    'up[(5m)]', 'rate(up[5m] offset (1m*3))', '5m', '1h30m + 1', '0x1Fh', '1_000', '1e3s', '.5', '5.', '0b11', '0o17', '017',
    '1e', 'Inf', '-Inf', '+inf', 'nan', '"a" + "b"', '"a"', "'a\\'b'", '`a\\n`', '"\\u00fc\\x41\\101"', '"\\400"', '"\\"',
    '"a\nb"', 'sum(up) by (job, )', 'sum by () (up)', 'sum(up) without ()', 'sum by (job,job) (up)',
    'sum by (job) without (x) (up)', 'sum (up, up)', 'topk(up)', 'topk(1)', 'topk(up, 1)', 'count_values(1, up)',
    'quantile("a", up)', 'quantile(0.5, up) by (job)', 'quantile(scalar(up{instance="api-0"}), memory_bytes)',
    'quantile(1.1, memory_bytes)', 'quantile(-0.1, memory_bytes)', 'quantile_over_time(-1, up[5m])',
    'quantile_over_time(NaN, up[5m])', 'quantile_over_time(scalar(up{instance="api-0"}), temperature[5m])',
    'stddev(up) by (job)', 'group without (instance) (up)', 'avg(odd_values)', 'stddev(odd_values)', 'stdvar(memory_bytes)',
    'count_values("v", memory_bytes{job="web"})', 'count_values("v", latency_seconds)', 'count_values("v", vector(1e21))',
    'count_values("v", vector(1e-7))', 'count_values("__name__", up)', 'min by (__name__) (up)', 'rate(temperature[5m])',
    'increase(memory_bytes[5m])', 'rate(up[5m])', 'irate(memory_bytes[5m])', 'rate(latency_seconds[5m])',
    'delta(latency_seconds[5m])', 'delta(http_requests_total[5m])', 'rate(queue_ages[5m])', 'delta(queue_ages[5m])',
    'idelta(queue_ages[5m])', 'rate(request_seconds_sum[5m])', 'sum(rate(memory_bytes[5m]))',
    'rate({__name__=~"up|memory_bytes"}[5m])', 'deriv(mixed_kinds[20m])', 'predict_linear(mixed_kinds[20m], 60)',
    'stdvar_over_time(mixed_kinds[20m])', 'min_over_time(mixed_kinds[20m])', 'quantile_over_time(2, mixed_kinds[20m])',
    'sum_over_time({__name__=~"mixed_kinds|up"}[20m])', 'rate(mixed_kinds[9m])', 'increase(mixed_kinds[9m])',
    'irate(mixed_kinds[9m])', 'idelta(mixed_kinds[9m])', 'changes(mixed_kinds[30m])', 'resets(mixed_kinds[30m])',
    'avg_over_time(mixed_kinds[9m])', 'last_over_time(mixed_kinds[9m])', 'histogram_count(mixed_kinds)',
    'histogram_quantile(0.5, mixed_kinds)', 'mixed_kinds + 1', 'mixed_kinds + mixed_kinds', 'mixed_kinds * 2',
    'sum(mixed_kinds)', 'sum(both_kinds)', 'avg(both_kinds)', 'max(both_kinds)', 'stddev(both_kinds)', 'count(both_kinds)',
    'topk(2, both_kinds)', 'sort(both_kinds)', 'quantile(0.5, both_kinds)', 'sum({__name__=~"both_kinds|mixed_kinds|up"})',
    'both_kinds > 3', 'both_kinds == both_kinds', 'both_kinds + ignoring(kind) both_kinds',
    'both_kinds{kind="float"} + ignoring(kind) both_kinds{kind="histogram"}',
    'both_kinds{kind="float"} * ignoring(kind) both_kinds{kind="histogram"}',
    'both_kinds{kind="histogram"} * ignoring(kind) both_kinds{kind="float"}',
    'both_kinds{kind="float"} / ignoring(kind) both_kinds{kind="histogram"}',
    'both_kinds{kind="histogram"} > ignoring(kind) both_kinds{kind="float"}',
    'both_kinds{kind="histogram"} == ignoring(kind) both_kinds{kind="float"}',
    'both_kinds{kind="histogram"} and ignoring(kind) both_kinds{kind="float"}', 'round(temperature, 0)',
    'round(temperature, -1)', 'round(temperature, NaN)', 'round(odd_values, 0.1)', 'clamp(odd_values, -Inf, Inf)',
    'clamp_min(odd_values, NaN)', 'clamp_max(odd_values, NaN)', 'scalar(vector(1))', 'scalar(latency_seconds)',
    'vector(scalar(up))', 'time() - time()', 'pi() * 2', 'sgn(-up)', 'abs(-up)', 'exp(vector(1000))', 'ln(vector(-1))',
    'odd_values ^ odd_values', 'odd_values % odd_values', 'odd_values atan2 odd_values', 'odd_values / 0', '0 / odd_values',
    '(-1) ^ 0.5', '-2 ^ 2', '2 ^ -1', '1 / 0', '0 / 0', '5 % 0', '-5 % 3', '5 % -3', 'Inf - Inf', '1 == bool 1',
    '1 == bool NaN', 'start()', 'end()', 'max_of(1,2)', 'first_over_time(up[5m])', 'rate(up[5m] anchored)', 'up smoothed',
    'histogram_quantiles(latency_seconds, "q", 0.5)', 'start_timestamp(up)', 'step()', 'up[step()]', 'up + fill(0) up',
]
