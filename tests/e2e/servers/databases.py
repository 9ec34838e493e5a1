"""Releases of MariaDB and MySQL that are not this host's: how each is run from where it was unpacked, how a data directory is
made for it, and the SQL in which it differs. RELEASES has them by name; `release("mysql-9")` unpacks and skips where that
cannot be done."""

import pathlib
import subprocess
import tempfile

from servers import mariadb, other_versions

SECONDS_TO_BOOTSTRAP = 120


class Unpacked(mariadb.Release):
    """A release that runs from a directory of its own."""

    program = "mariadbd"
    files = "mysql"  # its folder below usr/share
    own_config = mariadb.MARIADB_CONFIG

    def __init__(self, name):
        self.peer = other_versions.get(name)
        share = self.peer.path(self.files)
        self.config = (f"basedir={self.peer.root}/usr\nlc_messages_dir={share}\ncharacter_sets_dir={share}/charsets\n"
                       f"plugin_dir={self.plugins()}\n{self.own_config}")

    def plugins(self):
        lib = self.peer.root / "usr/lib"
        return next(lib.glob("*/mariadb[0-9]*/plugin"), lib / "mysql/plugin")

    def argv(self, defaults_file):
        return [*self.peer.argv(self.program), f"--defaults-file={defaults_file}"]

    def run_once(self, directory, *flags, text=""):
        """The server, run until it has done what `flags` and the statements `text` say."""
        with tempfile.NamedTemporaryFile("w", suffix=".cnf") as own:
            basics = [line for line in self.config.splitlines() if line.startswith(("basedir", "lc_", "character_", "plugin_dir"))]
            own.write("\n".join(["[mysqld]", f"user={mariadb.user()}", f"datadir={directory}", *basics]) + "\n")
            own.flush()
            result = subprocess.run([*self.argv(own.name), *flags], input=text, capture_output=True, text=True, check=False,
                                    timeout=SECONDS_TO_BOOTSTRAP, cwd=directory)
        assert result.returncode == 0, f"{self.peer.name}: {result.stdout[-2000:]}{result.stderr[-2000:]}"

    def bootstrap(self, directory, *scripts):
        """The system tables by the release's own scripts, as mariadb-install-db makes them."""
        (pathlib.Path(directory) / "mysql").mkdir(parents=True)
        share = self.peer.path(self.files)
        text = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
        self.run_once(directory, "--bootstrap", text=text + "".join((share / script).read_text() for script in scripts))


class MariaDb10(Unpacked):
    def install(self, directory):
        self.bootstrap(directory, "mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")


class MariaDbBefore105(MariaDb10):
    """Before SUPER was divided, and before its daemon had a name of its own."""

    program = "mysqld"
    grants = "PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, SELECT"


class MariaDb11(Unpacked):
    files = "mariadb"
    own_config = mariadb.MARIADB_CONFIG + "plugin_load_add=ha_rocksdb\n"

    def install(self, directory):
        self.bootstrap(directory, "mariadb_system_tables.sql", "mariadb_performance_tables.sql",
                       "mariadb_system_tables_data.sql", "mariadb_sys_schema.sql")


class MySql8(Unpacked):
    """8.0 and all that came after it."""

    program = "mysqld"
    own_config = "mysqlx=OFF\nsecure_file_priv=\ngtid_mode=ON\nenforce_gtid_consistency=ON\ninnodb_redo_log_capacity=16M\n"
    grants = "PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, SELECT"
    replica_status = "SHOW REPLICA STATUS"
    sequences = False

    def install(self, directory):
        pathlib.Path(directory).mkdir(parents=True)
        self.run_once(directory, "--initialize-insecure", "--innodb-redo-log-capacity=16M")
        (pathlib.Path(directory) / "auto.cnf").unlink(missing_ok=True)  # the server's UUID: each copy gets its own

    def account(self, name, host, password):
        return (f"DROP USER IF EXISTS '{name}'@'{host}'; "
                f"CREATE USER '{name}'@'{host}' IDENTIFIED WITH caching_sha2_password BY '{password}'")

    def follow(self, primary, connection):
        return (f"CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={primary.port}, SOURCE_USER='repl',"
                "SOURCE_PASSWORD='repl', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1; START REPLICA")


class MySql57(Unpacked):
    program = "mysqld"
    own_config = "innodb_log_file_size=8M\nbinlog_format=ROW\nsecure_file_priv=\n"
    grants = "PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, SELECT"
    replica_status = "SHOW SLAVE STATUS"
    sequences = False

    def install(self, directory):
        pathlib.Path(directory).mkdir(parents=True)
        self.run_once(directory, "--initialize-insecure")
        (pathlib.Path(directory) / "auto.cnf").unlink(missing_ok=True)

    def account(self, name, host, password):
        return f"DROP USER IF EXISTS '{name}'@'{host}'; CREATE USER '{name}'@'{host}' IDENTIFIED BY '{password}'"

    def follow(self, primary, connection):
        return (f"CHANGE MASTER TO master_host='127.0.0.1', master_port={primary.port}, master_user='repl',"
                "master_password='repl'; START SLAVE")


class MySql5(MySql57):
    """5.6 as npm packs it: the data directory of that package has the system tables already."""

    program = "package/server/mysqld"
    files = "package/server/share"
    own_config = "innodb_log_file_size=8M\nbinlog_format=ROW\n"

    def __init__(self, name):
        super().__init__(name)
        self.config = self.config.replace("/usr\n", "/package/server\n", 1)

    def plugins(self):
        return self.peer.root / "package/server"

    def install(self, directory):
        pathlib.Path(directory).mkdir(parents=True)
        self.bootstrap(directory, "mysql_system_tables.sql", "mysql_system_tables_data.sql")

    def account(self, name, host, password):
        return f"GRANT USAGE ON *.* TO '{name}'@'{host}' IDENTIFIED BY '{password}'"


RELEASES = {"mysql-5.6": MySql5, "mysql-5.7": MySql57, "mysql-8.0": MySql8, "mysql-8.4": MySql8, "mysql-9": MySql8,
            "mariadb-10.1": MariaDbBefore105, "mariadb-10.3": MariaDbBefore105, "mariadb-10.5": MariaDb10, "mariadb-11.8": MariaDb11}
_made = {}


def release(name):
    if name not in _made:
        _made[name] = RELEASES[name](name)
    return _made[name]
