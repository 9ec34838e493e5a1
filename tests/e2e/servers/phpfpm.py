"""A real PHP-FPM with pools of the test's choosing: its own files, free ports, ended by pid."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import threading

import stack

PROGRAM = next((p for p in (shutil.which(f"php-fpm{v}") for v in ("8.2", "8.3", "8.4", "")) if p), None)


class PhpFpm(stack.Process):
    """`pools`: {name: {ini key: value}}; `listen` is added where missing: a unix socket of that name."""

    def __init__(self, directory, pools, *defines):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "pool.d").mkdir(exist_ok=True)
        self.pools = pools
        root = os.geteuid() == 0
        config = self.directory / "php-fpm.conf"
        config.write_text(f"[global]\npid = {self.directory}/fpm.pid\nerror_log = {self.directory}/fpm-error.log\n"
                          f"daemonize = no\ninclude = {self.directory}/pool.d/*.conf\n")
        for name, values in pools.items():
            values.setdefault("listen", str(self.directory / f"{name}.sock"))
            values.setdefault("pm", "static")
            values.setdefault("pm.max_children", "2")
            if root:
                values.setdefault("user", "www-data")
                values.setdefault("group", "www-data")
                values.setdefault("listen.mode", "0666")
            lines = "".join(f"{key} = {value}\n" for key, value in values.items())
            (self.directory / "pool.d" / f"{name}.conf").write_text(f"[{name}]\n{lines}")
        # PHP's workers are another user than the test's directory may be for.
        self.scripts = pathlib.Path(f"/tmp/bekci-e2e-php-{os.getpid()}-{id(self)}")
        self.scripts.mkdir()
        self.scripts.chmod(0o755)
        self.script("sleep", "<?php sleep((int)($_GET['s'] ?? 1)); echo 'slept';")
        self.script("hello", "<?php echo 'hello';")
        super().__init__([PROGRAM, "-F", "-y", config, *[a for d in defines for a in ("-d", d)]], self.directory, "php-fpm")
        stack.wait_until(lambda: "ready to handle connections" in self.error_log(), 20, f"php-fpm ready: {self.log()}")

    def error_log(self):
        path = self.directory / "fpm-error.log"
        return path.read_text() if path.exists() else ""

    def script(self, name, text):
        path = self.scripts / f"{name}.php"
        path.write_text(text)
        path.chmod(0o644)
        return str(path)

    @property
    def pool_files(self):
        return f"{self.directory}/pool.d/*.conf"

    def request(self, pool, script, query="", timeout=30, key="listen"):
        """One FastCGI request to a pool; returns the script's output with its head."""
        return fastcgi(self.pools[pool][key], script, query, timeout)

    def status(self, pool, query, key="listen"):
        path = self.pools[pool]["pm.status_path"]
        return self.request(pool, path, query, key=key).partition("\r\n\r\n")[2]

    def occupy(self, pool, count, seconds):
        """`count` clients that each ask for a script which sleeps; a thread each, over when it answers."""
        def ask():
            with contextlib.suppress(OSError):
                self.request(pool, str(self.scripts / "sleep.php"), f"s={seconds}", timeout=seconds * count + 30)

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        return threads

    def workers(self, pool):
        """Pids of the pool's workers, by their titles."""
        found = []
        for child in pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                title = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[0].decode()
                if title.strip() == f"php-fpm: pool {pool}":
                    found.append(int(child))
        return found

    def __exit__(self, *_):
        # SIGINT ends the master with all its workers at once; a killed one would leave them behind.
        if self.alive():
            self.popen.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(10)
        super().__exit__()
        shutil.rmtree(self.scripts, ignore_errors=True)


def fastcgi(listen, script, query="", timeout=30):
    def parameter(name, value):
        lengths = b"".join(struct.pack("!I", n | 0x80000000) if n > 127 else bytes([n]) for n in (len(name), len(value)))
        return lengths + name.encode() + value.encode()

    def record(kind, content):
        return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content

    parameters = b"".join(parameter(n, v) for n, v in {
        "SCRIPT_FILENAME": script, "SCRIPT_NAME": script, "REQUEST_METHOD": "GET", "QUERY_STRING": query,
        "REQUEST_URI": f"{script}?{query}", "SERVER_PROTOCOL": "HTTP/1.1", "GATEWAY_INTERFACE": "CGI/1.1"}.items())
    if listen.startswith("/"):
        client = socket.socket(socket.AF_UNIX)
        address = listen
    else:
        client = socket.socket()
        host, _, port = listen.rpartition(":")
        address = (host, int(port))
    with client:
        client.settimeout(timeout)
        client.connect(address)
        client.sendall(record(1, b"\0\1\0\0\0\0\0\0") + record(4, parameters) + record(4, b"") + record(5, b""))
        data = b""
        while piece := client.recv(65536):
            data += piece
    output = b""
    while len(data) >= 8:
        _, kind, _, length, padding, _ = struct.unpack("!BBHHBB", data[:8])
        output += data[8:8 + length] if kind == 6 else b""
        data = data[8 + length + padding:]
    return output.decode()


def install_script(source):
    """The cache script where only root can write, as a package would put it; None when the test is not root."""
    if os.geteuid() != 0:
        return None
    directory = pathlib.Path(f"/run/bekci-e2e-{os.getpid()}")
    directory.mkdir(mode=0o755, exist_ok=True)
    directory.chmod(0o755)
    target = directory / source.name
    shutil.copyfile(source, target)
    target.chmod(0o644)
    return target


def version():
    return subprocess.run([PROGRAM, "-v"], capture_output=True, text=True, check=True).stdout.split()[1]
