"""The shipped alerts on real series: a prometheus that scrapes a whole shop through bekci evaluates every rule without an error, a
healthy shop is quiet, and what is ended is called by its name."""
# Takes 120 s

import contextlib
import json
import time

import pytest

import rule_files
import stack
from servers import nginx, phpfpm
from servers.shop import Shop, config

pytestmark = pytest.mark.skipif(phpfpm.PROGRAM is None or nginx.PROGRAM is None or not stack.have("prometheus"),
                                reason="php-fpm, nginx or prometheus is not installed")

# What may be true of the machine that runs the tests, whatever the shop does.
OF_THE_MACHINE = {"HostRebooted", "HostUnitFailed", "HostDiskFull", "HostDiskFullWithinAnHour", "HostInodesFull", "HostOomKill",
                  "HostServiceOomKill", "HostNetworkLinkDown"}


def rules_of(prometheus):
    answer = stack.http(f"http://127.0.0.1:{prometheus.port}/api/v1/rules")
    return [rule for group in json.loads(answer.text)["data"]["groups"] for rule in group["rules"]]


def firing(prometheus):
    return {alert["labels"]["alertname"]: alert for rule in rules_of(prometheus) for alert in rule.get("alerts", [])
            if alert["state"] == "firing"}


def evaluated_with(prometheus, jobs):
    known = {labels["job"] for labels, _ in prometheus.query("up")}
    return known >= jobs and all(rule["health"] != "unknown" for rule in rules_of(prometheus))


def test_a_healthy_shop_is_quiet_and_what_ends_is_told_at_once(tmp_path):
    with contextlib.ExitStack() as cleanup:
        shop = Shop(tmp_path, cleanup)
        bekci = cleanup.enter_context(stack.Bekci(tmp_path / "bekci", config="global: {scrape_interval: 2s}\n" + config(shop, tmp_path)))
        jobs = f"- job_name: sd\n  http_sd_configs: [{{url: '{bekci.base}/sd', refresh_interval: 5s}}]\n"
        prometheus = cleanup.enter_context(stack.Prometheus(
            tmp_path / "prometheus", f"{jobs}rule_files: ['{rule_files.RULES}/*.yml']\n"))
        expected = {"node", "mysql", "redis", "phpfpm", "nginx", "listenqueue", "bekci"}
        stack.wait_until(lambda: evaluated_with(prometheus, expected), 150, "every job is scraped, every rule evaluated")
        time.sleep(10)
        broken = [(rule["name"], rule["lastError"]) for rule in rules_of(prometheus) if rule["health"] != "ok"]
        assert broken == []
        assert set(firing(prometheus)) - OF_THE_MACHINE == {"Watchdog"}

        shop.cache.stop()
        shop.web.__exit__()
        shop.database.kill()
        told = {"RedisDown", "NginxDown", "MySqlDown"}
        stack.wait_until(lambda: set(firing(prometheus)) >= told, 150, "what was ended is told")
        for name in told:
            text = firing(prometheus)[name]["annotations"]["description"]
            assert "It last answered" in text and "error expanding" not in text, text
        others = set(firing(prometheus)) - OF_THE_MACHINE - told - {"Watchdog"}
        assert others == set(), others
