"""Without a configuration: what runs on the host is found, what cannot be logged in to is told with the grant that mends
it, and once that was given, a reload collects it."""
# Runs alone: it looks at everything that runs on the host.

import pathlib
import re
import signal
import subprocess
import sys

import pytest

import stack

sys.path.insert(0, str(pathlib.Path(__file__).parent / "servers"))
import mariadb  # noqa: E402


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with mariadb.MariaDb(tmp_path_factory.mktemp("discovered")) as running:
        running.sql("DROP USER IF EXISTS bekci@localhost")
        yield running


def discover():
    return subprocess.run([stack.BEKCI, "config", "discover"], capture_output=True, text=True, check=True).stdout


def of_this(server, text):
    """The part of the text that speaks of this server: the host may have others."""
    blocks = re.split(r"\n(?=  (?:yes|no|-) )", text.partition("\nCollected without")[0])
    mine = [block for block in blocks if str(server.socket) in block]
    assert len(mine) == 1, text
    return mine[0]


def test_what_runs_is_found_told_how_to_be_let_in_and_then_collected(server, tmp_path):
    found = of_this(server, discover())
    assert found.lstrip().startswith("no") and "MariaDB 10." in found and "CREATE USER" in found, found
    with stack.Bekci(tmp_path) as bekci:
        stack.wait_until(lambda: str(server.socket) in bekci.log(), 20, "the server is found")
        page = bekci.metrics()
        assert "node_load1" in page.series
        assert not [s for s in page.series if s.startswith("mysql_")]
        assert "cannot be collected yet" in bekci.log()

        grant = [line.strip() for line in found.splitlines() if re.match(r"\s*(CREATE|GRANT|ALTER)", line)]
        # As printed, but that the account's login over the socket is for the system user bekci, who does not run this.
        assert "IDENTIFIED VIA unix_socket" in grant[0]
        server.sql("\n".join(grant).replace("IDENTIFIED VIA unix_socket", ""))
        found = of_this(server, discover())
        assert found.lstrip().startswith("yes"), found
        bekci.popen.send_signal(signal.SIGHUP)
        stack.wait_until(lambda: "found on this host, collecting it" in bekci.log(), 20, "the grant is noticed")

        def collected():
            return [s for s, v in bekci.metrics().series.items() if re.match(r"mysql_up\b", s) and float(v) == 1]
        stack.wait_until(collected, 20, "the server is collected")
        told = [line for line in bekci.log().splitlines() if str(server.socket) in line]
        assert len(told) == 2, "once how to be let in, once that it is collected: " + "\n".join(told)
        code, seconds = bekci.stop()
        assert code == 0 and seconds < 1.2
    shown = subprocess.run([stack.BEKCI, "config", "show"], capture_output=True, text=True, check=True).stdout
    assert "what was found on this host" in shown and str(server.socket) in shown
