"""OAuth 2 in scrape_configs: a token endpoint and a target that wants its tokens are asked the same by bekci and by
Debian's prometheus, with the same configuration."""

import base64
import contextlib
import http.server
import threading
import urllib.parse

import stack

PAGE = b"shop_orders_total 7\n"


def basic(login):
    return "Basic " + base64.b64encode(login.encode()).decode()


class Site:
    """A token endpoint at /token, and a target at /metrics that answers 401 without one of its tokens.

    `header`: reads the client's secret from the Authorization header; else only from the form, and refuses the other.
    """

    def __init__(self, header, expires_in):
        self.header, self.expires_in = header, expires_in
        self.forms, self.agents, self.tokens = [], set(), 0
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body, content_type="text/plain; version=0.0.4"):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):  # noqa: N802
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                if site.header:
                    login = self.headers.get("Authorization", "")
                else:
                    login = basic(f"{form.pop('client_id', '')}:{form.pop('client_secret', '')}")
                if login != basic("shop:s3cret"):
                    self.answer(401, b'{"error": "invalid_client"}', "application/json")
                    return
                site.forms.append((self.headers["Content-Type"], form))
                site.tokens += 1
                self.answer(200, b'{"access_token": "token-%d", "token_type": "bearer", "expires_in": %d}' %
                            (site.tokens, site.expires_in), "application/json")

            def do_GET(self):  # noqa: N802
                if self.headers.get("Authorization") not in [f"Bearer token-{n + 1}" for n in range(site.tokens)]:
                    self.answer(401, b"")
                    return
                site.agents.add(self.headers["User-Agent"].split("/")[0])
                self.answer(200, PAGE)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def job(name, site, secret):
    return (f"  - job_name: {name}\n    scrape_interval: 1s\n    scrape_timeout: 1s\n"
            f"    oauth2: {{client_id: shop, {secret}, token_url: 'http://{site.address}/token', scopes: [metrics, 'a b'], "
            f"endpoint_params: {{audience: 'x&y'}}}}\n    static_configs: [{{targets: ['{site.address}']}}]\n")


def test_a_target_behind_oauth2_is_scraped_as_prometheus_scrapes_it(tmp_path):
    secret_file = tmp_path / "secret"
    secret_file.write_text("s3cret\n")
    with contextlib.ExitStack() as running:
        asked = {}
        for who in ("prometheus", "bekci"):
            sites = {"header": Site(header=True, expires_in=3600), "form": Site(header=False, expires_in=3600),
                     "short": Site(header=True, expires_in=11)}  # of use for a second
            asked[who] = sites
            for site in sites.values():
                running.enter_context(site)
            jobs = job("header", sites["header"], "client_secret: s3cret") + \
                job("form", sites["form"], f"client_secret_file: {secret_file}") + \
                job("short", sites["short"], "client_secret: s3cret")
            if who == "prometheus":
                server = running.enter_context(stack.Prometheus(tmp_path / who, jobs))
            else:
                server = running.enter_context(stack.Bekci(tmp_path / who, config="collectors: {}\nscrape_configs:\n" + jobs))
            port = server.port
            stack.wait_until(lambda p=port: len(stack.query(p, "shop_orders_total == 7")) == 3, 20, f"{who} has the series")
            stack.wait_until(lambda s=sites["short"]: s.tokens >= 3, 20, f"{who} asks for new tokens")
        for name, site in asked["bekci"].items():
            peer = asked["prometheus"][name]
            assert site.forms[0] == peer.forms[0], name
            assert site.agents == {"bekci"}
        assert asked["bekci"]["header"].tokens == asked["bekci"]["form"].tokens == 1


def test_a_refused_client_is_told_with_the_words_of_the_endpoint_and_no_secret(tmp_path):
    with Site(header=True, expires_in=60) as site:
        config = "collectors: {}\nscrape_configs:\n" + job("refused", site, "client_secret: wr0ng")
        with stack.Bekci(tmp_path / "bekci", config=config) as bekci:
            stack.wait_until(lambda: "invalid_client" in bekci.log(), 20, "the refusal is in the log")
            assert f"token endpoint http://{site.address}/token: HTTP status 401" in bekci.log()
            shown = bekci.log() + bekci.get("/api/v1/targets").text + bekci.get("/api/v1/status/config").text
            assert "wr0ng" not in shown
