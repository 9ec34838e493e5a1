"""A day of an e-commerce host's metrics, made up but not at random: the same bytes for the same arguments.

What the shape is for: stores are judged by how they compress and find what real exporters say. So there are counters of
every kind of pace (busy, slow, standing still, reset by a restart), gauges that walk and gauges that never move, classic
latency histograms, and one series in fifty that comes and goes. Every host has 200 series.

Written as OpenMetrics (seconds, for promtool and `bekci tsdb import`) or as Prometheus text with milliseconds (for
VictoriaMetrics' import); both hold the same samples.
"""

import math
import random

SERIES_PER_HOST = 200
START = 1_767_225_600  # 2026-01-01 00:00:00 UTC, an even multiple of two hours
BOUNDS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf")


class Day:
    def __init__(self, series=2000, hours=24, step=15, seed=7):
        self.hosts = max(1, series // SERIES_PER_HOST)
        self.step, self.seed = step, seed
        self.count = hours * 3600 // step
        self.times = [START + i * step for i in range(self.count)]
        # Quiet at night, a wave by day, a rush in the evening.
        self.load = [1 + 0.6 * math.sin(2 * math.pi * i * step / 86400 - 1.7) + (0.9 if 0.8 < i / self.count < 0.87 else 0)
                     for i in range(self.count)]

    @property
    def end(self):
        return self.times[-1]

    def families(self):
        """(name, type, [(labels, values)]) with None where a series is away; names without _total."""
        yield from self._cpu()
        yield from self._http()
        yield from self._commands()
        yield from self._gauges()
        yield from self._idle()
        yield from self._jobs()

    def _random(self, *key):
        return random.Random(f"{self.seed}/{key}")

    def _each(self):
        for host in range(self.hosts):
            yield f"web-{host + 1:02}"

    def _counter(self, rng, pace, quantum=1, reset=False):
        value, out = rng.randrange(1_000_000), []
        restart = rng.randrange(self.count) if reset else -1
        for i, load in enumerate(self.load):
            value = 0 if i == restart else value + max(0, int(pace * load * self.step * rng.uniform(0.8, 1.2) + rng.random()))
            out.append(value * quantum if quantum == 1 else f"{value * quantum:.2f}")
        return out

    def _walk(self, rng, top, stride, quantum):
        value, out = top * rng.uniform(0.4, 0.9), []
        for _ in self.load:
            if rng.random() < 0.7:
                value = min(top, max(top * 0.05, value + rng.gauss(0, stride)))
            out.append(int(value // quantum * quantum) if quantum >= 1 else f"{value:.2f}")
        return out

    def _cpu(self):
        shares = {"idle": 60, "user": 22, "system": 7, "iowait": 2, "steal": 0.3, "nice": 0, "irq": 0, "softirq": 0.5}
        yield "node_cpu_seconds", "counter", [
            ({"instance": host, "cpu": str(cpu), "mode": mode}, self._counter(self._random(host, cpu, mode), share, 0.01))
            for host in self._each() for cpu in range(4) for mode, share in shares.items()]

    def _http(self):
        handlers, codes = ("/", "/cart", "/checkout", "/product", "/search"), ("200", "302", "404", "500")
        paces = {"200": 40, "302": 4, "404": 1, "500": 0.05}
        yield "http_requests", "counter", [
            ({"instance": host, "handler": handler, "code": code},
             self._counter(self._random(host, handler, code), paces[code], reset=code == "200"))
            for host in self._each() for handler in handlers for code in codes]
        rows = []
        for host in self._each():
            for handler in handlers:
                rng = self._random(host, handler, "latency")
                buckets, total = [[] for _ in BOUNDS], [0] * len(BOUNDS)
                for load in self.load:
                    requests = max(0, int(40 * load * rng.uniform(0.8, 1.2)))
                    for b in range(len(BOUNDS)):
                        total[b] += requests if BOUNDS[b] == "+Inf" else int(requests * (1 - math.exp(-float(BOUNDS[b]) * 18)))
                        buckets[b].append(total[b])
                rows += [({"instance": host, "handler": handler, "le": le}, values) for le, values in zip(BOUNDS, buckets)]
        yield "http_request_duration_seconds_bucket", "unknown", rows

    def _commands(self):
        commands = ("select", "insert", "update", "delete", "begin", "commit", "rollback", "set", "show", "call")
        yield "mysql_global_status_commands", "counter", [
            ({"instance": host, "command": command}, self._counter(self._random(host, command), 200 / (1 + n * n)))
            for host in self._each() for n, command in enumerate(commands)]

    def _gauges(self):
        for name, top, stride, quantum in (("node_load1", 8, 0.3, 0.01), ("node_memory_MemAvailable_bytes", 1.6e10, 5e7, 4096),
                                           ("node_filesystem_avail_bytes", 2e11, 3e7, 4096),
                                           ("mysql_global_status_threads_connected", 150, 4, 1),
                                           ("phpfpm_active_processes", 60, 3, 1)):
            yield name, "gauge", [({"instance": host, "mountpoint": "/"} if "filesystem" in name else {"instance": host},
                                   self._walk(self._random(host, name), top, stride, quantum)) for host in self._each()]
        yield "node_memory_MemTotal_bytes", "gauge", [({"instance": host}, [16_777_216_000] * self.count)
                                                      for host in self._each()]
        yield "node_uname_info", "gauge", [({"instance": host, "nodename": f"{host}.shop", "release": "6.1"}, [1] * self.count)
                                           for host in self._each()]

    def _idle(self):
        yield "node_netstat_errors", "counter", [
            ({"instance": host, "protocol": f"p{n:02}"}, self._counter(self._random(host, n), 0.0005))
            for host in self._each() for n in range(77)]

    def _jobs(self):
        rows = []
        for host in self._each():
            for n in range(4):
                rng = self._random(host, n, "job")
                life = max(1, self.count // 6)
                begin = rng.randrange(max(1, self.count - life))
                rows.append(({"instance": host, "job_id": f"{rng.randrange(16**8):08x}"},
                             [i - begin if begin <= i < begin + life else None for i in range(self.count)]))
        yield "batch_job_progress", "gauge", rows


def write(day, out, openmetrics):
    """Writes all samples; returns how many series and samples."""
    ends = [f" {t}\n" if openmetrics else f" {t}000\n" for t in day.times]
    series = samples = 0
    for name, kind, rows in day.families():
        out.write(f"# TYPE {name} {kind}\n" if openmetrics else "")
        total = "_total" if kind == "counter" else ""
        for labels, values in rows:
            head = name + total + "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "} "
            lines = [f"{head}{v}{end}" for v, end in zip(values, ends) if v is not None]
            out.write("".join(lines))
            series, samples = series + 1, samples + len(lines)
    if openmetrics:
        out.write("# EOF\n")
    return series, samples
