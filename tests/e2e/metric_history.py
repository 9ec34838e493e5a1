"""A deterministic history of metrics for tests that compare: counters with resets, gauges, classic and native histograms,
gaps, series that come and go with stale markers, NaN and infinities, odd names. It is sent to a real Prometheus by remote
write (the protobuf and snappy of which are written here by hand) and taken from it as blocks by a snapshot, so that both
servers have the same bytes."""

import dataclasses
import math
import random
import struct

STEP_MS = 15_000
START_MS = 1_700_000_000_000  # not on a round minute
HOURS = 3
SAMPLES = HOURS * 3600 * 1000 // STEP_MS
END_MS = START_MS + (SAMPLES - 1) * STEP_MS
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
STALE_BITS = struct.pack("<Q", 0x7FF0000000000002)


@dataclasses.dataclass
class NativeHistogram:
    """(index -> absolute count) of positive buckets, the same of negative ones; of integers, or of floats."""
    buckets: dict
    zero: float
    total: float
    schema: int = 3
    negative: dict = dataclasses.field(default_factory=dict)
    bounds: tuple = ()  # of custom buckets, schema -53
    hint: int = 0  # 3: a gauge

    @property
    def count(self):
        return self.zero + sum(self.buckets.values()) + sum(self.negative.values())

    @property
    def of_floats(self):
        return any(isinstance(v, float) for v in (self.zero, *self.buckets.values(), *self.negative.values()))


def _times(present=lambda i: True):
    return [(i, START_MS + i * STEP_MS) for i in range(SAMPLES) if present(i)]


def counter(seed, rate, resets=0, present=lambda i: True):
    rng = random.Random(f"counter/{seed}")
    reset_at = {rng.randrange(SAMPLES) for _ in range(resets)}
    value, out = float(rng.randrange(1000)), []
    for i, t in _times(present):
        if i in reset_at:
            value = float(rng.randrange(3))
        value += rng.randrange(int(rate * 30) + 1)
        out.append((t, value))
    return out


def gauge(seed, middle, amplitude, present=lambda i: True):
    rng = random.Random(f"gauge/{seed}")
    return [(t, round(middle + amplitude * math.sin(i / 40) + rng.gauss(0, amplitude / 10), 4)) for i, t in _times(present)]


def ending(samples, at):
    """The same, ended by a stale marker at sample `at`."""
    kept = [s for s in samples if s[0] < START_MS + at * STEP_MS]
    return kept + [(START_MS + at * STEP_MS, STALE)]


def classic_histogram(seed, bounds, rate, resets=0):
    """{le: samples}, sum samples, count samples."""
    rng = random.Random(f"classic/{seed}")
    reset_at = {rng.randrange(SAMPLES) for _ in range(resets)}
    counts, total = [0] * (len(bounds) + 1), 0.0
    series = {le: [] for le in [*bounds, "+Inf"]}
    sums, totals = [], []
    for i, t in _times():
        if i in reset_at:
            counts, total = [0] * (len(bounds) + 1), 0.0
        for _ in range(rng.randrange(rate + 1)):
            value = rng.lognormvariate(-1, 1.2)
            total += value
            counts[sum(value > float(b) for b in bounds)] += 1
        running = 0
        for le, count in zip(series, counts):
            running += count
            series[le].append((t, float(running)))
        sums.append((t, round(total, 6)))
        totals.append((t, float(running)))
    return series, sums, totals


def native_histogram(seed, rate, resets=0):
    rng = random.Random(f"native/{seed}")
    reset_at = {rng.randrange(SAMPLES) for _ in range(resets)}
    buckets, zero, total, out = {}, 0, 0.0, []
    for i, t in _times():
        if i in reset_at:
            buckets, zero, total = {}, 0, 0.0
        for _ in range(rng.randrange(rate + 1)):
            value = rng.lognormvariate(0, 1)
            if value < 0.05:
                zero += 1
                continue
            total += value
            index = math.ceil(math.log2(value) * 8)  # schema 3: eight buckets for each power of two
            buckets[index] = buckets.get(index, 0) + 1
        out.append((t, NativeHistogram(dict(buckets), zero, round(total, 6))))
    return out


def history():
    """[(labels, samples)]; a sample is (ms, float or NativeHistogram)."""
    series = []

    def add(name, samples, /, **labels):
        series.append(({"__name__": name, **labels}, samples))

    for job, instances in (("api", 3), ("web", 2)):
        for n in range(instances):
            who = {"job": job, "instance": f"{job}-{n}"}
            add("up", [(t, float((i // 90 + n) % 5 != 0)) for i, t in _times()], **who)
            for code in ("200", "404", "500"):
                add("http_requests_total", counter(f"{who}{code}", {"200": 20, "404": 3, "500": 0.4}[code],
                                                   resets=n), code=code, method="get", **who)
            add("memory_bytes", gauge(f"m{who}", 1e9, 2e8), **who)
            add("temperature", gauge(f"t{who}", 0, 30, present=lambda i, n=n: not 200 + 20 * n < i < 260 + 20 * n), **who)
            add("limit_bytes", [(t, 1.1e9) for _, t in _times()], job=job, instance=f"{job}-{n}", kind="soft")
    for job in ("api", "web"):
        add("build_info", [(t, 1.0) for _, t in _times()], job=job, version=f"1.{len(job)}", commit="abc")
        buckets, sums, totals = classic_histogram(job, ["0.05", "0.1", "0.25", "0.5", "1", "2.5"], 20, resets=1)
        for le, samples in buckets.items():
            add("request_seconds_bucket", samples, job=job, le=le)
        add("request_seconds_sum", sums, job=job)
        add("request_seconds_count", totals, job=job)
        for n in range(2):
            add("latency_seconds", native_histogram(f"{job}{n}", 12, resets=1), job=job, instance=f"{job}-{n}")
    # Churn: a series of each half hour, ended by a stale marker; one that is rare; one that jumps.
    per = 30 * 60 * 1000 // STEP_MS
    for n in range(SAMPLES // per):
        add("pod_cpu_seconds_total", ending(counter(f"pod{n}", 1, present=lambda i, n=n: n * per <= i), (n + 1) * per),
            pod=f"pod-{n}", job="api")
    add("rare", gauge("rare", 5, 1, present=lambda i: i % 37 == 0))
    add("odd_values", [(t, [0.0, -0.0, math.nan, math.inf, -math.inf, 1e-7, 1e21, -1.5][i % 8]) for i, t in _times()],
        kind="odd")
    add("steps", [(t, float(i // 100)) for i, t in _times()])
    add("flapping", [(t, float(i % 2)) for i, t in _times()], unit="ü \"quoted\" \\ and\nlines")
    return series


def _observed(seed, rate, bucket_of, make, resets=0, present=lambda i: True, pick=lambda rng: rng.lognormvariate(0, 1)):
    """Histograms of what is observed from step to step; bucket_of gives (negative, index), make the histogram."""
    rng = random.Random(f"observed/{seed}")
    reset_at = {rng.randrange(SAMPLES) for _ in range(resets)}
    positive, negative, zero, total, out = {}, {}, 0, 0.0, []
    for i, t in _times():
        if i in reset_at:
            positive, negative, zero, total = {}, {}, 0, 0.0
        for _ in range(rng.randrange(rate + 1)):
            value = pick(rng)
            total += value
            if abs(value) < 0.01:
                zero += 1
                continue
            below, index = bucket_of(value)
            side = negative if below else positive
            side[index] = side.get(index, 0) + 1
        if present(i):
            out.append((t, make(dict(positive), zero, round(total, 6), dict(negative))))
    return out


def _exponential(schema):
    return lambda value: (value < 0, math.ceil(math.log2(abs(value)) * 2.0 ** schema))


def modern_history():
    """What only Prometheus 3 takes or understands: custom buckets, names of any characters; and what 2.42 answers too
    differently to be compared: negative buckets, gauges of histograms, series of floats and histograms."""
    series = []

    def add(name, samples, /, **labels):
        series.append(({"__name__": name, **labels}, samples))

    bounds = (0.25, 0.5, 1.0, 2.5, 5.0)
    for n, edges in enumerate((bounds, bounds, (0.5, 1.0, 4.0))):
        add("custom_seconds", _observed(
            f"custom{n}", 9, lambda v, edges=edges: (False, sum(v > b for b in edges)),
            lambda p, z, s, _, edges=edges: NativeHistogram(p, 0, s, -53, bounds=edges), resets=n,
            pick=lambda rng: 0.05 + rng.lognormvariate(0, 1)), job="api", instance=f"c-{n}")
    signed = lambda rng: rng.gauss(0.5, 3)  # noqa: E731
    for n, schema in enumerate((2, 0)):
        add("balance", _observed(f"balance{n}", 7, _exponential(schema), lambda p, z, s, m, schema=schema: NativeHistogram(
            p, z, s, schema, m), resets=n, pick=signed), job="bank", instance=f"b-{n}")
    add("queue_ages", _observed("gauge", 5, _exponential(1), lambda p, z, s, m: NativeHistogram(
        {k: float(v % 17) for k, v in p.items()}, float(z % 5), s, 1, hint=3)), job="api")
    # A series of floats that becomes one of histograms and back, every 40 samples.
    turns = _observed("mixed", 6, _exponential(3), lambda p, z, s, m: NativeHistogram(p, z, s))
    add("mixed_kinds", [(t, h if i // 40 % 2 else float(i)) for (i, t), (_, h) in zip(_times(), turns)], job="api")
    add("both_kinds", counter("both", 3), job="api", kind="float")
    add("both_kinds", turns, job="api", kind="histogram")
    add("observations_with_gaps", _observed("gaps", 6, _exponential(3), lambda p, z, s, m: NativeHistogram(p, z, s),
                                            present=lambda i: i // 25 % 3 != 2), job="api")
    add("not_numbers", [(t, NativeHistogram(h.buckets, h.zero, math.nan)) for t, h in turns], job="api")
    for n in range(3):
        who = {"job": "api", "instance": f"api-{n}"}
        add("target_info", [(t, 1.0) for _, t in _times()], region=f"eu-{n}", version=f"1.{n}", **who)
        add("disk_info", [(t, 1.0) for i, t in _times() if i < 400 or n], disk=f"sd{n}", **who)
    add("depth.of.water", counter("utf8", 4), **{"job": "sea", "küste": "nord", "a.b": "x/y"})
    add("natural", [(t, 1.0) for _, t in _times()], name="host-2", rack="r10")
    add("natural", [(t, 2.0) for _, t in _times()], name="host-10", rack="r9")
    add("natural", [(t, 3.0) for _, t in _times()], name="host-1", rack="r10")
    for le in ("0.1", "1", "broken"):
        add("bad_bucket", [(t, float(i)) for i, t in _times()], le=le, job="api")
    for le, count in (("0.1", 5.0), ("1", 3.0), ("10", 4.0), ("+Inf", 9.0)):
        add("not_monotonic_bucket", [(t, count * i) for i, t in _times()], le=le, job="api")
    for le, count in (("0.1", 5.0), ("1", 7.0), ("10", 9.0)):
        add("no_infinity_bucket", [(t, count * i) for i, t in _times()], le=le, job="api")
    # The classic and the native form of one metric, under one name.
    for le in ("0.5", "2", "+Inf"):
        add("twofold", [(t, float(i) * (4 if le == "+Inf" else float(le))) for i, t in _times()], le=le, job="api")
    add("twofold", turns, job="api")
    return series


# ---- remote write, by hand ----

def _varint(value):
    out = bytearray()
    value &= (1 << 64) - 1
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value):
    return _varint((value << 1) ^ (value >> 63))


def _bytes(field, data):
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _int(field, value):
    return _varint(field << 3) + _varint(value)


def _double(field, value):
    bits = STALE_BITS if struct.pack("<d", value) == STALE_BITS else struct.pack("<d", value)
    return _varint(field << 3 | 1) + bits


def _buckets(buckets, of_floats, spans_field):
    """Spans, then deltas (integers) or absolute counts (floats): fields n, n + 1, n + 2."""
    out, spans, values, last_index, last_count = b"", [], b"", None, 0
    for index in sorted(buckets):
        if last_index is not None and index == last_index + 1:
            spans[-1][1] += 1
        else:
            spans.append([index if last_index is None else index - last_index - 1, 1])
        values += struct.pack("<d", buckets[index]) if of_floats else _zigzag(buckets[index] - last_count)
        last_index, last_count = index, buckets[index]
    for offset, length in spans:
        out += _bytes(spans_field, _varint(1 << 3) + _zigzag(offset) + _int(2, length))
    if values:
        out += _bytes(spans_field + (2 if of_floats else 1), values)
    return out


def _histogram(ms, h):
    floats = h.of_floats
    out = _double(2, h.count) if floats else _int(1, h.count)
    out += _double(3, h.total) + _varint(4 << 3) + _zigzag(h.schema)
    if not h.bounds:
        out += _double(5, 2.0 ** -128) + (_double(7, h.zero) if floats else _int(6, h.zero))
    out += _buckets(h.negative, floats, 8) + _buckets(h.buckets, floats, 11)
    if h.hint:
        out += _int(14, h.hint)
    out += _int(15, ms)
    if h.bounds:
        out += _bytes(16, struct.pack(f"<{len(h.bounds)}d", *h.bounds))
    return out


def write_request(series, from_ms, to_ms):
    """A prometheus.WriteRequest of the samples in [from_ms, to_ms)."""
    out = b""
    for labels, samples in series:
        body = b"".join(_bytes(1, _bytes(1, k.encode()) + _bytes(2, v.encode())) for k, v in sorted(labels.items()))
        chosen = [s for s in samples if from_ms <= s[0] < to_ms]
        for ms, value in chosen:
            if isinstance(value, NativeHistogram):
                body += _bytes(4, _histogram(ms, value))
            else:
                body += _bytes(2, _double(1, value) + _int(2, ms))
        if chosen:
            out += _bytes(1, body)
    return out


def snappy_block(data):
    """Snappy's block format with nothing compressed: literals only."""
    out = bytearray(_varint(len(data)))
    for at in range(0, len(data), 60):
        piece = data[at:at + 60]
        out.append((len(piece) - 1) << 2)
        out += piece
    return bytes(out)
