"""The exporter toolkit's web configuration file: TLS, client certificates, basic authentication, headers."""

import base64
import ssl
import subprocess

import pytest

import stack


def bcrypt(password):
    """A bcrypt hash made by the system's own crypt()."""
    import ctypes
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), b"$2b$05$abcdefghijklmnopqrstuu").decode()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    d = tmp_path_factory.mktemp("certs")

    def openssl(*argv):
        subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
            "/CN=test ca", "-keyout", d / "ca.key", "-out", d / "ca.pem")
    for name in ("server", "client"):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName=DNS:{name}.example,IP:127.0.0.1", "-keyout", d / f"{name}.key", "-out",
                d / f"{name}.csr")
        openssl("x509", "-req", "-in", d / f"{name}.csr", "-CA", d / "ca.pem", "-CAkey", d / "ca.key", "-days", "2",
                "-copy_extensions", "copy", "-out", d / f"{name}.pem")
    return d


def context(certificates, client=False):
    result = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    if client:
        result.load_cert_chain(certificates / "client.pem", certificates / "client.key")
    return result


def start(tmp_path, web_yml, scheme="https"):
    (tmp_path / "web.yml").write_text(web_yml)
    return stack.Bekci(tmp_path / "bekci", f"--web.config.file={tmp_path / 'web.yml'}", config=stack.HOST_ONLY, scheme=scheme,
                       wait=False)


def test_tls_with_basic_auth_and_headers(tmp_path, certificates):
    web = (f"tls_server_config:\n  cert_file: {certificates}/server.pem\n  key_file: {certificates}/server.key\n"
           f"  min_version: TLS12\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n"
           f"basic_auth_users:\n  scraper: {bcrypt('secret')}\n")
    trusted = context(certificates)
    good = {"Authorization": "Basic " + base64.b64encode(b"scraper:secret").decode()}
    with start(tmp_path, web) as bekci:
        def answered():
            assert bekci.alive(), bekci.log()
            try:
                return bekci.get("/-/healthy", context=trusted, headers=good).status == 200
            except OSError:
                return False
        stack.wait_until(answered, 20, "https answers")
        answer = bekci.get("/metrics", context=trusted, headers=good)
        assert answer.status == 200 and b"node_load1" in answer.body
        assert answer.headers["X-Frame-Options"] == "deny"
        for path in ("/", "/metrics", "/sd", "/-/healthy", "/no/such"):
            assert bekci.get(path, context=trusted).status == 401, path
            wrong = {"Authorization": "Basic " + base64.b64encode(b"scraper:wrong").decode()}
            assert bekci.get(path, context=trusted, headers=wrong).status == 401, path
        plain = stack.http(bekci.base.replace("https", "http") + "/metrics", timeout=5, headers=good)
        assert plain.status == 400 and b"node_" not in plain.body
        old = context(certificates)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError):
            bekci.get("/metrics", context=old, headers=good)
        assert "secret" not in bekci.log() and "$2b$" not in bekci.log()


def test_client_certificates_are_demanded_and_their_names_checked(tmp_path, certificates):
    def web(san):
        return (f"tls_server_config:\n  cert_file: {certificates}/server.pem\n  key_file: {certificates}/server.key\n"
                f"  client_ca_file: {certificates}/ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
                f"  client_allowed_sans: [{san}]\n")
    with start(tmp_path, web("client.example")) as bekci:
        def answered():
            assert bekci.alive(), bekci.log()
            try:
                return bekci.get("/-/ready", context=context(certificates, client=True)).status == 200
            except OSError:
                return False
        stack.wait_until(answered, 20, "https answers to the client with a certificate")
        with pytest.raises(OSError):
            bekci.get("/metrics", context=context(certificates))
        # no way round: the process listens nowhere else
        lines = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()
        mine = [line.split()[3] for line in lines if f"pid={bekci.pid}," in line]
        assert mine == [f"127.0.0.1:{bekci.port}"]
    (tmp_path / "second").mkdir()
    with start(tmp_path / "second", web("other.example")) as bekci:
        stack.wait_until(lambda: "bekci is listening" in bekci.log(), 20, "started")
        with pytest.raises(OSError):
            bekci.get("/metrics", context=context(certificates, client=True))


@pytest.mark.parametrize("text,expected", [
    ("tls_server_config: {cert_fil: x}\n", 'did you mean "cert_file"'),
    ("tls_server_config: {cert_file: /no/such.pem, key_file: /no/such.key}\n", "/no/such.pem"),
    ("basic_auth_users: {a: plain}\n", "bcrypt"),
    ("http_server_config: {headers: {X-Other: y}}\n", "X-Other"),
])
def test_a_bad_web_file_is_said_with_file_and_line(tmp_path, text, expected):
    path = tmp_path / "web.yml"
    path.write_text(text)
    result = subprocess.run([stack.BEKCI, "check", "web-config", path], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "web.yml:1" in result.stdout + result.stderr and expected in result.stdout + result.stderr
