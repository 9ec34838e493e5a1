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
    """Of schema 3: (index -> absolute count) of positive buckets."""
    buckets: dict
    zero: int
    total: float

    @property
    def count(self):
        return self.zero + sum(self.buckets.values())


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

    def add(name, samples, **labels):
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


def _histogram(ms, h):
    spans, deltas, last_index, last_count = [], b"", None, 0
    for index in sorted(h.buckets):
        if last_index is not None and index == last_index + 1:
            spans[-1][1] += 1
        else:
            spans.append([index if last_index is None else index - last_index - 1, 1])
        deltas += _zigzag(h.buckets[index] - last_count)
        last_index, last_count = index, h.buckets[index]
    out = _int(1, h.count) + _double(3, h.total) + _varint(4 << 3) + _zigzag(3) + _double(5, 2.0 ** -128)
    out += _int(6, h.zero)
    for offset, length in spans:
        out += _bytes(11, _varint(1 << 3) + _zigzag(offset) + _int(2, length))
    if deltas:
        out += _bytes(12, deltas)
    return out + _int(15, ms)


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
