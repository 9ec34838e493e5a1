"""Promises of count.py: nothing that failed, died or is missing is ever counted as passed."""
import pathlib
import subprocess
import sys

import pytest

COUNT = pathlib.Path(__file__).with_name("count.py")
DOCTEST = "[doctest] test cases:  3 |  {} passed | {} failed | 0 skipped\n"


def entry(status, output="", skipped=None):
    mark = "" if skipped is None else f'<skipped message="{skipped}"/>'
    return f'<testcase name="x" status="{status}">{mark}<system-out>{output}</system-out></testcase>'


@pytest.mark.parametrize(
    "entries, last, code",
    [
        ([entry("run", DOCTEST.format(3, 0))], "3 passed, 0 failed", 0),
        ([entry("fail", DOCTEST.format(2, 1))], "2 passed, 1 failed", 1),
        ([entry("fail", "AddressSanitizer: heap-use-after-free")], "0 passed, 1 failed", 1),
        ([entry("fail", DOCTEST.format(3, 0) + "LeakSanitizer")], "3 passed, 1 failed", 1),
        ([entry("run", "..s [100%]\n2 passed, 1 skipped in 61.20s (0:01:01)\n")], "2 passed, 0 failed, 1 skipped", 0),
        ([entry("fail", "===== 1 failed, 4 passed, 1 error in 3.1s =====\n")], "4 passed, 2 failed", 1),
        ([entry("run", "17 inputs replayed\n")], "1 passed, 0 failed", 0),
        ([entry("notrun", skipped="Unable to find executable: y")], "0 passed, 1 failed", 1),
        ([entry("notrun", skipped="SKIP_RETURN_CODE=77")] + [entry("run")], "1 passed, 0 failed, 1 skipped", 0),
        ([], "0 passed, 1 failed", 1),
    ],
)
def test_last_line_and_exit_code(tmp_path, entries, last, code):
    junit = tmp_path / "tests.xml"
    junit.write_text(f"<testsuite>{''.join(entries)}</testsuite>")
    run = subprocess.run([sys.executable, COUNT, junit], capture_output=True, text=True)
    assert run.stdout.splitlines()[-1] == last
    assert run.returncode == code


def test_a_build_that_broke_is_a_failure():
    run = subprocess.run([sys.executable, COUNT, "--broken=build build"], capture_output=True, text=True)
    assert run.stdout.splitlines() == ["failed: build build", "0 passed, 1 failed"]
    assert run.returncode == 1
