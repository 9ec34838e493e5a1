"""A real nginx on a free port and a unix socket, with stub_status, and PHP-FPM behind it if wanted."""

import os
import pathlib
import shutil

import stack

PROGRAM = shutil.which("nginx") or ("/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else None)


class Nginx(stack.Process):
    """`fpm`: [(location, socket of a pool, script)]; `tls`: (certificate, key) for a TLS port too."""

    def __init__(self, directory, fpm=(), tls=None, extra=""):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = stack.free_port()
        self.tls_port = stack.free_port() if tls else None
        self.socket = f"/tmp/bekci-e2e-nginx-{os.getpid()}-{self.port}.sock"
        locations = ""
        for location, target, script in fpm:
            upstream = f"unix:{target}" if target.startswith("/") else target
            locations += (f"location {location} {{ fastcgi_pass {upstream}; fastcgi_param SCRIPT_FILENAME {script}; "
                          "fastcgi_param REQUEST_METHOD $request_method; fastcgi_param QUERY_STRING $query_string; }\n")
        tls_lines = (f"listen 127.0.0.1:{self.tls_port} ssl; ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]};"
                     if tls else "")
        user = "user www-data;" if os.geteuid() == 0 else ""
        self.config = self.directory / "nginx.conf"
        self.config.write_text(f"""
{user} worker_processes 1; daemon off; pid {self.directory}/nginx.pid; error_log {self.directory}/error.log info;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {self.directory}/t1; proxy_temp_path {self.directory}/t2;
  fastcgi_temp_path {self.directory}/t3; uwsgi_temp_path {self.directory}/t4; scgi_temp_path {self.directory}/t5;
  server {{
    listen 127.0.0.1:{self.port}; listen unix:{self.socket}; {tls_lines}
    location = /stub_status {{ stub_status; }}
    location = /denied {{ stub_status; deny all; }}
    location = /none {{ return 404; }}
    location = /text {{ return 200 "It works"; }}
    {locations}
    {extra}
  }}
}}
""")
        super().__init__([PROGRAM, "-c", self.config, "-p", self.directory], self.directory, "nginx")
        stack.wait_until(self._up, 20, f"nginx up: {self.log()}")

    def _up(self):
        assert self.alive(), self.log()
        try:
            return self.get("/stub_status").status == 200
        except OSError:
            return False

    def get(self, path, **more):
        return stack.http(f"http://127.0.0.1:{self.port}{path}", **more)

    def pids(self):
        """The master and its workers."""
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *(int(child) for child in children)]

    def __exit__(self, *_):
        if self.alive():
            self.popen.terminate()  # a killed master leaves its worker
            try:
                self.popen.wait(10)
            except Exception:
                pass
        super().__exit__()
        pathlib.Path(self.socket).unlink(missing_ok=True)
