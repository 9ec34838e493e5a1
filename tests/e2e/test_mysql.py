"""The mysql collector against real MariaDB servers: page against page beside the running prometheus-mysqld-exporter, a
replica, many digests, and what a server can do to a collector that asks it."""
# Runs alone: servers fail in it, and how soon that is seen has bounds of seconds.

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import stack
from page_comparison import Accepted, differences

sys.path.insert(0, str(pathlib.Path(__file__).parent / "servers"))
import mariadb  # noqa: E402

DIFFERENCES = pathlib.Path(__file__).with_name("mysqld_exporter_differences.txt")
# Gauges and numbers that do not move while nobody but the two collectors asks.
STILL = re.compile(
    r"mysql_(version_info|transaction_isolation|up|galera_.*|global_variables_.*|binlog_.*|mysql_.*|slave_status_.*|"
    r"info_schema_(auto_increment_.*|table_(rows|size|version)|innodb_cmp.*)|"
    r"global_status_(slaves_connected|open_streams)|heartbeat_mysql_slave_hosts_info|"
    r"perf_schema_(table_io|index_io|sql_lock|external_lock)_waits_total)")
DEADLINE = 2
INTERVAL = 3  # what fails is said in the log by the scheduled rounds
ALL_PARTS = mariadb.ALL_COLLECTORS + ["sys.user_summary", "info_schema.rocksdb_perf_context",
                                      "perf_schema.eventsstatementshistogram"]


def instance(name, server, user="mon", password="pw", directory=None, socket_=False, parts=(), more=""):
    secret = pathlib.Path(directory) / f"{name}.pw"
    secret.write_text(password + "\n")
    address = f"unix:{server.socket}" if socket_ else f"127.0.0.1:{server.port}"
    enable = ", ".join(parts)
    return (f"  - {{instance: {name}, address: \"{address}\", username: {user}, password_file: {secret}, "
            f"interval: {INTERVAL}s, deadline: {DEADLINE}s, parts: {{enable: [{enable}]}}{more}}}\n")


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    directory = tmp_path_factory.mktemp("mysql")
    with mariadb.MariaDb(directory / "primary", 1) as primary, mariadb.MariaDb(directory / "replica", 2) as replica:
        for server in (primary, replica):
            server.create_user("mon", "pw")
        mariadb.replicate(primary, replica)
        mariadb.fill_shop(primary)
        stack.wait_until(lambda: "shop" in replica.sql("SHOW DATABASES"), 20, "the shop is replicated")
        yield primary, replica


@pytest.fixture(scope="module")
def agent(servers, tmp_path_factory):
    """Both servers, with the parts that are on by default and with all of them."""
    primary, replica = servers
    directory = tmp_path_factory.mktemp("agent")
    privileges = ", mysql.user: {privileges: true}"
    config = "collectors:\n  mysql:\n" + "".join([
        instance("plain", primary, directory=directory),
        instance("full", primary, directory=directory, socket_=True, parts=ALL_PARTS, more=privileges),
        instance("replica", replica, directory=directory, parts=ALL_PARTS, more=privileges),
    ])
    with stack.Bekci(directory / "bekci", config=config) as process:
        yield process


def compare(ours, peer, again):
    left, still, families = differences(ours, peer, again, "mysql_", STILL, Accepted(DIFFERENCES))
    assert left == [], "\n".join(f"{kind} {what}" for kind, what in left)
    return still, families


def test_the_default_page_is_the_peers(servers, agent, tmp_path):
    with mariadb.MysqldExporter(tmp_path, servers[0], "mon", "pw") as exporter:
        agent.metrics("/metrics/mysql/plain"), exporter.metrics()
        still, families = compare(agent.metrics("/metrics/mysql/plain"), exporter.metrics(), agent.metrics("/metrics/mysql/plain"))
    assert still > 400 and families > 750


def test_the_page_of_all_parts_is_the_peers(servers, agent, tmp_path):
    with mariadb.MysqldExporter(tmp_path, servers[0], "mon", "pw", *mariadb.ALL_FLAGS) as exporter:
        agent.metrics("/metrics/mysql/full"), exporter.metrics()
        page = agent.metrics("/metrics/mysql/full")
        still, families = compare(page, exporter.metrics(), agent.metrics("/metrics/mysql/full"))
    assert still > 900 and families > 1100
    assert page.duplicates == []
    assert all(float(v) == 1 for s, v in page.series.items() if s.startswith("mysql_exporter_collector_success"))


def test_a_replicas_page_is_the_peers(servers, agent, tmp_path):
    with mariadb.MysqldExporter(tmp_path, servers[1], "mon", "pw", *mariadb.ALL_FLAGS) as exporter:
        agent.metrics("/metrics/mysql/replica"), exporter.metrics()
        page = agent.metrics("/metrics/mysql/replica")
        compare(page, exporter.metrics(), agent.metrics("/metrics/mysql/replica"))
    assert page.get(r'mysql_slave_status_slave_sql_running\{.*') == 1
    assert page.get(r'mysql_slave_status_gtid_slave_pos\{.*domain_id="0".*') > 0


def test_promtool_has_no_complaint_that_it_does_not_have_about_the_peer(servers, agent, tmp_path):
    with mariadb.MysqldExporter(tmp_path, servers[0], "mon", "pw", *mariadb.ALL_FLAGS) as exporter:
        theirs = set(stack.promtool_lint(stack.http(exporter.base + "/metrics").text))
    ours = set(stack.promtool_lint(agent.get("/metrics/mysql/full").text))
    assert [line for line in ours - theirs if not line.startswith(("mysql_sys_", "mysql_info_schema_innodb_tablespace",
                                                                  "mysql_slave_status_"))] == []


def test_parts_can_be_chosen_by_name(agent):
    only = agent.metrics("/metrics/mysql/full?collect[]=info_schema.processlist&collect[]=binlog_size")
    assert "mysql_binlog_files" in only.types and "mysql_info_schema_processlist_threads" in only.types
    assert not any(n.startswith("mysql_global_") for n in only.types)
    without = agent.metrics("/metrics/mysql/full?exclude[]=global_variables")
    assert "mysql_global_variables_port" not in without.types and "mysql_global_status_uptime" in without.types


def test_average_and_percentiles_of_query_time_can_be_derived(servers, agent):
    servers[0].sql("SELECT SLEEP(0.05)", "shop")
    servers[0].sql("SELECT SLEEP(0.05)", "shop")
    page = agent.metrics("/metrics/mysql/full")
    name = "mysql_info_schema_query_response_time_seconds"
    assert page.value(name + '_bucket{le="0.1"}') > page.value(name + '_bucket{le="0.01"}')
    label = r'\{.*digest_text="[^"]*SLEEP[^"]*".*\}'
    count = page.sum("mysql_perf_schema_events_statements_total" + label)
    total = page.sum("mysql_perf_schema_events_statements_seconds_total" + label)
    assert 0.045 < total / count < 0.5


def test_five_thousand_digests_are_bounded_and_nothing_is_lost(tmp_path):
    with mariadb.MariaDb(tmp_path / "server", digests=10000) as server:
        server.create_user("mon", "pw")
        server.sql("CREATE DATABASE many; USE many; CREATE TABLE t(a INT)")
        columns = [f"a AS c{i}" for i in range(5200)]
        server.sql(";\n".join(f"SELECT {c} FROM t" for c in columns), "many")
        assert int(server.sql("SELECT COUNT(*) FROM performance_schema.events_statements_summary_by_digest")) > 5000
        more = ", perf_schema.eventsstatements: {limit: 40}"
        config = "collectors:\n  mysql:\n" + instance("many", server, directory=tmp_path,
                                                      parts=["perf_schema.eventsstatements"], more=more)
        with stack.Bekci(tmp_path / "bekci", config=config) as agent:
            name = r"mysql_perf_schema_events_statements_total\{.*"
            path = "/metrics/mysql/many?collect[]=perf_schema.eventsstatements"
            begin = agent.metrics(path)
            assert len([s for s in begin.series if re.fullmatch(name, s)]) == 41
            total = "SELECT SUM(COUNT_STAR) FROM performance_schema.events_statements_summary_by_digest"
            assert 0 <= float(server.sql(total)) - begin.sum(name) <= 20
            # Other digests rise to the top; what all of them together grew by is what the server counted.
            server.sql("SELECT SLEEP(0.3) AS top0; SELECT SLEEP(0.2), 1 AS top1; SELECT SLEEP(0.2), 1, 2 AS top2", "many")
            server.sql(";\n".join(f"SELECT {c} FROM t" for c in columns[:500]), "many")
            end = agent.metrics(path)
            shown = {s for s in begin.series if re.fullmatch(name, s)}
            grown = sum(end.value(s) - begin.value(s) for s in shown & set(end.series))
            assert 500 <= grown <= 540
            assert len([s for s in end.series if re.fullmatch(name, s)]) == 41


# --- faults ---

class Faulty:
    """Two servers, and two that are none: one says nonsense, one a byte a second."""

    def __init__(self, directory):
        self.good = mariadb.MariaDb(directory / "good", 1, max_connections=mariadb.FEWEST_CONNECTIONS)
        self.bad = mariadb.MariaDb(directory / "bad", 2, max_connections=mariadb.FEWEST_CONNECTIONS)
        for server in (self.good, self.bad):
            server.create_user("mon", "pw")
        self.listeners = [self._listen(self._garbage), self._listen(self._drip)]
        garbage, drip = (s.getsockname()[1] for s in self.listeners)
        secret = directory / "x.pw"
        secret.write_text("pw")
        odd = "".join(f"  - {{instance: {n}, address: \"127.0.0.1:{p}\", username: mon, password_file: {secret}, "
                      f"interval: {INTERVAL}s, deadline: {DEADLINE}s}}\n" for n, p in (("garbage", garbage), ("drip", drip)))
        config = ("collectors:\n  mysql:\n" + instance("good", self.good, directory=directory) +
                  instance("bad", self.bad, directory=directory, parts=["engine_innodb_status"]) +
                  instance("local", self.bad, directory=directory, socket_=True) + odd)
        self.password = directory / "bad.pw"
        self.agent = stack.Bekci(directory / "bekci", config=config)

    @staticmethod
    def _listen(serve):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)

        def accept():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(peer,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener

    @staticmethod
    def _garbage(peer):
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(range(256)) * 4)

    @staticmethod
    def _drip(peer):
        greeting = b"\x4a\x00\x00\x00\x0a5.7.0\x00" + b"\x01" * 70
        with peer:
            try:
                for byte in greeting * 10:
                    peer.send(bytes([byte]))
                    time.sleep(1)
            except OSError:
                return

    def ups(self):
        begin = time.monotonic()
        answer = self.agent.get("/metrics", timeout=15)
        assert answer.status == 200
        assert stack.SANITIZED or time.monotonic() - begin < DEADLINE + 1.5
        page = stack.Page(answer.text)
        return {n: page.value(f'mysql_up{{instance="{n}"}}') for n in ("good", "bad", "local", "garbage", "drip")}

    def wait_for(self, expected, seconds=25):
        end = time.monotonic() + seconds
        while (seen := self.ups()) != expected:
            assert time.monotonic() < end, f"{seen} instead of {expected}\n{self.agent.log()[-2000:]}"

    def errors(self, name):
        """Log lines that say that the instance fails."""
        return [line for line in self.agent.log().splitlines()
                if f"instance={name}" in line.replace('"', "") and "level=warn" in line]

    def close(self):
        self.agent.stop()
        for listener in self.listeners:
            listener.close()
        for server in (self.good, self.bad):
            server.kill()


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    made = Faulty(tmp_path_factory.mktemp("faults"))
    yield made
    made.close()


UP = {"good": 1, "bad": 1, "local": 1, "garbage": 0, "drip": 0}


def fails_alone(faulty, names, begin, end, what):
    """While the fault lasts only `names` are down, each says so once; afterwards they are up again by themselves."""
    faulty.wait_for(UP)
    before = {n: len(faulty.errors(n)) for n in names}
    begin()
    try:
        expected = UP | {n: 0 for n in names}
        faulty.wait_for(expected)
        assert faulty.ups() == expected
        for name in names:
            lines = stack.wait_until(lambda: faulty.errors(name)[before[name]:], 8, f"{name} says so")
            assert len(lines) == 1, lines
            assert re.search(what, lines[0]), lines[0]
            assert "pw" not in lines[0].split("error=")[-1].split()
    finally:
        end()
    faulty.wait_for(UP)


def test_what_is_no_server_is_down_within_the_deadline_and_says_so_once(faulty):
    for _ in range(3):
        assert faulty.ups() == UP
    assert len(faulty.errors("garbage")) == 1
    assert len(faulty.errors("drip")) == 1 and "in time" in faulty.errors("drip")[0]


def test_a_killed_server(faulty):
    fails_alone(faulty, ["bad", "local"], faulty.bad.kill, faulty.bad.start, r"unavailable|refused|[Cc]an't connect|No such")


def test_a_stopped_server(faulty):
    pid = faulty.bad.pid
    fails_alone(faulty, ["bad", "local"], lambda: faulty.bad.process.popen.send_signal(signal.SIGSTOP),
                lambda: faulty.bad.process.popen.send_signal(signal.SIGCONT), "no answer in time")
    assert faulty.bad.pid == pid


def test_a_deleted_socket(faulty):
    def delete():
        mine = "SELECT id FROM information_schema.processlist WHERE user='mon' AND host='localhost'"
        rows = stack.wait_until(lambda: faulty.bad.sql(mine).split(), 5, "a connection over the socket")
        faulty.bad.socket.unlink()
        # A kept connection outlives its socket's name; a new one is needed to notice.
        for row in rows:
            faulty_sql(faulty, f"KILL {row}")


    def again():
        faulty.bad.kill()
        faulty.bad.start()

    fails_alone(faulty, ["local"], delete, again, "connect|socket")


def faulty_sql(faulty, text):
    """As root over TCP: the socket may be gone."""
    subprocess.run(["mariadb", "--no-defaults", "--protocol=tcp", "-h127.0.0.1", f"-P{faulty.bad.port}", "-uroot", "-N", "-e", text],
                   check=True, capture_output=True)


def test_a_changed_password(faulty):
    def change():
        faulty.bad.sql("SET PASSWORD FOR mon@'127.0.0.1' = PASSWORD('new')")
        for row in faulty.bad.sql("SELECT id FROM information_schema.processlist WHERE user='mon'").split():
            faulty.bad.sql(f"KILL {row}")

    # A new password is used as soon as it stands in the file.
    fails_alone(faulty, ["bad"], change, lambda: faulty.password.write_text("new"), "Access denied")


def test_a_server_without_a_free_connection(faulty):
    holders = []
    faulty.bad.sql("CREATE OR REPLACE USER holder@localhost")

    def live():
        return [h for h in holders if h.poll() is None]

    def full():
        for row in faulty.bad.sql("SELECT id FROM information_schema.processlist WHERE user='mon'").split():
            faulty.bad.sql(f"KILL {row}")
        while len(live()) < mariadb.FEWEST_CONNECTIONS:
            holders.append(subprocess.Popen(["mariadb", "--no-defaults", f"--socket={faulty.bad.socket}", "-uholder", "-e",
                                             "SELECT SLEEP(60)"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        time.sleep(0.2)
        return len(live()) == mariadb.FEWEST_CONNECTIONS

    def release():
        for holder in holders:
            holder.kill()
            holder.wait()
        # The server notices a client that is gone when it has something to say to it.
        for row in faulty.bad.sql("SELECT id FROM information_schema.processlist WHERE user='holder'").split():
            faulty.bad.sql(f"KILL {row}")

    fails_alone(faulty, ["bad", "local"], lambda: stack.wait_until(full, 15, "no connection is free"), release,
                "Too many connections")


def test_a_revoked_permission_costs_its_part_alone(faulty):
    def success():
        page = faulty.agent.metrics("/metrics/mysql/bad")
        assert page.value("mysql_up") == 1
        return {s: v for s, v in page.series.items() if s.startswith("mysql_exporter_collector_success")}

    good = success()
    assert set(good.values()) == {"1"}
    faulty.bad.sql("REVOKE PROCESS ON *.* FROM mon@'127.0.0.1'")
    # Global privileges are those of the connection's start.
    for row in faulty.bad.sql("SELECT id FROM information_schema.processlist WHERE user='mon'").split():
        faulty.bad.sql(f"KILL {row}")
    try:
        for _ in range(3):
            now = success()
        down = {s for s, v in now.items() if v == "0"}
        assert 'mysql_exporter_collector_success{collector="collect.engine_innodb_status"}' in down
        assert 'mysql_exporter_collector_success{collector="collect.global_status"}' not in down
        said = [l for l in faulty.agent.log().splitlines() if "engine_innodb_status" in l and "level=warn" in l]
        assert len(said) == 1 and "PROCESS" in said[0]
    finally:
        faulty.bad.sql("GRANT PROCESS ON *.* TO mon@'127.0.0.1'")
    for row in faulty.bad.sql("SELECT id FROM information_schema.processlist WHERE user='mon'").split():
        faulty.bad.sql(f"KILL {row}")
    assert set(success().values()) == {"1"}


def test_a_statement_that_takes_too_long_costs_its_part_alone(faulty, tmp_path):
    """SHOW GLOBAL STATUS answers, a query on a locked table does not: the server ends it, the rest of the page is there."""
    faulty.good.sql("CREATE DATABASE IF NOT EXISTS heartbeat; CREATE OR REPLACE TABLE heartbeat.heartbeat("
                    "ts VARCHAR(26) NOT NULL, server_id INT UNSIGNED NOT NULL PRIMARY KEY);"
                    "INSERT INTO heartbeat.heartbeat VALUES (NOW(6), 1)")
    more = ", statement_timeout: 500ms"
    config = "collectors:\n  mysql:\n" + instance("slow", faulty.good, directory=tmp_path, parts=["heartbeat"], more=more)
    with stack.Bekci(tmp_path / "bekci", config=config) as agent:
        page = agent.metrics("/metrics/mysql/slow")
        assert "mysql_heartbeat_stored_timestamp_seconds" in page.types
        with subprocess.Popen(["mariadb", "--no-defaults", f"--socket={faulty.good.socket}", "-uroot", "-e",
                               "LOCK TABLES heartbeat.heartbeat WRITE; SELECT SLEEP(30)"]) as locker:
            try:
                stack.wait_until(lambda: "SLEEP" in faulty.good.sql("SHOW PROCESSLIST"), 5, "the table is locked")
                page = agent.metrics("/metrics/mysql/slow")
                assert page.value("mysql_up") == 1 and page.value("mysql_global_status_uptime") > 0
                assert page.value('mysql_exporter_collector_success{collector="collect.heartbeat"}') == 0
                assert page.value("bekci_mysql_connections_total") == 1
            finally:
                locker.kill()

        def recovered():
            return "mysql_heartbeat_stored_timestamp_seconds" in agent.metrics("/metrics/mysql/slow").types

        for row in faulty.good.sql("SELECT id FROM information_schema.processlist WHERE info LIKE '%SLEEP(30)%'"
                                   " AND id != CONNECTION_ID()").split():
            faulty.good.sql(f"KILL {row}")
        stack.wait_until(recovered, 10, "the part works again")


def test_tls_and_a_defaults_file(tmp_path):
    """The server takes TLS only. The right authority is believed, another is not; the login stands in a defaults file."""
    for name in ("ca", "other"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                        "-keyout", tmp_path / f"{name}.key", "-out", tmp_path / f"{name}.pem"], check=True, capture_output=True)
    (tmp_path / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", tmp_path / "s.key",
                    "-out", tmp_path / "s.csr"], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", tmp_path / "s.csr", "-CA", tmp_path / "ca.pem", "-CAkey", tmp_path / "ca.key",
                    "-CAcreateserial", "-days", "2", "-extfile", tmp_path / "ext", "-out", tmp_path / "s.pem"],
                   check=True, capture_output=True)
    (tmp_path / "s.key").chmod(0o644)
    secure = f"ssl_cert={tmp_path / 's.pem'}\nssl_key={tmp_path / 's.key'}\nrequire_secure_transport=ON\n"
    with mariadb.MariaDb(tmp_path / "server", more=secure) as server:
        server.create_user("mon", "p#w \\ 'x")
        cnf = tmp_path / "my.cnf"
        cnf.write_text("[client]\nuser=nobody\n[client.shop]\nuser = mon\npassword = \"p#w \\\\ 'x\"\nhost=localhost\n"
                       f"port={server.port}\n")
        config = "collectors:\n  mysql:\n" + "".join(
            f"  - {{instance: {name}, defaults_file: {cnf}, defaults_group: client.shop{tls}}}\n" for name, tls in (
                ("verified", f", tls: {{ca_file: {tmp_path / 'ca.pem'}}}"),
                ("stranger", f", tls: {{ca_file: {tmp_path / 'other.pem'}}}"),
                ("unchecked", ", tls: {insecure_skip_verify: true}"),
                ("plain", "")))
        with stack.Bekci(tmp_path / "bekci", config=config) as agent:
            page = agent.metrics()
            ups = {n: page.get(f'mysql_up{{instance="{n}"}}'.replace("{", r"\{").replace("}", r"\}"))
                   for n in ("verified", "stranger", "unchecked", "plain")}
            assert ups == {"verified": 1, "stranger": 0, "unchecked": 1, "plain": 0}
            log = agent.log()
        assert "p#w" not in log and re.search(r"instance=stranger .*(certificate|TLS|SSL)", log)


def test_without_the_client_library_only_mysql_fails_and_the_package_is_named(tmp_path):
    (tmp_path / "libmariadb.so.3").write_text("not a library\n")
    (tmp_path / "pw").write_text("pw\n")
    config = (f"collectors:\n  host: {{}}\n  mysql: [{{instance: db, address: '127.0.0.1:{stack.free_port()}', username: mon, "
              f"password_file: {tmp_path / 'pw'}, interval: 1s}}]\n")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path)}
    with stack.Bekci(tmp_path / "bekci", config=config, env=environment) as agent:
        stack.wait_until(lambda: "is the package libmariadb3 installed?" in agent.log(), 10, "the package is named")
        page = agent.metrics()
        assert page.value("mysql_up") == 0
        assert page.get(r'bekci_collector_success\{collector="host".*\}') == 1
        # Only the worker has the library's name in mind; the core has loaded neither this nor systemd's.
        loaded = pathlib.Path(f"/proc/{agent.pid}/maps").read_text()
        assert "libmariadb" not in loaded and "libsystemd" not in loaded
