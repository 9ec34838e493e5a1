"""A whole shop: MariaDB, Redis, PHP-FPM with two pools and OPcache behind nginx, and shoppers who use them."""

import threading

import stack
from servers import mariadb, nginx, phpfpm, redis


class Shop:
    """The servers, and shoppers that ask each of them ten times a second or so."""

    def __init__(self, directory, cleanup):
        start = cleanup.enter_context
        self.database = start(mariadb.MariaDb(directory / "mysql"))
        self.database.create_user("bekci", "pw")
        mariadb.fill_shop(self.database)
        self.cache = start(redis.Redis(directory / "redis"))
        # One pool on a unix socket, one on a port.
        pools = {"shelf": {"pm.status_path": "/status", "ping.path": "/ping", "pm.max_children": "3"},
                 "checkout": {"pm": "dynamic", "pm.max_children": "3", "pm.start_servers": "1", "pm.min_spare_servers": "1",
                              "pm.max_spare_servers": "2", "pm.status_path": "/status",
                              "listen": f"127.0.0.1:{stack.free_port()}"}}
        pools["shelf"]["listen"] = f"/tmp/bekci-e2e-shelf-{pools['checkout']['listen'].rpartition(':')[2]}.sock"
        self.fpm = start(phpfpm.PhpFpm(directory / "fpm", pools, "opcache.enable=1"))
        hello = self.fpm.scripts / "hello.php"
        locations = [(f"/{name}", pool["listen"], hello) for name, pool in pools.items()]
        self.web = start(nginx.Nginx(directory / "nginx", fpm=locations))
        self.ended = threading.Event()
        self.mishaps = []
        threads = [threading.Thread(target=self._shop, args=(visit,), daemon=True)
                   for visit in (self._browse, self._remember, self._order)]
        for thread in threads:
            thread.start()
        cleanup.callback(lambda: (self.ended.set(), [thread.join(20) for thread in threads]))

    def _shop(self, visit):
        while not self.ended.wait(0.1):
            try:
                visit()
            except Exception as error:  # told by the test, which would otherwise measure a shop at rest
                self.mishaps.append(repr(error))

    def _browse(self):
        for pool in self.fpm.pools:
            assert self.web.get(f"/{pool}").text == "hello"

    def _remember(self):
        self.cache.cli("INCR", "visitors")
        self.cache.cli("GET", "visitors")

    def _order(self):
        self.database.sql("SELECT COUNT(*) FROM orders WHERE customer_id=7; UPDATE orders SET total=total+1 WHERE id=7;", "shop")


def config(shop, directory, script=None):
    """bekci's configuration for all of it."""
    (directory / "pw").write_text("pw\n")
    (directory / "pw").chmod(0o600)
    opcache = f", opcache_script: {script}" if script else ""
    # Named, since these ports are not those that the services are known by.
    queues = ", ".join(f"{{name: {name}, processes: ['{process}'], addresses: ['{address}']}}" for name, process, address in (
        ("mysqld", "mariadbd", f"*:{shop.database.port}"), ("redis", "redis-server", f"*:{shop.cache.port}"),
        ("nginx", "nginx", f"*:{shop.web.port}"), ("php-fpm", "php-fpm*", f"unix:{shop.fpm.pools['shelf']['listen']}")))
    return f"""
collectors:
  host: {{}}
  mysql: [{{instance: db, address: "unix://{shop.database.socket}", username: bekci, password_file: {directory}/pw}}]
  redis: [{{instance: cache, address: "redis://127.0.0.1:{shop.cache.port}"}}]
  phpfpm: {{pool_files: '{shop.fpm.pool_files}'{opcache}}}
  nginx: [{{instance: web, url: "http://127.0.0.1:{shop.web.port}/stub_status"}}]
  listenqueue: {{services: [{queues}]}}
"""
