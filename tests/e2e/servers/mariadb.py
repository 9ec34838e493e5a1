"""Real MariaDB and MySQL servers for tests and benches: each with a data directory of its own below the given directory, on
a free port of 127.0.0.1 and on a unix socket, ended by process id. A data directory is made once as a template and copied,
since that takes seconds. Which server is started is a Release: this host's MariaDB here, others in databases.py."""

import atexit
import contextlib
import os
import pathlib
import pwd
import re
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
performance_schema=ON
performance-schema-instrument='%=ON'
performance-schema-consumer-events-statements-current=ON
performance_schema_digests_size={digests}
innodb_buffer_pool_size=24M
innodb_flush_log_at_trx_commit=0
innodb_monitor_enable=all
key_buffer_size=1M
max_connections={max_connections}
log_bin={directory}/binlog
{release}
{more}
"""

MARIADB_CONFIG = """skip-log-warnings
innodb_log_file_size=8M
userstat=ON
plugin_load_add=query_response_time
query_response_time_stats=ON
"""

FEWEST_CONNECTIONS = 10  # MariaDB takes no smaller max_connections

# What the README asks an operator to grant, and REPLICATION MASTER ADMIN for slave_hosts.
GRANTS = "PROCESS, BINLOG MONITOR, SLAVE MONITOR, REPLICATION MASTER ADMIN, SELECT"


def user():
    return pwd.getpwuid(os.getuid()).pw_name


class Release:
    """The MariaDB that is installed here. Others are subclasses, and say what is different with them."""

    config = MARIADB_CONFIG
    grants = GRANTS
    replica_status = "SHOW ALL SLAVES STATUS"
    replica_runs = "\tYes\tYes\t"  # in its answer
    sequences = True  # it has tables such as seq_1_to_100
    _template = None

    def argv(self, defaults_file):
        return ["mariadbd", f"--defaults-file={defaults_file}"]

    def install(self, directory):
        """Makes a data directory. Tried again when it fails: under load about one in twenty of Debian's servers (10.11)
        that mariadb-install-db starts crashes on its way out, by a null pointer of its own that has nothing to do with
        what is tested."""
        for attempt in (1, 2, 3):
            shutil.rmtree(directory, ignore_errors=True)
            result = subprocess.run(["mariadb-install-db", "--no-defaults", f"--user={user()}", f"--datadir={directory}",
                                     "--auth-root-authentication-method=normal", "--skip-test-db"], capture_output=True,
                                    text=True, check=False)
            if result.returncode == 0:
                return
        raise AssertionError(f"mariadb-install-db failed {attempt} times:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")

    def fresh_data(self, directory):
        """A new data directory, copied from the one that was made for this test session."""
        if self._template is None:
            self._template = pathlib.Path(tempfile.mkdtemp(prefix="bekci-mariadb-"))
            atexit.register(shutil.rmtree, self._template, ignore_errors=True)
            self.install(self._template / "data")
        shutil.copytree(self._template / "data", directory, symlinks=True)

    def account(self, name, host, password):
        """The statements that make an account anew, with a password."""
        return f"CREATE OR REPLACE USER '{name}'@'{host}' IDENTIFIED BY '{password}'"

    def follow(self, primary, connection):
        """The statements that make a replica of `primary`, by its account repl."""
        name = f"'{connection}'" if connection else ""
        return (f"CHANGE MASTER {name} TO master_host='127.0.0.1', master_port={primary.port}, master_user='repl',"
                f"master_password='repl', master_use_gtid=slave_pos; START SLAVE {name}")


INSTALLED = Release()


class MariaDb:
    """A server that can be stopped, started again and asked as root."""

    def __init__(self, directory, server_id=1, digests=5000, max_connections=100, more="", port=None, release=INSTALLED):
        self.release = release
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = port or stack.free_port()
        # A unix socket's path has at most 107 bytes, which pytest's directories can exceed.
        self._socket_directory = pathlib.Path(tempfile.mkdtemp(prefix="bekci-my-"))
        self.socket = self._socket_directory / "mysqld.sock"
        (self.directory / "my.cnf").write_text(
            CONFIG.format(user=user(), directory=self.directory, socket=self.socket, port=self.port, more=more,
                          release=release.config, server_id=server_id, digests=digests, max_connections=max_connections))
        if not (self.directory / "data").exists():
            release.fresh_data(self.directory / "data")
        self.process = None
        self.start()

    def start(self):
        self.process = stack.Process(self.release.argv(self.directory / "my.cnf"), self.directory, "mariadb")
        stack.wait_until(self.answers, 90, f"the database on port {self.port}")

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

    def create_user(self, name, password, grants=None):
        password = password.replace("\\", "\\\\").replace("'", "\\'")
        hosts = ("127.0.0.1", "localhost")
        accounts = "".join(f"{self.release.account(name, host, password)};" for host in hosts)
        rights = "".join(f"GRANT {grants or self.release.grants} ON *.* TO '{name}'@'{host}';" for host in hosts)
        self.sql("SET sql_log_bin=0;" + accounts + rights)
        # Over TCP, for tests that delete the socket.
        self.sql(f"SET sql_log_bin=0; {self.release.account('root', '127.0.0.1', '')};"
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
    server.sql("CREATE DATABASE IF NOT EXISTS shop")
    lengths = () if server.release.sequences else re.findall(r"seq_1_to_(\d+)", SHOP)
    for length in lengths:
        server.sql(f"CREATE TABLE seq_1_to_{length}(seq INT PRIMARY KEY); INSERT INTO seq_1_to_{length} VALUES" +
                   ",".join(f"({n})" for n in range(1, int(length) + 1)), "shop")
    server.sql(SHOP)
    for length in lengths:
        server.sql(f"DROP TABLE seq_1_to_{length}", "shop")


def replicate(primary, replica, connection=""):
    """Makes `replica` follow `primary` from its first event on; `connection` names one of several sources (MariaDB)."""
    primary.sql(f"SET sql_log_bin=0; {primary.release.account('repl', '127.0.0.1', 'repl')};"
                "GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1'")
    replica.sql(replica.release.follow(primary, connection))
    stack.wait_until(lambda: replica.release.replica_runs in replica.sql(replica.release.replica_status), 20,
                     "replication runs")


class MysqldExporter(stack.Process):
    """The real peer, logged in as the given user."""

    def __init__(self, directory, server, user, password, *flags, program="prometheus-mysqld-exporter"):
        self.port = stack.free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        cnf = pathlib.Path(directory) / "exporter.cnf"
        cnf.write_text(f"[client]\nuser={user}\npassword={password}\nhost=127.0.0.1\nport={server.port}\n")
        super().__init__([program, f"--config.my-cnf={cnf}",
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
