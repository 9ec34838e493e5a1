"""Real Redis and Valkey servers for tests: standalone, replica, sentinel, one-node cluster, with ACL users, TLS or a unix
socket; the real prometheus-redis-exporter beside them; and servers that misbehave."""

import contextlib
import pathlib
import socket
import subprocess
import threading
import time

import stack


class Redis(stack.Process):
    """redis-server, or what `program` runs, on a free port. `config` are lines of redis.conf."""

    def __init__(self, directory, *config, name="redis", port=None, tls=None, unix=False, sentinel=False, wait=True,
                 program=("redis-server",)):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = port or stack.free_port()
        self.tls = tls
        self.unix = str(self.directory / "redis.sock") if unix else None
        lines = [f"dir {self.directory}", "bind 127.0.0.1", "daemonize no", "logfile \"\""]
        if not sentinel:
            lines += ["save \"\"", "appendonly no"]
        lines += [f"tls-port {self.port}", "port 0", *tls.redis_lines()] if tls else [f"port {self.port}"]
        if unix:
            lines += [f"unixsocket {self.unix}", "unixsocketperm 777"]
        path = self.directory / f"{name}.conf"
        path.write_text("\n".join(lines + list(config)) + "\n")
        super().__init__([*program, path] + (["--sentinel"] if sentinel else []), self.directory, name)
        if wait:
            stack.wait_until(self.answers, 20, f"{name} answers\n{self.log()}")

    def answers(self):
        assert self.alive(), f"{self.name} ended:\n{self.log()}"
        with contextlib.suppress(OSError):
            return self.raw("PING", auth=None) != ""
        return False

    def connect(self, timeout=10):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        return self.tls.client_context().wrap_socket(plain, server_hostname="localhost") if self.tls else plain

    def raw(self, *words, auth=None, timeout=10):
        """One command's reply as text, through a connection of its own."""
        with self.connect(timeout) as s:
            f = s.makefile("rwb")
            if auth:
                send(f, "AUTH", *auth)
                assert receive(f) == "OK"
            send(f, *words)
            return receive(f)

    def cli(self, *words, auth=None):
        reply = self.raw(*words, auth=auth)
        assert not isinstance(reply, RedisError), f"{words}: {reply}"
        return reply


class RedisError(str):
    pass


def send(f, *words):
    f.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in
                                              (x if isinstance(x, bytes) else str(x).encode() for x in words)))
    f.flush()


def receive(f):
    line = f.readline().rstrip(b"\r\n")
    kind, rest = line[:1], line[1:]
    if kind == b"$":
        if int(rest) < 0:
            return None
        body = f.read(int(rest))
        f.read(2)
        return body.decode(errors="replace")
    if kind == b"*":
        return [receive(f) for _ in range(int(rest))]
    if kind == b":":
        return int(rest)
    if kind == b"-":
        return RedisError(rest.decode())
    return rest.decode()


class Certificates:
    """A certificate authority, a server's and a client's certificate, made on the spot."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.ca, self.ca_key = self.directory / "ca.crt", self.directory / "ca.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                      "-subj", "/CN=test ca", "-keyout", self.ca_key, "-out", self.ca)
        self.cert, self.key = self._sign("server")
        self.client_cert, self.client_key = self._sign("client")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def _sign(self, name):
        key, request, cert = (self.directory / f"{name}.{end}" for end in ("key", "csr", "crt"))
        names = self.directory / f"{name}.ext"
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial", "-days",
                      "2", "-extfile", names, "-out", cert)
        return cert, key

    def redis_lines(self):
        return [f"tls-cert-file {self.cert}", f"tls-key-file {self.key}", f"tls-ca-cert-file {self.ca}"]

    def client_context(self):
        import ssl
        context = ssl.create_default_context(cafile=str(self.ca))
        context.load_cert_chain(self.client_cert, self.client_key)
        return context


class RedisExporter(stack.Process):
    """The real prometheus-redis-exporter on one server."""

    def __init__(self, directory, address, *flags, name="redis_exporter", program="prometheus-redis-exporter"):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.port = stack.free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        super().__init__([program, f"-web.listen-address=127.0.0.1:{self.port}",
                          f"-redis.addr={address}", "-connection-timeout=3s", *flags], directory, name)

        def up():
            assert self.alive(), self.log()
            with contextlib.suppress(OSError):
                return stack.http(self.base + "/").status == 200
            return False

        stack.wait_until(up, 20, "redis_exporter up")

    def metrics(self):
        return stack.Page(stack.http(self.base + "/metrics").text)


class Misbehaving:
    """A peer on a free port that does to each connection what `behave(socket)` says."""

    def __init__(self, behave, port=None):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port or 0))
        self.listener.listen(20)
        self.port = self.listener.getsockname()[1]
        self.behave = behave
        self.ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.ended:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            self.behave(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended = True
        self.listener.close()


def answers_garbage(connection):
    connection.recv(65536)
    connection.sendall(b"\x00\xffHTTP/1.1 400 Bad Request\r\n\r\n*99999999\r\n")


def one_byte_a_second(connection):
    connection.recv(65536)
    for byte in b"$100000\r\n" + b"x" * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(1)


def never_ends(connection):
    connection.recv(65536)
    while True:
        connection.sendall(b"*1\r\n" * 10000)
