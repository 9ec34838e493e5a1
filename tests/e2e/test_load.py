"""500 clients at once, then 300 that mean harm, plain on loopback and through TLS: no error, flat memory, the bad ones
dropped and good ones answered meanwhile. tests/load/load.py does it and says what it saw."""

import subprocess
import sys

import pytest

import stack
from test_web_config import certificates  # noqa: F401  (a fixture)

LOAD = stack.SOURCE / "tests" / "load" / "load.py"
SECONDS = 3 if stack.SANITIZED else 20


def load(bekci, url):
    argv = [sys.executable, LOAD, "--url", url, "--pid", str(bekci.pid), "--seconds", str(SECONDS)]
    if stack.SANITIZED:  # slower and larger: what is left is that nothing breaks
        argv += ["--pss-growth-mib", "4000", "--latency-ms", "20000"]
    result = subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False)
    print(result.stdout, result.stderr)
    assert result.returncode == 0, result.stdout + result.stderr
    assert bekci.get("/-/healthy", context=getattr(bekci, "context", None)).status == 200


@pytest.mark.skipif(not stack.have("wrk"), reason="wrk is not installed")
def test_plain_on_loopback(bekci):
    load(bekci, bekci.base + "/metrics")


@pytest.mark.skipif(not stack.have("wrk"), reason="wrk is not installed")
def test_through_tls(tmp_path, certificates):  # noqa: F811
    import ssl
    (tmp_path / "web.yml").write_text(f"tls_server_config:\n  cert_file: {certificates}/server.pem\n"
                                      f"  key_file: {certificates}/server.key\n")
    trusted = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    with stack.Bekci(tmp_path / "bekci", f"--web.config.file={tmp_path / 'web.yml'}", scheme="https", wait=False) as bekci:
        bekci.context = trusted

        def answered():
            assert bekci.alive(), bekci.log()
            try:
                return bekci.get("/-/ready", context=trusted).status == 200
            except OSError:
                return False

        stack.wait_until(answered, 20, "https answers")
        load(bekci, bekci.base + "/metrics")
