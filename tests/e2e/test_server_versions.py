"""The mysql and redis collectors on versions that this Debian does not have, each beside the newest exporters that run: every
part works or the server lacks its subject, the log has no complaint, and what differs from the exporters is accepted with a
reason. Downloads some 300 MB once, so it belongs to tests/run --deep; BEKCI_OTHER_VERSIONS=1 runs it anywhere."""

import contextlib
import lzma
import os
import pathlib
import re

import pytest

import stack
import test_mysql
import test_redis
from page_comparison import Accepted, differences
from servers import databases, mariadb, other_versions, redis

pytestmark = pytest.mark.skipif(stack.SANITIZER != "address" and "BEKCI_OTHER_VERSIONS" not in os.environ,
                                reason="downloads servers: tests/run --deep, or with BEKCI_OTHER_VERSIONS=1")

HERE = pathlib.Path(__file__).parent
MYSQLD_DIFFERENCES = HERE / "mysqld_exporter_newest_differences.txt"
REDIS_DIFFERENCES = HERE / "redis_exporter_newest_differences.txt"

# Families that a server of that version must have: its own dialect was understood.
FAMILIES = {
    "mysql-5.6": ["mysql_perf_schema_events_statements_seconds_total", "mysql_info_schema_innodb_metrics_lock_lock_deadlocks_total",
                  "mysql_info_schema_table_rows", "mysql_heartbeat_mysql_slave_hosts_info", "mysql_binlog_files"],
    **dict.fromkeys(("mysql-8.0", "mysql-8.4", "mysql-9"), [
                "mysql_perf_schema_events_statements_latency", "mysql_perf_schema_events_statements_cpu_time_seconds_total",
                "mysql_perf_schema_replication_group_member_info", "mysql_perf_schema_transactions_in_queue", "mysql_binlog_files",
                "mysql_info_schema_innodb_tablespace_file_size_bytes", "mysql_perf_schema_memory_events_used_bytes",
                "mysql_sys_statements_total", "mysql_heartbeat_mysql_slave_hosts_info",
                "bekci_mysql_statement_duration_seconds"]),
    "mysql-5.7": ["mysql_perf_schema_events_statements_seconds_total", "mysql_perf_schema_memory_events_used_bytes",
                  "mysql_info_schema_innodb_tablespace_file_size_bytes", "mysql_sys_statements_total", "mysql_binlog_files",
                  "mysql_heartbeat_mysql_slave_hosts_info"],
    **dict.fromkeys(("mariadb-10.1", "mariadb-10.3"), [
        "mysql_info_schema_query_response_time_seconds", "mysql_info_schema_user_statistics_rows_read_total",
        "mysql_perf_schema_events_statements_seconds_total", "mysql_binlog_files"]),
    "mariadb-10.5": ["mysql_info_schema_query_response_time_seconds", "mysql_info_schema_user_statistics_rows_read_total",
                     "mysql_info_schema_innodb_tablespace_file_size_bytes", "mysql_perf_schema_memory_events_used_bytes"],
    "mariadb-11.8": ["mysql_info_schema_query_response_time_seconds", "mysql_info_schema_user_statistics_key_read_hits",
                     "mysql_info_schema_rocksdb_perf_context_block_read_count", "mysql_sys_statements_total",
                     "mysql_info_schema_innodb_tablespace_file_size_bytes", "mysql_perf_schema_memory_events_used_bytes"],
    "installed": ["mysql_sys_statements_total", "mysql_info_schema_query_response_time_seconds"],
}
# The parts whose subject a server of that version does not have, as it says itself.
NEVER = {"engine_tokudb_status", "info_schema.replica_host"}
STATISTICS = {"info_schema.clientstats", "info_schema.schemastats", "info_schema.tablestats", "info_schema.userstats",
              "info_schema.query_response_time", "info_schema.rocksdb_perf_context"}  # of MariaDB's plug-ins
OF_MYSQL = {"perf_schema.eventsstatementshistogram", "perf_schema.replication_applier_status_by_worker",
            "perf_schema.replication_group_member_stats", "perf_schema.replication_group_members"}
LACKS = {
    "mysql-5.7": NEVER | STATISTICS | {"perf_schema.eventsstatementshistogram",
                                       "perf_schema.replication_applier_status_by_worker"},
    "mariadb-10.1": NEVER | OF_MYSQL | {"info_schema.innodb_tablespaces", "info_schema.rocksdb_perf_context",
                                        "perf_schema.memory_events", "sys.user_summary"},
    "mariadb-10.3": NEVER | OF_MYSQL | {"info_schema.rocksdb_perf_context", "perf_schema.memory_events", "sys.user_summary"},
    "mysql-5.6": NEVER | STATISTICS | OF_MYSQL | {"info_schema.innodb_tablespaces", "perf_schema.memory_events",
                                                  "sys.user_summary"},
    **dict.fromkeys(("mysql-8.0", "mysql-8.4", "mysql-9"), NEVER | STATISTICS),
    "mariadb-10.5": NEVER | OF_MYSQL | {"info_schema.rocksdb_perf_context", "sys.user_summary"},
    "mariadb-11.8": NEVER | OF_MYSQL,
    "installed": NEVER | OF_MYSQL | {"info_schema.rocksdb_perf_context"},
}
OLD_TLS = {"mysql-5.6", "mariadb-10.1", "mariadb-10.3"}  # built with what cannot read the keys made here
HEARTBEAT = """CREATE DATABASE heartbeat; USE heartbeat; CREATE TABLE heartbeat(ts VARCHAR(26) NOT NULL, server_id INT UNSIGNED
PRIMARY KEY); INSERT INTO heartbeat VALUES(NOW(6), 1);"""
SLOW = "SET GLOBAL slow_query_log=1; SET GLOBAL long_query_time=0.05; SET long_query_time=0.05; SELECT SLEEP(0.1)"
# A group of one: replication_group_members and _member_stats have a row.
GROUP = """INSTALL PLUGIN group_replication SONAME 'group_replication.so';
SET GLOBAL group_replication_group_name='aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';
SET GLOBAL group_replication_local_address='127.0.0.1:{port}'; SET GLOBAL group_replication_bootstrap_group=ON;
START GROUP_REPLICATION; SET GLOBAL group_replication_bootstrap_group=OFF"""
ROCKSDB = """SET GLOBAL rocksdb_perf_context_level=3; SET rocksdb_perf_context_level=3; CREATE TABLE shop.rocks(id INT PRIMARY KEY,
v INT) ENGINE=RocksDB; INSERT INTO shop.rocks VALUES (1,1),(2,2); SELECT * FROM shop.rocks WHERE id=2"""


def complaints(agent):
    return [line for line in agent.log().splitlines() if re.search(r"level=(warn|error)", line)]


def lacking_parts(agent, instance):
    """The parts of the instance that said their server has no such thing."""
    lines = [line for line in agent.log().splitlines() if "has nothing to report" in line and "no such thing" in line]
    return {re.search(r" part=(\S+)", line)[1] for line in lines if instance in line}


def failed_parts(page):
    return [s for s, v in page.series.items() if s.startswith("mysql_exporter_collector_success") and float(v) != 1]


def mysql_instance(name, address, directory, user="mon", password="pw", more=""):
    secret = pathlib.Path(directory) / f"{name}.pw"
    secret.write_text(password + "\n")
    return (f"  - {{instance: {name}, address: \"{address}\", username: {user}, password_file: {secret}, interval: 1m, "
            f"deadline: 12s, statement_timeout: 10s{more}}}\n")


ALL = f", parts: {{enable: [{', '.join(test_mysql.ALL_PARTS)}]}}, mysql.user: {{privileges: true}}"


class Databases:
    """A primary and its replica of one release with something of everything, and bekci with all parts on both."""

    def __init__(self, name, directory, cleanup):
        start = cleanup.enter_context
        self.name = name
        release = mariadb.INSTALLED if name == "installed" else databases.release(name)
        self.certificates = redis.Certificates(directory / "tls")
        tls = "" if name in OLD_TLS else (f"ssl_ca={self.certificates.ca}\nssl_cert={self.certificates.cert}\n"
                                             f"ssl_key={self.certificates.key}")
        self.primary = start(mariadb.MariaDb(directory / "primary", 1, release=release, more=tls))
        self.replica = start(mariadb.MariaDb(directory / "replica", 2, release=release))
        for server in (self.primary, self.replica):
            server.create_user("mon", "pw")
        mariadb.replicate(self.primary, self.replica)
        self._fill()
        config = "collectors:\n  mysql:\n" + "".join([
            mysql_instance("plain", f"127.0.0.1:{self.primary.port}", directory),
            mysql_instance("full", f"unix:{self.primary.socket}", directory, more=ALL),
            mysql_instance("replica", f"127.0.0.1:{self.replica.port}", directory, more=ALL)])
        self.agent = start(stack.Bekci(directory / "bekci", "--log.level=debug", config=config))

    def _fill(self):
        mariadb.fill_shop(self.primary)
        self.primary.sql(HEARTBEAT)
        self.primary.sql(SLOW)
        self.primary.sql("ANALYZE TABLE customers, orders, small", "shop")  # sizes that stand still
        if isinstance(self.primary.release, databases.MySql8):
            self.primary.sql(GROUP.format(port=stack.free_port()))
        if self.name == "mariadb-11.8":
            self.primary.sql("SET sql_log_bin=0;" + ROCKSDB)
        stack.wait_until(lambda: "heartbeat" in self.replica.sql("SHOW DATABASES"), 60, "the replica has followed")

    def page(self, instance):
        return self.agent.metrics(f"/metrics/mysql/{instance}")


NAMES = tuple(databases.RELEASES) + ("installed",)


@pytest.fixture(scope="module", params=NAMES)
def world(request, tmp_path_factory):
    with contextlib.ExitStack() as cleanup:
        yield Databases(request.param, tmp_path_factory.mktemp(request.param), cleanup)


def test_every_part_of_the_mysql_collector_works_or_the_server_lacks_its_subject(world):
    for instance in ("plain", "full", "replica"):
        page = world.page(instance)
        assert page.value("mysql_up") == 1
        assert page.value("mysql_exporter_last_scrape_error") == 0
        assert failed_parts(page) == []
        assert page.duplicates == []
    full = world.page("full")
    assert [f for f in FAMILIES[world.name] if f not in full.types] == []
    assert full.get(r'mysql_heartbeat_stored_timestamp_seconds\{server_id="1"\}', 0) > 1.7e9
    assert full.value("mysql_global_status_slow_queries") >= 1
    assert lacking_parts(world.agent, str(world.primary.socket)) == LACKS[world.name]
    # What is lacking is no complaint; that a warning would be seen is known from test_mysql.py.
    assert complaints(world.agent) == []


def test_a_replica_shows_its_state_under_the_names_that_rules_know(world):
    page = world.page("replica")
    labels = r"\{.*master_host=\"127\.0\.0\.1\".*\}"
    for name in ("slave_io_running", "slave_sql_running", "master_port", "read_master_log_pos", "exec_master_log_pos"):
        assert page.get(f"mysql_slave_status_{name}" + labels, 0) >= 1, name
    assert page.get("mysql_slave_status_seconds_behind_master" + labels, -1) >= 0
    assert "mysql_slave_status_slave_io_running" not in world.page("full").types


@pytest.mark.parametrize("instance,exporter", [("full", "mysqld_exporter"), ("replica", "mysqld_exporter"),
                                               ("full", "mysqld_exporter-0.17")])
def test_the_page_is_that_of_the_newest_mysqld_exporters(world, instance, exporter, tmp_path):
    server = world.replica if instance == "replica" else world.primary
    program = other_versions.get(exporter).path("prometheus-mysqld-exporter")
    known = set(re.findall(r"--(?:\[no-\])?(collect\.[a-z_.]+)", stack.output(program, "--help")))
    wanted = mariadb.ALL_FLAGS + ["--collect.sys.user_summary", "--collect.info_schema.rocksdb_perf_context"]
    flags = [flag for flag in wanted if flag[2:] in known]
    assert len(flags) > 30
    with mariadb.MysqldExporter(tmp_path, server, "mon", "pw", *flags, program=program) as peer:
        world.page(instance), peer.metrics()
        ours, theirs, again = world.page(instance), peer.metrics(), world.page(instance)
        lint = set(stack.promtool_lint(world.agent.get(f"/metrics/mysql/{instance}", timeout=60).text))
        their_lint = set(stack.promtool_lint(stack.http(peer.base + "/metrics", timeout=60).text))
    assert theirs.value("mysql_up") == 1
    left, still, _ = differences(ours, theirs, again, "mysql_", test_mysql.STILL, Accepted(MYSQLD_DIFFERENCES))
    assert left == [], "\n".join(f"{kind} {what}" for kind, what in left)
    assert still > 400
    # Names that are the exporter's own, on servers where it does not get that far.
    theirs_by_name = ("mysql_slave_status_", "mysql_info_schema_innodb_", "mysql_info_schema_rocksdb_perf_context_",
                      "mysql_perf_schema_events_statements_sum_")
    assert [line for line in lint - their_lint if not line.startswith(theirs_by_name)] == []


# --- login to MySQL 8 and later, of which 9 knows only caching_sha2_password and plug-ins ---

def test_mysql_8_and_later_let_bekci_in_by_every_way_the_readme_names(world, tmp_path):
    if not isinstance(world.primary.release, databases.MySql8):
        pytest.skip("caching_sha2_password is MySQL's, from 8.0 on")
    primary, port = world.primary, world.primary.port
    grants = "GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO"
    # Accounts that nobody has used yet: the server has nothing cached, so each way has to show it the whole password.
    for name, host in (("by_socket", "localhost"), ("by_tls", "127.0.0.1"), ("by_key", "127.0.0.1")):
        primary.sql(f"CREATE USER '{name}'@'{host}' IDENTIFIED BY 'sesame' WITH MAX_USER_CONNECTIONS 3; {grants} '{name}'@'{host}'")
    primary.sql(f"""INSTALL PLUGIN auth_socket SONAME 'auth_socket.so';
        CREATE USER 'bekci'@'localhost' IDENTIFIED WITH auth_socket AS '{mariadb.user()}'; {grants} 'bekci'@'localhost'""")
    tls = f", tls: {{ca_file: {world.certificates.ca}}}"
    config = "collectors:\n  mysql:\n" + "".join([
        mysql_instance("by_socket", f"unix:{primary.socket}", tmp_path, "by_socket", "sesame"),
        mysql_instance("by_tls", f"127.0.0.1:{port}", tmp_path, "by_tls", "sesame", tls),
        mysql_instance("by_key", f"127.0.0.1:{port}", tmp_path, "by_key", "sesame"),
        mysql_instance("wrong", f"127.0.0.1:{port}", tmp_path, "by_key", "open"),
        f"  - {{instance: no_password, address: \"unix:{primary.socket}\", username: bekci, deadline: 12s, interval: 1m}}\n"])
    with stack.Bekci(tmp_path / "bekci", config=config) as agent:
        for name in ("by_socket", "by_tls", "by_key", "no_password"):
            page = agent.metrics(f"/metrics/mysql/{name}")
            assert page.value("mysql_up") == 1, (name, complaints(agent))
            assert failed_parts(page) == []
        assert agent.metrics("/metrics/mysql/wrong").value("mysql_up") == 0
        assert all("instance=wrong" in line and "Access denied" in line for line in complaints(agent)), complaints(agent)


# --- Redis and Valkey ---

REDIS_NAMES = ("redis-5.0", "redis-6.0", "redis-8.0", "valkey-8.1", "valkey-9", "installed")
ROLES = ("primary", "replica", "node", "sentinel")


class Caches:
    """A primary, its replica, a cluster of one node and a sentinel, and bekci on all of them."""

    def __init__(self, name, directory, cleanup):
        start = cleanup.enter_context
        self.name, self.directory = name, directory
        program = ["redis-server"] if name == "installed" else other_versions.get(name).argv(name.partition("-")[0] + "-server")
        new = name not in ("redis-5.0", "redis-6.0")  # its settings of debug commands and cluster ports are those of Redis 7

        def server(role, *config, **more):
            return start(redis.Redis(directory / role, *config, name=role, program=program, **more))

        self.primary = server("primary", *(["enable-debug-command yes"] if new else []))
        test_redis.fill(self.primary)
        self.primary.cli("CONFIG", "SET", "latency-monitor-threshold", 10000)  # from here on its spikes stand still
        self.node = server("node", "cluster-enabled yes", *([f"cluster-port {stack.free_port()}"] if new else []))
        self.node.cli("CLUSTER", "ADDSLOTS", *range(16384))
        self.replica = server("replica", f"replicaof 127.0.0.1 {self.primary.port}")
        self.sentinel = server("sentinel", f"sentinel monitor shop 127.0.0.1 {self.primary.port} 1", sentinel=True)
        self._settle()
        keys = "".join(f", {k}: [{', '.join(chr(34) + p + chr(34) for p in v.split(','))}]" for k, v in test_redis.KEYS.items())
        all_ = f", modules: true, clients: true, config_metrics: true, system_metrics: true{keys}"
        config = "collectors:\n  redis:\n" + "".join(
            f"  - {{instance: {role}, address: \"127.0.0.1:{getattr(self, role).port}\"{all_ if role == 'primary' else ''}}}\n"
            for role in ROLES)
        self.agent = start(stack.Bekci(directory / "bekci", config=config))

    def _settle(self):
        until = stack.wait_until
        until(lambda: "master_link_status:up" in self.replica.cli("INFO", "replication"), 60, "the replica follows")
        until(lambda: "state=online,offset" in self.primary.cli("INFO", "replication"), 60, "the replica is online")
        until(lambda: "slaves=1" in self.sentinel.cli("INFO", "sentinel"), 60, "the sentinel knows the replica")
        until(lambda: self.node.cli("CLUSTER", "INFO").startswith("cluster_state:ok"), 60, "the cluster is whole")

    def page(self, role):
        return self.agent.metrics(f"/metrics/redis/{role}")


@pytest.fixture(scope="module", params=REDIS_NAMES)
def caches(request, tmp_path_factory):
    with contextlib.ExitStack() as cleanup:
        yield Caches(request.param, tmp_path_factory.mktemp(request.param), cleanup)


@pytest.mark.parametrize("role", ROLES)
def test_every_part_of_the_redis_collector_works(caches, role):
    page = caches.page(role)
    assert page.value("redis_up") == 1
    assert page.get(r'redis_exporter_last_scrape_error\{.*') == 0
    assert page.duplicates == []
    if role == "primary":
        assert page.get(r'redis_key_value\{db="db0",key="shop:a"\}') == 12.5
        assert page.get(r'redis_stream_length\{db="db0",stream="st"\}') == 2
        assert page.value("redis_slowlog_length") >= 1
        assert page.sum(r"redis_connected_slave_lag_seconds\{.*") >= 0 and page.value("redis_connected_slaves") == 1
    if role == "node":
        assert page.value("redis_cluster_state") == 1 and page.value("redis_cluster_slots_ok") == 16384
    assert complaints(caches.agent) == []


@pytest.mark.parametrize("role", ROLES)
def test_the_page_is_that_of_the_newest_redis_exporter(caches, role, tmp_path):
    flags = ["-export-client-list", "-include-config-metrics", "-include-modules-metrics", "-include-system-metrics"]
    flags += [f"-{k.replace('_', '-')}={v}" for k, v in test_redis.KEYS.items()]
    program = other_versions.get("redis_exporter").path("prometheus-redis-exporter")
    with redis.RedisExporter(tmp_path, f"redis://127.0.0.1:{getattr(caches, role).port}",
                             *(flags if role == "primary" else []), program=program) as peer:
        for _ in range(2):  # both warm, and the commands of each already counted
            caches.page(role), peer.metrics()
        ours, theirs, again = caches.page(role), peer.metrics(), caches.page(role)
        lint = set(stack.promtool_lint(caches.agent.get(f"/metrics/redis/{role}").text))
        their_lint = set(stack.promtool_lint(stack.http(peer.base + "/metrics").text))
    assert theirs.value("redis_up") == 1
    left, still, _ = differences(ours, theirs, again, "redis_", test_redis.STILL, Accepted(REDIS_DIFFERENCES), slack=1e6)
    assert left == [], "\n".join(f"{kind} {what}" for kind, what in left)
    assert still > 20
    assert lint - their_lint == set()


# --- the tool that fetches them ---

def test_what_cannot_be_fetched_is_said_and_what_is_not_what_it_should_be_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(other_versions, "CACHE", tmp_path / "empty")
    nowhere = other_versions.DEBIAN._replace(mirror=f"http://127.0.0.1:{stack.free_port()}")
    for name in ("redis-8.0", "valkey-8.1"):
        monkeypatch.setitem(other_versions.PEERS, name, other_versions.PEERS[name]._replace(archive=nowhere))
    with pytest.raises(other_versions.Unavailable, match="refused"):
        other_versions.unpack("redis-8.0")
    with pytest.raises(pytest.skip.Exception, match="redis-8.0: .*refused"):
        other_versions.get("redis-8.0")
    file = tmp_path / "file"
    file.write_text("something else")
    with pytest.raises(AssertionError, match="its index says"):
        other_versions._download(file.as_uri(), tmp_path / "to", "0" * 64)
    # A suite that has gone on to another series, and one that has lost the package.
    monkeypatch.setattr(other_versions.Index, "_fetch", lambda *_: [tmp_path / "Packages.xz"])
    (tmp_path / "Packages.xz").write_bytes(lzma.compress(b"Package: redis-server\nVersion: 5:9.2-1\n\n"))
    with pytest.raises(other_versions.Unavailable, match="trixie has redis-server 9.2-1 now, no 8.0.x"):
        other_versions.unpack("redis-8.0")
    with pytest.raises(other_versions.Unavailable, match="trixie has no package valkey-server"):
        other_versions.unpack("valkey-8.1")


def test_an_index_that_its_archive_has_not_signed_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(other_versions, "CACHE", tmp_path / "cache")
    release = tmp_path / "dists/trixie/InRelease"
    release.parent.mkdir(parents=True)
    release.write_text("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSHA256:\n " + "0" * 64 +
                       " 1 main/binary-amd64/Packages.xz\n-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n")
    here = other_versions.DEBIAN._replace(mirror=tmp_path.as_uri())
    peer = other_versions.PEERS["redis-8.0"]
    monkeypatch.setitem(other_versions.PEERS, "redis-8.0", peer._replace(archive=here))
    with pytest.raises(other_versions.Unavailable, match="gpgv"):
        other_versions.unpack("redis-8.0")
    # Nor are keys that are not those known here.
    (tmp_path / "keys.deb").write_text("a package")
    stranger = here._replace(keyring="keys.deb", keyring_sha256=other_versions.UBUNTU.keyring_sha256)
    monkeypatch.setitem(other_versions.PEERS, "redis-8.0", peer._replace(archive=stranger))
    with pytest.raises(AssertionError, match="keys.deb has SHA256"):
        other_versions.unpack("redis-8.0")
