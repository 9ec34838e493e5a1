import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import stack  # noqa: E402


@pytest.fixture
def bekci(tmp_path):
    """A bekci that collects the host, ended with the test; its log is shown when the test fails."""
    with stack.Bekci(tmp_path / "bekci", config=stack.HOST_ONLY) as process:
        yield process


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed and "tmp_path" in item.fixturenames:
        for log in sorted(item.funcargs["tmp_path"].rglob("*.log")):
            report.sections.append((str(log.name), log.read_text(errors="replace")[-4000:]))
