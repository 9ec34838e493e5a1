#!/usr/bin/python3
"""Load and abuse of a running server: does it stay up, flat and polite?

    tests/load/load.py --url http://127.0.0.1:10112/metrics --pid PID [--seconds 20] [--clients 500] [--bad 300] [--only load]

1. wrk with many keep-alive clients: no error of any kind, and memory (PSS) flat afterwards.
2. Bad clients, held for the same time: one byte a second, heads without end, bodies that never come, nothing at all,
   and over https also handshakes that never finish. Meanwhile a good client asks every 100 ms and must be answered within
   the latency bound, and at the end every bad one must have been dropped.
The first part wants the machine for itself; the second mostly waits, so several servers can be abused at the same time
(--only abuse). Exit code 0 when all of it held, 1 when not, 2 for usage. Needs wrk for the first part.
"""
import argparse
import http.client
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit


def pss_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as smaps:
        return int(re.search(r"^Pss:\s+(\d+)", smaps.read(), re.M).group(1))


def settled_pss_kib(pid, below):
    """Memory once the burst is over: as soon as it is `below`, else the lowest of 30 s. The server looks every 15 s for a
    burst that has begun and every 2 s for its end, and gives back then what it does not need."""
    lowest = pss_kib(pid)
    end = time.monotonic() + 30
    while time.monotonic() < end and lowest > below:
        time.sleep(0.25)
        lowest = min(lowest, pss_kib(pid))
    return lowest


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Target:
    def __init__(self, url):
        parts = urlsplit(url)
        self.url = url
        self.tls = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (443 if self.tls else 80)
        self.path = parts.path or "/"
        self.context = ssl._create_unverified_context()  # the peer is ours, the certificate self-made

    def connect(self, timeout=10.0, tls=None):
        sock = socket.create_connection((self.host, self.port), timeout=timeout)
        if self.tls if tls is None else tls:
            sock = self.context.wrap_socket(sock)
        return sock


def run_wrk(target, clients, seconds):
    """(requests, requests per second, list of complaints)."""
    command = ["wrk", "-t", "2", "-c", str(clients), "-d", f"{seconds}s", "--timeout", "10s", "--latency", target.url]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    print("\n".join("    " + line for line in out.splitlines()))
    complaints = [line.strip() for line in out.splitlines() if "Non-2xx" in line or "Socket errors" in line]
    count = re.search(r"(\d+) requests in", out)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if not count or int(count.group(1)) == 0:
        complaints.append("wrk counted no answer")
    return int(count.group(1)) if count else 0, float(rate.group(1)) if rate else 0.0, complaints


class BadClient:
    """One connection that misbehaves in its way; tick() once a second."""

    def __init__(self, target, kind):
        self.kind = kind
        self.dropped_after = None
        self.begin = time.monotonic()
        head = f"GET {target.path} HTTP/1.1\r\nHost: {target.host}\r\n".encode()
        self.sock = target.connect(tls=False if kind == "half handshake" else None)
        self.script = b""
        if kind == "byte a second":
            self.script = head * 50
        elif kind == "endless head":
            self.sock.sendall(head)
            self.script = b"endless"
        elif kind == "no body":
            self.sock.sendall(head.replace(b"GET", b"POST", 1) + b"Content-Length: 1000\r\n\r\nabc")
        elif kind == "half handshake":
            self.sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")  # the start of a ClientHello of 508 bytes
        self.sock.setblocking(False)

    def tick(self):
        if self.dropped_after is not None:
            return
        try:
            if self.script == b"endless":
                self.sock.send(b"X-Filler: " + b"y" * 500 + b"\r\n")
            elif self.script:
                self.sock.send(self.script[:1])
                self.script = self.script[1:]
            while self.sock.recv(65536):
                pass
            self.dropped_after = time.monotonic() - self.begin
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.dropped_after = time.monotonic() - self.begin


class GoodClient(threading.Thread):
    """Asks every 100 ms, on a new connection each time, until told to stop."""

    def __init__(self, target):
        super().__init__()
        self.target = target
        self.stop = threading.Event()
        self.latencies = []
        self.errors = []

    def ask(self):
        target = self.target
        if target.tls:
            connection = http.client.HTTPSConnection(target.host, target.port, timeout=10, context=target.context)
        else:
            connection = http.client.HTTPConnection(target.host, target.port, timeout=10)
        begin = time.monotonic()
        connection.request("GET", target.path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.latencies.append(time.monotonic() - begin)
        if answer.status != 200:
            self.errors.append(f"status {answer.status}")

    def run(self):
        while not self.stop.wait(0.1):
            try:
                self.ask()
            except OSError as error:
                self.errors.append(str(error))


def run_bad(target, count, seconds, body_deadline):
    kinds = ["byte a second", "endless head", "no body", "nothing"] + (["half handshake"] if target.tls else [])
    good = GoodClient(target)
    good.start()
    bad = [BadClient(target, kinds[i % len(kinds)]) for i in range(count)]
    end = time.monotonic() + max(seconds, body_deadline + 5)
    while time.monotonic() < end and any(client.dropped_after is None for client in bad):
        for client in bad:
            client.tick()
        time.sleep(1)
    good.stop.set()
    good.join()
    print(f"    {'kind':16} clients dropped   seconds until dropped")
    left = 0
    for kind in kinds:
        of_kind = [client for client in bad if client.kind == kind]
        times = sorted(client.dropped_after for client in of_kind if client.dropped_after is not None)
        left += len(of_kind) - len(times)
        span = f"{times[0]:.1f} .. {times[-1]:.1f}" if times else "-"
        print(f"    {kind:16} {len(of_kind):7} {len(times):7}   {span}")
    return good, left


def check_load(target, arguments):
    """The failures of the first part, in words."""
    half_growth = arguments.pss_growth_mib * 1024 / 2
    idle = pss_kib(arguments.pid)
    print(f"warm-up: {arguments.clients} clients for 3 s, PSS {idle} KiB before")
    run_wrk(target, arguments.clients, 3)
    before, cpu_before = settled_pss_kib(arguments.pid, below=idle + half_growth), cpu_seconds(arguments.pid)
    print(f"load: {arguments.clients} clients for {arguments.seconds} s")
    count, rate, failures = run_wrk(target, arguments.clients, arguments.seconds)
    cpu = cpu_seconds(arguments.pid) - cpu_before
    after = settled_pss_kib(arguments.pid, below=before + half_growth)
    print(f"  {count} requests, {rate:.0f}/s, {1e6 * cpu / max(count, 1):.0f} us CPU each, PSS {before} -> {after} KiB")
    if after - before > arguments.pss_growth_mib * 1024:
        failures.append(f"memory grew by {after - before} KiB")
    return failures


def check_abuse(target, arguments):
    """The failures of the second part, in words."""
    failures = []
    print(f"abuse: {arguments.bad} bad clients")
    good, left = run_bad(target, arguments.bad, arguments.seconds, arguments.body_deadline)
    latencies = sorted(good.latencies) or [float("inf")]
    p50, p99 = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
    print(f"  good client: {len(good.latencies)} answers, p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, "
          f"worst {latencies[-1] * 1e3:.1f} ms; PSS {pss_kib(arguments.pid)} KiB")
    if good.errors:
        failures.append(f"good client: {len(good.errors)} errors, the first: {good.errors[0]}")
    if p99 * 1000 > arguments.latency_ms:
        failures.append(f"good client's p99 is {p99 * 1e3:.0f} ms")
    if left:
        failures.append(f"{left} bad clients were never dropped")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--bad", type=int, default=300)
    parser.add_argument("--only", choices=("load", "abuse"), help="one of the two parts")
    parser.add_argument("--body-deadline", type=float, default=30, help="the server's, in seconds")
    parser.add_argument("--pss-growth-mib", type=float, default=8, help="what PSS may grow by after the first load")
    parser.add_argument("--latency-ms", type=float, default=500, help="bound of the good client's 99th percentile")
    arguments = parser.parse_args()
    target = Target(arguments.url)
    failures = []
    if arguments.only != "abuse":
        failures += check_load(target, arguments)
    if arguments.only != "load":
        failures += check_abuse(target, arguments)

    for failure in failures:
        print("FAILED:", failure)
    print("ok" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
