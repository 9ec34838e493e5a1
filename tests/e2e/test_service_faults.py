"""Ten minutes of faults under AddressSanitizer: the servers of a whole shop are killed, stopped, locked out and replaced, one
after another and again, under load. Every scrape is answered, only what is broken is down, it recovers by itself, and at the
end nothing has leaked. What each fault says and costs is held by the test of its service; this one is about the long run."""

import contextlib
import os
import signal
import socket
import threading
import time

import pytest

import stack
from servers import nginx, phpfpm
from servers.shop import Shop, config

MINUTES = 10
pytestmark = [pytest.mark.skipif(stack.SANITIZER != "address", reason="a long run under AddressSanitizer: tests/run --deep"),
              pytest.mark.skipif(phpfpm.PROGRAM is None or nginx.PROGRAM is None, reason="php-fpm or nginx is not installed")]

UPS = {"mysql": r"mysql_up", "redis": r"redis_up", "nginx": r"nginx_up", "phpfpm": r'phpfpm_up\{pool="shelf".*',
       "phpfpm_port": r'phpfpm_up\{pool="checkout".*'}


@contextlib.contextmanager
def stopped(pids):
    """SIGSTOP: the server accepts, and says nothing."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def away(path):
    """The socket's path is gone; whoever is connected stays so."""
    os.rename(path, path + ".away")
    try:
        yield
    finally:
        os.rename(path + ".away", path)


@contextlib.contextmanager
def database_killed(shop):
    shop.database.kill()
    try:
        yield
    finally:
        shop.database.start()


@contextlib.contextmanager
def database_locks_out(shop):
    shop.database.sql("SET sql_log_bin=0; ALTER USER bekci@localhost IDENTIFIED BY 'other'")
    kill_sessions(shop)
    try:
        yield
    finally:
        shop.database.sql("SET sql_log_bin=0; ALTER USER bekci@localhost IDENTIFIED BY 'pw'")


def kill_sessions(shop):
    for line in shop.database.sql("SELECT id FROM information_schema.processlist WHERE user='bekci'").split():
        with contextlib.suppress(Exception):
            shop.database.sql(f"KILL {line}")


@contextlib.contextmanager
def cache_wants_a_password(shop):
    shop.cache.cli("CONFIG", "SET", "requirepass", "sesame")
    shop.cache.cli("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes", auth=("sesame",))
    try:
        yield
    finally:
        shop.cache.cli("CONFIG", "SET", "requirepass", "", auth=("sesame",))


@contextlib.contextmanager
def impostor(path, answer, pace):
    """Somebody else listens where FPM did, and says `answer`, `pace` seconds between its bytes."""
    with away(path):
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        os.chmod(path, 0o666)
        listening.listen(16)

        def serve(client):
            with contextlib.suppress(OSError), client:
                client.recv(4096)
                for byte in answer:
                    client.sendall(bytes([byte]))
                    time.sleep(pace)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()
            os.unlink(path)


def faults(shop):
    """(name, what it breaks, how)."""
    shelf = shop.fpm.pools["shelf"]["listen"]
    return [
        ("MariaDB is stopped", {"mysql"}, lambda: stopped([shop.database.pid])),
        ("MariaDB is killed", {"mysql"}, lambda: database_killed(shop)),
        ("MariaDB has another password", {"mysql"}, lambda: database_locks_out(shop)),
        ("Redis is stopped", {"redis"}, lambda: stopped([shop.cache.pid])),
        ("Redis wants a password", {"redis"}, lambda: cache_wants_a_password(shop)),
        ("FPM's workers are stopped", {"phpfpm"}, lambda: stopped(shop.fpm.workers("shelf"))),
        ("FPM's socket is gone", {"phpfpm"}, lambda: away(shelf)),
        ("FPM is no FPM", {"phpfpm"}, lambda: impostor(shelf, b"HTTP/1.1 400 Bad Request\r\n\r\n", 0)),
        ("FPM says a byte a second", {"phpfpm"}, lambda: impostor(shelf, b"\1\6\0\1\0\200\0\0" + b"x" * 100, 1)),
        ("nginx is stopped", {"nginx"}, lambda: stopped(shop.web.pids())),
    ]


def ups(bekci):
    begin = time.monotonic()
    answer = bekci.get("/metrics", timeout=30)
    assert answer.status == 200, answer.text
    assert time.monotonic() - begin < 15
    page = stack.Page(answer.text)
    return {name: page.get(pattern) for name, pattern in UPS.items()}


def test_ten_minutes_of_faults_leak_nothing_and_every_one_passes_by_itself(tmp_path):
    with contextlib.ExitStack() as cleanup:
        shop = Shop(tmp_path, cleanup)
        # In one process, so that the sanitizer's look at the end is at the collectors too.
        bekci = cleanup.enter_context(stack.Bekci(tmp_path / "bekci", "--single-process", config=config(shop, tmp_path)))
        well = dict.fromkeys(UPS, 1)
        end, rounds = time.monotonic() + MINUTES * 60, 0
        while time.monotonic() < end:
            for name, broken, begin in faults(shop):
                stack.wait_until(lambda: ups(bekci) == well, 40, f"all is well before: {name}; {ups(bekci)}")
                with begin():
                    expected = well | dict.fromkeys(broken, 0)
                    stack.wait_until(lambda: ups(bekci) == expected, 40, f"{name}: {ups(bekci)}")
            rounds += 1
        stack.wait_until(lambda: ups(bekci) == well, 40, "all is well at the end")
        code, _ = bekci.stop(seconds=60)
        assert rounds >= 2
        assert code == 0, bekci.log()[-3000:]
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error"):
            assert word not in bekci.log(), bekci.log()[-6000:]
