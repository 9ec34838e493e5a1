"""bekci beside the real prometheus-redis-exporter on the same real servers: families, types, helps, label names and values
that stand still; and what happens when servers fail in every way a host knows."""

import contextlib
import os
import pathlib
import re
import signal
import time

import pytest

import stack
from page_comparison import moved
from servers import redis as servers

DIFFERENCES = pathlib.Path(__file__).with_name("redis_differences.txt")
STILL = re.compile(r"redis_(up|instance_info|slave_info|config_.*|db_keys|db_keys_expiring|key_size|key_value|keys_count|stream_.*"
                   r"(length|nodes|keys|groups|_id|consumers|pending)|cluster_.*|memory_max_bytes|aof_enabled|process_id|"
                   r"master_link_up|connected_slaves|rdb_changes_since_last_save|sentinel_.*(status|sentinels|slaves|masters)|"
                   r"loading_dump_file|evicted_keys_total|number_of_cached_scripts|slowlog_length|latency_spike_.*)")


def accepted():
    """Rows `kind pattern # reason`."""
    rows = []
    for number, line in enumerate(DIFFERENCES.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"(missing|extra|type|help|series|value)\s+(\S.*?)\s+#\s+(\S.*)", line)
        assert match, f"{DIFFERENCES.name}:{number}: not `kind pattern # reason`: {line}"
        rows.append((match[1], re.compile(match[2])))
    return rows


def unexplained(found, kind):
    rows = [pattern for row_kind, pattern in accepted() if row_kind == kind]
    return sorted(f for f in found if not any(p.fullmatch(f) for p in rows))


def fill(server, auth=None):
    """Something of every kind, so that no family is empty."""
    with server.connect() as s:
        f = s.makefile("rwb")
        if auth:
            servers.send(f, "AUTH", *auth)
            servers.receive(f)
        for command in ("CONFIG SET latency-monitor-threshold 1", "SET shop:a 12.5", "SET shop:b hello",
                        "RPUSH q 1 2 3", "SADD s 1 2", "ZADD z 1 a 2 b", "HSET h f v g w", "PFADD hll a b c",
                        "XADD st 1-1 a b", "XADD st 2-1 a b", "XGROUP CREATE st g1 0", "XGROUP CREATE st g2 $",
                        "XREADGROUP GROUP g1 c1 COUNT 1 STREAMS st >", "INCR shop:b", "GET", "NOSUCH", "DEBUG SLEEP 0.02",
                        "SELECT 3", "SET in3 1", "SET in3b 1 EX 10000"):
            servers.send(f, *command.split())
            servers.receive(f)


KEYS = {"check_keys": "db0=shop:*,db3=in*", "check_single_keys": "db0=hll,db0=q,nosuch", "check_streams": "s*",
        "check_single_streams": "st", "count_keys": "db0=s*,db3=in*"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Every kind of server, bekci on all of them, the peer on each."""
    d = tmp_path_factory.mktemp("redis")
    with contextlib.ExitStack() as s:
        start = s.enter_context
        primary = start(servers.Redis(d / "primary", "enable-debug-command yes", name="primary"))
        fill(primary)
        secured = start(servers.Redis(d / "secured", "requirepass admin", "user watcher on >sesame ~* +@all", name="secured"))
        certificates = servers.Certificates(d / "tls")
        secure = start(servers.Redis(d / "secure", name="secure", tls=certificates))
        local = start(servers.Redis(d / "local", name="local", unix=True))
        node = start(servers.Redis(d / "node", "cluster-enabled yes", f"cluster-port {stack.free_port()}", name="node"))
        node.cli("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        replica = start(servers.Redis(d / "replica", f"replicaof 127.0.0.1 {primary.port}", name="replica"))
        sentinel = start(servers.Redis(d / "sentinel", f"sentinel monitor shop 127.0.0.1 {primary.port} 1", name="sentinel",
                                       sentinel=True))
        stack.wait_until(lambda: "master_link_status:up" in replica.cli("INFO", "replication"), 30, "replica follows")
        stack.wait_until(lambda: "state=online,offset" in primary.cli("INFO", "replication"), 30, "replica is online")
        stack.wait_until(lambda: "slaves=1" in sentinel.cli("INFO", "sentinel"), 30, "sentinel knows the replica")
        stack.wait_until(lambda: node.cli("CLUSTER", "INFO").startswith("cluster_state:ok"), 30, "cluster is whole")
        (d / "pw").write_text("sesame\n")
        lists = "".join(f", {k}: [{', '.join(chr(34) + p + chr(34) for p in v.split(','))}]" for k, v in KEYS.items())
        config = f"""
collectors:
  redis:
    - {{instance: primary, address: "redis://127.0.0.1:{primary.port}", clients: true, config_metrics: true, system_metrics: true{lists}}}
    - {{instance: secured, address: "127.0.0.1:{secured.port}", username: watcher, password_file: {d}/pw}}
    - {{instance: secure, address: "rediss://127.0.0.1:{secure.port}", tls: {{ca_file: {certificates.ca}, cert_file: {certificates.client_cert}, key_file: {certificates.client_key}}}}}
    - {{instance: local, address: "unix://{local.unix}"}}
    - {{instance: node, address: "127.0.0.1:{node.port}"}}
    - {{instance: replica, address: "127.0.0.1:{replica.port}"}}
    - {{instance: sentinel, address: "127.0.0.1:{sentinel.port}"}}
"""
        bekci = start(stack.Bekci(d / "bekci", config=config))
        flags = {
            "primary": [f"redis://127.0.0.1:{primary.port}", "-export-client-list", "-include-config-metrics",
                        "-include-system-metrics"] + [f"-{k.replace('_', '-')}={v}" for k, v in KEYS.items()],
            "secured": [f"redis://127.0.0.1:{secured.port}", "-redis.user=watcher", "-redis.password=sesame"],
            "secure": [f"rediss://localhost:{secure.port}", f"-tls-ca-cert-file={certificates.ca}",
                       f"-tls-client-cert-file={certificates.client_cert}", f"-tls-client-key-file={certificates.client_key}"],
            "local": [f"unix://{local.unix}"],
            "node": [f"redis://127.0.0.1:{node.port}"],
            "replica": [f"redis://127.0.0.1:{replica.port}"],
            "sentinel": [f"redis://127.0.0.1:{sentinel.port}"],
        }
        peers = {name: start(servers.RedisExporter(d / "peers", *f, name=f"peer-{name}")) for name, f in flags.items()}
        yield bekci, peers


def pages(world, name):
    """Ours, the peer's, and ours again."""
    bekci, peers = world
    for _ in range(2):  # both warm, and the commands of each already counted
        bekci.metrics(f"/metrics/redis/{name}"), peers[name].metrics()
    ours, peer = bekci.metrics(f"/metrics/redis/{name}"), peers[name].metrics()
    return ours, peer, bekci.metrics(f"/metrics/redis/{name}")


def theirs(peer):
    return {name for name in peer.types if name.startswith("redis_")}


SERVERS = ("primary", "secured", "secure", "local", "node", "replica", "sentinel")


@pytest.mark.parametrize("name", SERVERS)
def test_families_types_and_helps_are_the_peers(world, name):
    ours, peer, _ = pages(world, name)
    assert ours.value("redis_up") == 1 and peer.value("redis_up") == 1
    assert unexplained(theirs(peer) - set(ours.types), "missing") == []
    assert unexplained({n for n in ours.types if n.startswith("redis_")} - theirs(peer), "extra") == []
    common = theirs(peer) & set(ours.types)
    assert len(common) > (60 if name == "sentinel" else 115)
    assert unexplained({n for n in common if ours.types[n] != peer.types[n]}, "type") == []
    assert unexplained({n for n in common if ours.helps.get(n) != peer.helps.get(n)}, "help") == []


@pytest.mark.parametrize("name", SERVERS)
def test_series_and_still_values_are_the_peers(world, name):
    ours, peer, again = pages(world, name)

    def shape(page):
        return {s for s in page.series if page.family_of(s) in theirs(peer) & set(ours.types)}

    assert unexplained(shape(peer) - shape(ours), "series") == []
    assert unexplained(shape(ours) - shape(peer), "series") == []
    still = {s for s in shape(peer) & shape(ours) if STILL.fullmatch(peer.family_of(s))} - moved(ours, again)
    assert len(still) > 20
    assert unexplained({f"{s} {ours.series[s]} {peer.series[s]}" for s in still if ours.value(s) != peer.value(s)}, "value") == []


def test_moving_values_are_near(world):
    """A wrong unit or column is off by far more than two scrapes apart."""
    ours, peer, _ = pages(world, "primary")
    moving = [s for s in peer.series if s in ours.series and peer.types.get(peer.family_of(s)) in ("counter", "gauge")
              and "exporter_" not in s]
    assert len(moving) > 300
    far = [f"{s} {ours.series[s]} {peer.series[s]}" for s in moving
           if abs(ours.value(s) - peer.value(s)) > 0.3 * max(abs(ours.value(s)), abs(peer.value(s))) + (1e6 if "bytes" in s else 60)]
    assert far == []


def test_parts_can_be_chosen_and_excluded(world):
    bekci, _ = world
    only = bekci.metrics("/metrics/redis/primary?collect[]=slowlog")
    assert "redis_slowlog_length" in only.types and "redis_commands_total" not in only.types
    assert "redis_memory_used_bytes" not in only.types and only.value("redis_up") == 1
    without = bekci.metrics("/metrics/redis/primary?exclude[]=commandstats")
    assert "redis_commands_total" not in without.types and "redis_memory_used_bytes" in without.types


def test_the_connection_is_kept_and_named(world):
    bekci, _ = world
    for _ in range(5):
        page = bekci.metrics("/metrics/redis/primary")
    names = [s for s in page.series if s.startswith("redis_connected_client_info{") and 'name="bekci"' in s]
    assert len(names) == 1


# --- faults ---------------------------------------------------------------------------------------------------------

class Watched:
    """bekci on one instance that will fail and one that must never notice; a collection a second."""

    def __init__(self, directory, victim_options, steady):
        config = f"""
collectors:
  redis:
    - {{instance: victim, interval: 1s, deadline: 800ms, {victim_options}}}
    - {{instance: steady, interval: 1s, deadline: 800ms, address: "127.0.0.1:{steady.port}"}}
"""
        self.bekci = stack.Bekci(directory, config=config)

    def page(self):
        start = time.monotonic()
        answer = self.bekci.get("/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "2"})
        assert answer.status == 200, answer.text
        assert time.monotonic() - start < (6 if stack.SANITIZED else 2), "the scrape's own deadline"
        page = stack.Page(answer.text)
        assert page.value('redis_up{instance="steady"}') == 1
        return page

    def up(self):
        return self.page().value('redis_up{instance="victim"}')

    def error(self):
        return next((s for s in self.page().series if s.startswith("redis_exporter_last_scrape_error{") and 'instance="victim"' in s), "")

    def fails(self, text):
        stack.wait_until(lambda: self.up() == 0 and text in self.error(), 10, f"down with {text!r}; {self.error()}")
        stack.wait_until(lambda: self.changes("collector failed") == self.changes("collector works again") + 1, 10,
                         "the change is logged")

    def recovers(self):
        stack.wait_until(lambda: self.up() == 1, 10, f"up again; {self.error()}")
        stack.wait_until(lambda: self.changes("collector failed") == self.changes("collector works again"), 10,
                         "the recovery is logged")

    def changes(self, what):
        return sum(what in line and "instance=victim" in line for line in self.bekci.log().splitlines())

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.bekci.__exit__(*rest)


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    with servers.Redis(tmp_path_factory.mktemp("steady"), name="steady") as server:
        yield server


def test_killed_stopped_and_started_again(tmp_path, steady):
    victim = servers.Redis(tmp_path / "v", name="victim")
    with Watched(tmp_path / "b", f'address: "127.0.0.1:{victim.port}"', steady) as w:
        w.recovers()
        victim.popen.send_signal(signal.SIGSTOP)
        w.fails("in time")
        victim.popen.send_signal(signal.SIGCONT)
        w.recovers()
        victim.stop(signal.SIGKILL)
        w.fails("Connection refused")
        with servers.Redis(tmp_path / "v", name="victim", port=victim.port):
            w.recovers()
        assert w.changes("collector failed") == 2


def test_socket_deleted(tmp_path, steady):
    with servers.Redis(tmp_path / "v", name="victim", unix=True) as victim:
        with Watched(tmp_path / "b", f'address: "unix://{victim.unix}"', steady) as w:
            w.recovers()
            os.rename(victim.unix, victim.unix + ".away")
            victim.cli("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            w.fails("No such file")
            os.rename(victim.unix + ".away", victim.unix)
            w.recovers()


def test_password_changed_and_permission_revoked(tmp_path, steady):
    password = tmp_path / "pw"
    password.write_text("one")
    with servers.Redis(tmp_path / "v", "user watcher on >one ~* &* +@all", name="victim") as victim:
        options = f'address: "127.0.0.1:{victim.port}", username: watcher, password_file: {password}'
        with Watched(tmp_path / "b", options, steady) as w:
            w.recovers()
            victim.cli("ACL", "SETUSER", "watcher", "resetpass", ">two")
            w.fails("WRONGPASS")
            password.write_text("two")
            w.recovers()
            victim.cli("ACL", "SETUSER", "watcher", "-info")
            w.fails("NOPERM")
            victim.cli("ACL", "SETUSER", "watcher", "+info", "-slowlog", "-config")
            w.recovers()
            page = w.page()  # what is refused costs itself only
            assert page.get(r'redis_memory_used_bytes\{instance="victim"\}') > 0
            assert page.get(r'redis_slowlog_length\{instance="victim"\}') is None
            stack.wait_until(lambda: w.bekci.log().count("redis part failed") == 2, 5, "slowlog and config, once each")
            victim.cli("ACL", "SETUSER", "watcher", "+slowlog", "+config")
            stack.wait_until(lambda: w.bekci.log().count("redis part works again") == 2, 5, "and back")
            assert "one" not in [line.split("password")[-1] for line in w.bekci.log().splitlines()]


def test_password_demanded_from_who_has_none(tmp_path, steady):
    with servers.Redis(tmp_path / "v", name="victim") as victim:
        with Watched(tmp_path / "b", f'address: "127.0.0.1:{victim.port}"', steady) as w:
            w.recovers()
            victim.cli("CONFIG", "SET", "requirepass", "x")
            victim.raw("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes", auth=["x"])
            w.fails("NOAUTH")
            victim.cli("CONFIG", "SET", "requirepass", "", auth=["x"])
            w.recovers()


def test_maxclients_reached(tmp_path, steady):
    with servers.Redis(tmp_path / "v", name="victim") as victim:
        with Watched(tmp_path / "b", f'address: "127.0.0.1:{victim.port}"', steady) as w:
            w.recovers()
            admin = victim.connect()
            f = admin.makefile("rwb")
            servers.send(f, "CONFIG", "SET", "maxclients", 3)
            assert servers.receive(f) == "OK"
            holders = [victim.connect() for _ in range(4)]
            servers.send(f, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            servers.receive(f)
            holders += [victim.connect() for _ in range(4)]
            w.fails("max number of clients reached")
            for h in holders:
                h.close()
            w.recovers()
            admin.close()


def refuses(w, directory, server, answer, metric):
    """While the server answers that to its clients: up with its numbers, as the real peer says, and told once."""
    stack.wait_until(lambda: w.page().value('redis_up{instance="victim"}') == 1, 10, "up")
    stack.wait_until(lambda: w.bekci.log().count("redis refuses its clients") == 1, 10, "said in the log")
    assert any(answer in line for line in w.bekci.log().splitlines() if "refuses its clients" in line)
    with servers.RedisExporter(directory, f"redis://127.0.0.1:{server.port}") as peer:
        assert str(server.raw("PING")).startswith(answer)
        theirs = peer.metrics()
        page = w.page()
        assert str(server.raw("PING")).startswith(answer), "all of it was seen while the server refused"
    assert theirs.value("redis_up") == 1 == page.value('redis_up{instance="victim"}')
    assert theirs.value('redis_exporter_last_scrape_error{err=""}') == 0
    assert page.value('redis_exporter_last_scrape_error{err="",instance="victim"}') == 0
    assert page.get(r'bekci_collector_success\{.*instance="victim".*\}') == 1
    name, value = metric
    for series in (page.get(name + r'\{.*instance="victim".*\}'), theirs.get(name + r"(\{.*\})?")):
        assert series == value, name
    assert page.get(r'redis_memory_used_bytes\{instance="victim"\}') > 0
    assert w.bekci.log().count("redis refuses its clients") == 1
    w.recovers()  # from not having run yet, where it had not


def serves_again(w):
    stack.wait_until(lambda: w.bekci.log().count("redis serves its clients again") == 1, 10, "and its end")
    assert w.up() == 1
    assert w.bekci.log().count("redis refuses its clients") == 1


def test_loading_is_up_as_the_peer_says_and_told_once(tmp_path, steady):
    with servers.Redis(tmp_path / "v", "enable-debug-command yes", name="victim") as victim:
        victim.cli("DEBUG", "POPULATE", 200000, "key", 50)
        victim.cli("SAVE")
        port = victim.port
    slow = ("key-load-delay 100", "loading-process-events-interval-bytes 1024")
    with Watched(tmp_path / "b", f'address: "127.0.0.1:{port}"', steady) as w:
        with servers.Redis(tmp_path / "v", *slow, "enable-debug-command yes", name="victim", port=port, wait=False) as victim:
            refuses(w, tmp_path, victim, "LOADING", ("redis_loading_dump_file", 1))
            victim.cli("CONFIG", "SET", "key-load-delay", 0)
            serves_again(w)


def test_masterdown_is_up_as_the_peer_says_and_told_once(tmp_path, steady):
    options = ("replica-serve-stale-data no", f"replicaof 127.0.0.1 {stack.free_port()}")
    with servers.Redis(tmp_path / "v", *options, name="victim") as victim:
        with Watched(tmp_path / "b", f'address: "127.0.0.1:{victim.port}"', steady) as w:
            refuses(w, tmp_path, victim, "MASTERDOWN", ("redis_master_link_up", 0))
            victim.cli("REPLICAOF", "NO", "ONE")
            serves_again(w)


def test_out_of_memory_is_told_and_is_not_down(tmp_path, steady):
    with servers.Redis(tmp_path / "v", "maxmemory-policy noeviction", name="victim") as victim:
        with Watched(tmp_path / "b", f'address: "127.0.0.1:{victim.port}"', steady) as w:
            w.recovers()
            victim.cli("CONFIG", "SET", "maxmemory", "1mb")
            assert isinstance(victim.raw("SET", "a", "x" * 100), servers.RedisError)
            page = w.page()  # it still serves readers: up, with the numbers that say why writers are refused
            assert page.value('redis_up{instance="victim"}') == 1
            assert page.get(r'redis_errors_total\{err="OOM",instance="victim"\}') >= 1
            assert page.value('redis_memory_used_bytes{instance="victim"}') > page.value('redis_memory_max_bytes{instance="victim"}')


@pytest.mark.parametrize("behave,words", [(servers.answers_garbage, "Redis protocol"), (servers.one_byte_a_second, "in time"),
                                          (servers.never_ends, "")])
def test_a_peer_that_is_no_redis(tmp_path, steady, behave, words):
    with servers.Misbehaving(behave) as peer:
        with Watched(tmp_path / "b", f'address: "127.0.0.1:{peer.port}"', steady) as w:
            w.fails(words)
            time.sleep(2.5)
            assert w.up() == 0
            assert w.changes("collector failed") == 1


def test_a_large_keyspace_is_scanned_in_slices(tmp_path, steady):
    with servers.Redis(tmp_path / "v", "enable-debug-command yes", name="victim") as victim:
        victim.cli("DEBUG", "POPULATE", 60000, "key", 10)
        victim.cli("SET", "shop:one", "7")
        options = (f'address: "127.0.0.1:{victim.port}", count_keys: ["key:*"], check_keys: ["shop:*"], '
                   "scan: {keys_per_round: 20000, batch: 500}")
        with Watched(tmp_path / "b", options, steady) as w:
            count = r'redis_keys_count\{db="db0",instance="victim",key="key:\*"\}'
            first = w.bekci.metrics("/metrics/redis/victim")
            assert first.value("redis_up") == 1
            stack.wait_until(lambda: w.page().get(count) == 60000, 15, "the whole keyspace was counted")
            assert w.page().get(r'redis_key_value\{db="db0",instance="victim",key="shop:one"\}') == 7
            slow = [entry for entry in victim.cli("SLOWLOG", "GET", 100) if entry[3][0] == "SCAN"]
            assert len(slow) <= 3, f"10 ms for 500 keys is the machine's doing, and rare: {slow}"


def test_every_accepted_difference_is_well_formed():
    assert len(accepted()) > 10
