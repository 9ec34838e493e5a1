"""OAuth 2 in scrape_configs: a token endpoint and a target that wants its tokens are asked the same by bekci and by
Debian's prometheus, with the same configuration."""

import base64
import contextlib
import urllib.parse

import stack
from servers.exporter import Exporter, send

PAGE = "shop_orders_total 7\n"


def basic(login):
    return "Basic " + base64.b64encode(login.encode()).decode()


class Site(Exporter):
    """A token endpoint at /token, and a target at /metrics that answers 401 without one of its tokens.

    `header`: reads the client's secret from the Authorization header; else only from the form, and refuses the other.
    """

    def __init__(self, header, expires_in):
        self.header, self.expires_in = header, expires_in
        self.forms, self.agents, self.tokens = [], set(), 0
        super().__init__(lambda handler: self.token(handler) if handler.command == "POST" else self.page(handler))

    def token(self, handler):
        form = dict(urllib.parse.parse_qsl(handler.rfile.read(int(handler.headers["Content-Length"])).decode()))
        if self.header:
            login = handler.headers.get("Authorization", "")
        else:
            login = basic(f"{form.pop('client_id', '')}:{form.pop('client_secret', '')}")
        if handler.path != "/token" or login != basic("shop:s3cret"):
            send(handler, '{"error": "invalid_client"}', "application/json", status=401)
            return
        self.forms.append((handler.headers["Content-Type"], form))
        self.tokens += 1
        send(handler, f'{{"access_token": "token-{self.tokens}", "token_type": "bearer", "expires_in": {self.expires_in}}}',
             "application/json")

    def page(self, handler):
        if handler.headers.get("Authorization") not in [f"Bearer token-{n + 1}" for n in range(self.tokens)]:
            send(handler, "", status=401)
            return
        self.agents.add(handler.headers["User-Agent"].split("/")[0])
        send(handler, PAGE)


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
