#!/usr/bin/python3
"""Clients of Alertmanager's API, many at once: do all get a right answer, or a refusal that says why?

    tests/load/notify_clients.py --url http://127.0.0.1:10112 [--clients 500] [--seconds 15]

Each keeps a connection and does one thing after the other: posts alerts, reads alerts, groups and silences, makes a silence,
reads it and expires it. Every answer is looked at. Prints one JSON object:

    connected   clients that got at least one answer
    answered    right answers by what was asked
    refused     429 and 503 with a reason, by status
    kinds       what was asked
    wrong       everything else, the first 20

Exit code 0 when nothing was wrong.
"""

import argparse
import asyncio
import collections
import json
import random
import sys
import time
import urllib.parse

REFUSALS = (429, 503)
KINDS = ("post alerts", "alerts", "all alerts", "groups", "silences", "make a silence", "read a silence", "expire a silence")


def stamp(t):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))


class Client:
    """One connection, kept; made anew when the other side closed it after a whole answer."""

    def __init__(self, number, base, counts):
        parts = urllib.parse.urlsplit(base)
        self.host, self.port = parts.hostname, parts.port
        self.number, self.counts = number, counts
        self.random = random.Random(number)
        self.reader = self.writer = None

    async def ask(self, method, path, body=None):
        """(status, body); raises OSError and the like when there is no whole answer."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(data)}\r\n"
        head += "Content-Type: application/json\r\n\r\n" if data else "\r\n"
        self.writer.write(head.encode() + data)
        await self.writer.drain()
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        text = (await self.reader.readexactly(int(headers.get("content-length", "0")))).decode()
        if headers.get("connection", "").lower() == "close":
            self.writer.close()
            self.writer = None
        return status, text

    async def step(self, kind, method, path, right, body=None):
        """Asks and counts; returns the answer when it is a right one."""
        try:
            status, text = await asyncio.wait_for(self.ask(method, path, body), 90)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError) as error:
            self.counts["wrong"].append(f"{kind}: {type(error).__name__} {error}")
            self.writer = None
            return None
        if status in REFUSALS and text.strip():
            self.counts["refused"][str(status)] += 1
            return None
        try:
            answer = json.loads(text) if text.strip() else None
            if status != 200 or not right(answer):
                raise ValueError("not what was asked for")
        except (ValueError, TypeError, KeyError) as error:
            self.counts["wrong"].append(f"{kind}: {status} {text[:200]!r}: {error}")
            return None
        self.counts["answered"][kind] += 1
        return answer

    def alerts(self):
        return [{"labels": {"alertname": "Load", "client": str(self.number), "n": str(self.random.randrange(20))},
                 "endsAt": stamp(time.time() + 600)} for _ in range(5)]

    async def silence(self):
        matchers = [{"name": "client", "value": str(self.number), "isRegex": False, "isEqual": True}]
        made = await self.step("make a silence", "POST", "/api/v2/silences", lambda a: len(a["silenceID"]) == 36,
                               {"matchers": matchers, "startsAt": stamp(time.time() - 1), "endsAt": stamp(time.time() + 600),
                                "createdBy": "load", "comment": "c"})
        if made is None:
            return
        path = "/api/v2/silence/" + made["silenceID"]
        await self.step("read a silence", "GET", path, lambda a: a["id"] == made["silenceID"] and a["status"]["state"] == "active")
        await self.step("expire a silence", "DELETE", path, lambda a: a is None)

    async def run(self, seconds):
        own = urllib.parse.quote(f'client="{self.number}"')
        mine = lambda found: all(one["labels"]["client"] == str(self.number) for one in found)  # noqa: E731
        end = time.monotonic() + seconds
        turn = self.number  # not all the same at once
        while time.monotonic() < end:
            choice = turn % 8
            turn += 1
            if choice in (0, 1, 2):
                await self.step("post alerts", "POST", "/api/v2/alerts", lambda a: a is None, self.alerts())
            elif choice in (3, 4):
                await self.step("alerts", "GET", "/api/v2/alerts?filter=" + own, mine)
            elif choice == 5:
                await self.step("groups", "GET", "/api/v2/alerts/groups?filter=" + own, lambda a: all(mine(g["alerts"]) for g in a))
            elif choice == 6:
                await self.step("silences", "GET", "/api/v2/silences?filter=" + own, lambda a: isinstance(a, list))
            elif self.random.random() < 0.1:
                await self.step("all alerts", "GET", "/api/v2/alerts", lambda a: isinstance(a, list))
            else:
                await self.silence()
            await asyncio.sleep(0)


async def everybody(args, counts):
    clients = [Client(number, args.url, counts) for number in range(args.clients)]
    before = [client.run(args.seconds) for client in clients]
    await asyncio.gather(*before)
    counts["connected"] = sum(client.reader is not None for client in clients)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=15)
    args = parser.parse_args()
    counts = {"kinds": KINDS, "connected": 0, "answered": collections.Counter(), "refused": collections.Counter(), "wrong": []}
    asyncio.run(everybody(args, counts))
    wrong = len(counts["wrong"])
    counts["wrong"] = counts["wrong"][:20]
    print(json.dumps(counts))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
