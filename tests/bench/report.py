"""What the benchmarks have in common: what processes used, and the place of a table in README.md."""

import contextlib
import pathlib
import re


def cpu_seconds(pids):
    """From schedstat (nanoseconds) of every thread: /proc/PID/stat counts in 10 ms, too coarse for this."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):  # a thread that ended meanwhile
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def pss_mib(pids):
    total = 0
    for pid in pids:
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M).group(1))
    return total / 1024


def write_readme(section, text):
    """Puts `text` between <!-- section: begin --> and <!-- section: end --> of tests/bench/README.md."""
    path = pathlib.Path(__file__).with_name("README.md")
    begin, end = f"<!-- {section}: begin -->\n", f"<!-- {section}: end -->"
    head, rest = path.read_text().split(begin)
    path.write_text(head + begin + text + end + rest.split(end)[1])
