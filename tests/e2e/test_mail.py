"""Mail to a real server (aiosmtpd): STARTTLS and implicit TLS with certificates that are checked, logins, refused recipients,
and the message as a mail program reads it."""

import contextlib
import email
import email.policy
import os
import pathlib
import socket
import ssl
import subprocess

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

BUILD = pathlib.Path(os.environ.get("BEKCI_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build"))
PROGRAM = BUILD / "agent/notify/receivers/receivers_test"
CASE = "the mail server that the environment names*"
MAIL = ("smarthost: '127.0.0.1:{port}', from: 'Bekci <b@example.test>', to: 'a@example.test, c@example.test', "
        "hello: web-1, text: 'burning: {{{{ summary }}}}', html: '<p>{{{{ summary }}}}</p>', "
        "headers: {{Subject: 'köfte {{{{ summary }}}}'}}")


class Mailbox:
    """Keeps what arrives; refuses the recipients it is told to."""

    def __init__(self, refused=()):
        self.refused = refused
        self.mails = []
        self.logins = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope, session.ssl is not None))
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, data):
        good = data.login == b"u" and data.password == b"pa55word"
        self.logins.append((mechanism, session.ssl is not None))
        return AuthResult(success=good, handled=good)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and a certificate of it for 127.0.0.1."""
    path = tmp_path_factory.mktemp("certificates")

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=path, check=True, capture_output=True)

    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
                "-subj", f"/CN={name}")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "csr.pem", "-subj", "/CN=mx")
    (path / "ext").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile",
            "ext", "-out", "cert.pem")
    return path


@pytest.fixture
def context(certificates):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    return made


@contextlib.contextmanager
def running(mailbox, **options):
    implicit = options.pop("ssl_context", None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ssl_context=implicit, ready_timeout=30, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def send(port, outcome, more=""):
    settings = "{" + MAIL.format(port=port) + (", " + more if more else "") + "}"
    environment = {**os.environ, "BEKCI_TEST_EMAIL": settings, "BEKCI_TEST_OUTCOME": outcome}
    done = subprocess.run([PROGRAM, "--no-skip", "--success", f"--test-case={CASE}"], env=environment, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "assertions: 0" not in done.stdout.replace("  ", " ")
    return done.stdout


def tls(certificates, authority="ca", **more):
    words = "".join(f", {key}: {value}" for key, value in more.items())
    return f"tls_config: {{ca_file: {certificates}/{authority}.pem{words}}}"


def test_starttls_with_login_and_a_message_that_mail_programs_read(certificates, context):
    mailbox = Mailbox()
    options = dict(tls_context=context, require_starttls=True, authenticator=mailbox.authenticate, auth_required=True)
    with running(mailbox, **options) as port:
        send(port, "delivered", "auth_username: u, auth_password: pa55word, " + tls(certificates))
    envelope, encrypted = mailbox.mails[0]
    assert encrypted
    assert mailbox.logins == [("PLAIN", True)]
    assert envelope.mail_from == "b@example.test"
    assert envelope.rcpt_tos == ["a@example.test", "c@example.test"]
    assert max(len(line) for line in envelope.content.split(b"\r\n")) <= 998
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert message["Subject"] == "köfte it burns"
    assert message["From"] == "Bekci <b@example.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.utcoffset().total_seconds() == 0
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert list(message.iter_parts()) == [text, html]
    assert text.get_content().startswith("burning: it burns")
    link = "https://bekci.example.test/e/01JD?a=ack&l=L2&s=sig"
    assert link in text.get_content()
    assert link.replace("&", "&amp;") in html.get_content()
    assert not message.defects


def test_only_login_is_offered(certificates, context):
    mailbox = Mailbox()
    options = dict(tls_context=context, authenticator=mailbox.authenticate, auth_exclude_mechanism=["PLAIN"])
    with running(mailbox, **options) as port:
        send(port, "delivered", "auth_username: u, auth_password: pa55word, " + tls(certificates))
    assert mailbox.logins == [("LOGIN", True)]


def test_a_wrong_password_is_told_apart_from_trouble(certificates, context, tmp_path):
    mailbox = Mailbox()
    (tmp_path / "password").write_text("wr0ng-one\n")
    options = dict(tls_context=context, authenticator=mailbox.authenticate, auth_required=True)
    with running(mailbox, **options) as port:
        login = f"auth_username: u, auth_password_file: {tmp_path}/password, "
        told = send(port, "auth_error", login + tls(certificates))
        assert "wr0ng" not in told
        (tmp_path / "password").write_text("pa55word\n")
        send(port, "delivered", login + tls(certificates))
    assert len(mailbox.mails) == 1


def test_a_certificate_that_is_not_trusted_gets_no_mail(certificates, context):
    mailbox = Mailbox()
    with running(mailbox, tls_context=context) as port:
        send(port, "retryable", tls(certificates, "other"))
        send(port, "retryable", tls(certificates, server_name="mx.example.test"))
        assert not mailbox.mails
        send(port, "delivered", tls(certificates, "other", insecure_skip_verify="true"))
    assert mailbox.mails[0][1]


def test_implicit_tls(certificates, context):
    mailbox = Mailbox()
    with running(mailbox, ssl_context=context) as port:
        send(port, "delivered", "force_implicit_tls: true, " + tls(certificates))
    assert len(mailbox.mails) == 1


def test_without_starttls_nothing_is_sent_unless_it_is_allowed(certificates):
    mailbox = Mailbox()
    with running(mailbox) as port:
        send(port, "permanent", tls(certificates))
        assert not mailbox.mails
        send(port, "delivered", "require_tls: false")
    assert len(mailbox.mails) == 1


def test_one_refused_recipient_does_not_lose_the_others():
    mailbox = Mailbox(refused=("a@example.test",))
    with running(mailbox) as port:
        told = send(port, "delivered", "require_tls: false")
    assert "refused: a@example.test (550)" in told
    assert mailbox.mails[0][0].rcpt_tos == ["c@example.test"]
