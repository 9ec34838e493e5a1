"""500 clients at once, plain on loopback and through TLS: no error, flat memory. tests/load/load.py does it and says what it
saw. Clients that mean harm are in test_bad_clients.py: they mostly wait."""
# Runs alone: it keeps every CPU busy.

import ssl
import subprocess
import sys

import pytest

import stack
from test_web_config import certificates  # noqa: F401  (a fixture)

LOAD = stack.SOURCE / "tests" / "load" / "load.py"
SECONDS = 3 if stack.SANITIZED else 20


@pytest.fixture(scope="module")
def servers(tmp_path_factory, certificates):  # noqa: F811
    """{"plain": bekci, "tls": bekci}"""
    directory = tmp_path_factory.mktemp("load")
    (directory / "web.yml").write_text(f"tls_server_config:\n  cert_file: {certificates}/server.pem\n"
                                       f"  key_file: {certificates}/server.key\n")
    trusted = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    web = f"--web.config.file={directory / 'web.yml'}"
    with stack.Bekci(directory / "plain", config=stack.HOST_ONLY) as plain, \
            stack.Bekci(directory / "tls", web, config=stack.HOST_ONLY, scheme="https", wait=False) as tls:
        plain.context, tls.context = None, trusted
        stack.wait_until(lambda: answers(tls), 20, "https answers")
        yield {"plain": plain, "tls": tls}


def answers(bekci):
    assert bekci.alive(), bekci.log()
    try:
        return bekci.get("/-/healthy", context=bekci.context).status == 200
    except OSError:
        return False


def start(bekci, part):
    argv = [sys.executable, LOAD, "--url", bekci.base + "/metrics", "--pid", bekci.pid, "--seconds", SECONDS, "--only", part]
    if stack.SANITIZED:  # slower and larger: what is left is that nothing breaks
        argv += ["--pss-growth-mib", "4000", "--latency-ms", "20000"]
    return subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def check(bekci, process):
    said, _ = process.communicate(timeout=200)
    print(said)
    assert process.returncode == 0, said
    assert answers(bekci)


@pytest.mark.skipif(not stack.have("wrk"), reason="wrk is not installed")
@pytest.mark.parametrize("way", ["plain", "tls"])
def test_500_clients_at_once_are_answered_without_an_error_and_memory_stays_flat(servers, way):
    check(servers[way], start(servers[way], "load"))
