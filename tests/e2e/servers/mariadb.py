"""Real MariaDB servers for tests and benches: each with a data directory of its own below the given directory, on a free
port of 127.0.0.1 and on a unix socket, ended by process id. A server is made once as a template and copied, since
mariadb-install-db takes seconds."""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import stack  # noqa: E402

CONFIG = """[mysqld]
user={user}
datadir={directory}/data
socket={socket}
pid-file={directory}/mysqld.pid
bind-address=127.0.0.1
port={port}
server_id={server_id}
skip-name-resolve
skip-log-warnings
performance_schema=ON
performance-schema-instrument='%=ON'
performance-schema-consumer-events-statements-current=ON
performance_schema_digests_size={digests}
innodb_buffer_pool_size=24M
innodb_log_file_size=8M
innodb_flush_log_at_trx_commit=0
innodb_monitor_enable=all
key_buffer_size=1M
max_connections={max_connections}
log_bin={directory}/binlog
userstat=ON
plugin_load_add=query_response_time
query_response_time_stats=ON
{more}
"""

FEWEST_CONNECTIONS = 10  # MariaDB takes no smaller max_connections

# What the README asks an operator to grant, and REPLICATION MASTER ADMIN for slave_hosts.
GRANTS = "PROCESS, BINLOG MONITOR, SLAVE MONITOR, REPLICATION MASTER ADMIN, SELECT"


def _install(directory):
    """Tried again when it fails: under load about one in twenty of Debian's servers (10.11) that mariadb-install-db starts
    crashes on its way out, by a null pointer of its own that has nothing to do with what is tested."""
    for attempt in (1, 2, 3):
        shutil.rmtree(directory, ignore_errors=True)
        result = subprocess.run(["mariadb-install-db", "--no-defaults", f"--user={_user()}", f"--datadir={directory}",
                                 "--auth-root-authentication-method=normal", "--skip-test-db"], capture_output=True,
                                text=True, check=False)
        if result.returncode == 0:
            return
    raise AssertionError(f"mariadb-install-db failed {attempt} times:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")


def _user():
    return pwd.getpwuid(os.getuid()).pw_name


_template = None


def _fresh_data(directory):
    """A new data directory, copied from the one that mariadb-install-db made for this test session."""
    global _template
    if _template is None:
        _template = pathlib.Path(tempfile.mkdtemp(prefix="bekci-mariadb-"))
        import atexit
        atexit.register(shutil.rmtree, _template, ignore_errors=True)
        _install(_template / "data")
    shutil.copytree(_template / "data", directory, symlinks=True)


class MariaDb:
    """A server that can be stopped, started again and asked as root."""

    def __init__(self, directory, server_id=1, digests=5000, max_connections=100, more="", port=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = port or stack.free_port()
        # A unix socket's path has at most 107 bytes, which pytest's directories can exceed.
        self._socket_directory = pathlib.Path(tempfile.mkdtemp(prefix="bekci-my-"))
        self.socket = self._socket_directory / "mysqld.sock"
        (self.directory / "my.cnf").write_text(
            CONFIG.format(user=_user(), directory=self.directory, socket=self.socket, port=self.port, more=more,
                          server_id=server_id, digests=digests, max_connections=max_connections))
        if not (self.directory / "data").exists():
            _fresh_data(self.directory / "data")
        self.process = None
        self.start()

    def start(self):
        self.process = stack.Process(["mariadbd", f"--defaults-file={self.directory / 'my.cnf'}"], self.directory, "mariadb")
        stack.wait_until(self.answers, 40, f"MariaDB on port {self.port}")

    def answers(self):
        assert self.process.alive(), self.process.log()[-3000:]
        with contextlib.suppress(subprocess.CalledProcessError):
            return self.sql("SELECT 1") == "1"
        return False

    def sql(self, text, database=""):
        """Runs statements as root over the socket; the answer's rows, tab separated, without the last line end."""
        argv = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "-N", "-B"]
        if database:
            argv.append(f"--database={database}")
        return subprocess.run(argv, input=text, check=True, capture_output=True, text=True).stdout.rstrip("\n")

    def create_user(self, name, password, grants=GRANTS):
        password = password.replace("\\", "\\\\").replace("'", "\\'")
        self.sql(f"SET sql_log_bin=0; CREATE OR REPLACE USER '{name}'@'127.0.0.1' IDENTIFIED BY '{password}';"
                 f"CREATE OR REPLACE USER '{name}'@'localhost' IDENTIFIED BY '{password}';"
                 f"GRANT {grants} ON *.* TO '{name}'@'127.0.0.1', '{name}'@'localhost'")
        # Over TCP, for tests that delete the socket.
        self.sql("SET sql_log_bin=0; CREATE USER IF NOT EXISTS root@'127.0.0.1';"
                 "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION")

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        self.process.popen.kill()
        self.process.popen.wait()

    def stop(self):
        if self.process is not None and self.process.alive():
            self.process.stop(seconds=40)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.alive():
            self.kill()
        shutil.rmtree(self._socket_directory, ignore_errors=True)


SHOP = """
CREATE DATABASE IF NOT EXISTS shop; USE shop;
CREATE TABLE customers(id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, email VARCHAR(80) NOT NULL, UNIQUE KEY(email)) ENGINE=InnoDB;
CREATE TABLE orders(id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL, total INT NOT NULL, KEY(customer_id)) ENGINE=InnoDB;
CREATE TABLE small(id TINYINT AUTO_INCREMENT PRIMARY KEY, v INT) ENGINE=InnoDB;
CREATE TABLE sessions(id CHAR(32) PRIMARY KEY, data BLOB) ENGINE=MyISAM;
CREATE VIEW big_orders AS SELECT * FROM orders WHERE total > 1000;
INSERT INTO customers(email) SELECT CONCAT('c',seq,'@example.test') FROM seq_1_to_500;
INSERT INTO orders(customer_id,total) SELECT 1+(seq*7)%500, seq%2000 FROM seq_1_to_2000;
INSERT INTO small(v) SELECT seq FROM seq_1_to_100;
SELECT COUNT(*) FROM orders WHERE customer_id=7;
SELECT COUNT(*) FROM orders o JOIN customers c ON c.id=o.customer_id WHERE o.total>1500;
"""


def fill_shop(server):
    server.sql(SHOP)


def replicate(primary, replica, connection=""):
    """Makes `replica` follow `primary` by GTID; `connection` names one of several sources."""
    primary.sql("SET sql_log_bin=0; CREATE OR REPLACE USER repl@'127.0.0.1' IDENTIFIED BY 'repl';"
                "GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1'")
    name = f"'{connection}'" if connection else ""
    replica.sql(f"CHANGE MASTER {name} TO master_host='127.0.0.1', master_port={primary.port}, master_user='repl',"
                f"master_password='repl', master_use_gtid=slave_pos; START SLAVE {name}")
    stack.wait_until(lambda: "\tYes\tYes\t" in replica.sql("SHOW ALL SLAVES STATUS"), 20, "replication runs")


class MysqldExporter(stack.Process):
    """The real peer, logged in as the given user."""

    def __init__(self, directory, server, user, password, *flags):
        self.port = stack.free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        cnf = pathlib.Path(directory) / "exporter.cnf"
        cnf.write_text(f"[client]\nuser={user}\npassword={password}\nhost=127.0.0.1\nport={server.port}\n")
        super().__init__(["prometheus-mysqld-exporter", f"--config.my-cnf={cnf}",
                          f"--web.listen-address=127.0.0.1:{self.port}", *flags], directory, "mysqld_exporter")

        def up():
            with contextlib.suppress(OSError):
                return stack.http(self.base + "/").status == 200
            return False

        stack.wait_until(up, 20, "mysqld_exporter up")

    def metrics(self):
        return stack.Page(stack.http(self.base + "/metrics").text)


# Every collector of mysqld_exporter 0.14.
ALL_COLLECTORS = [
    "global_status", "global_variables", "slave_status", "info_schema.processlist", "mysql.user", "info_schema.tables",
    "perf_schema.eventsstatementssum", "perf_schema.eventswaits", "auto_increment.columns", "binlog_size",
    "perf_schema.tableiowaits", "perf_schema.indexiowaits", "perf_schema.tablelocks", "perf_schema.eventsstatements",
    "info_schema.userstats", "info_schema.clientstats", "perf_schema.file_events", "perf_schema.file_instances",
    "perf_schema.memory_events", "perf_schema.replication_group_members", "perf_schema.replication_group_member_stats",
    "perf_schema.replication_applier_status_by_worker", "engine_innodb_status", "heartbeat", "info_schema.tablestats",
    "info_schema.schemastats", "info_schema.innodb_cmp", "info_schema.innodb_cmpmem", "info_schema.query_response_time",
    "engine_tokudb_status", "slave_hosts", "info_schema.replica_host", "info_schema.innodb_tablespaces",
    "info_schema.innodb_metrics",
]
ALL_FLAGS = [f"--collect.{name}" for name in ALL_COLLECTORS] + [
    "--collect.info_schema.processlist.processes_by_user", "--collect.info_schema.processlist.processes_by_host",
    "--collect.mysql.user.privileges",
]
