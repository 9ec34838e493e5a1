"""Counts test cases from the JUnit files that CTest wrote, names what failed, and prints the total as the last line.

A CTest entry is a program with many cases: doctest and pytest each end with a line that says how many, which is what is
counted. An entry without such a line (a corpus replay, a style check) is one case. A program that died, timed out or
failed without saying so in its own count is one failure more.

    count.py build/tests.xml --broken="build build-asan"    -> "412 passed, 1 failed", exit 1
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

DOCTEST = re.compile(r"\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")
PYTEST = re.compile(r"^=*\s*((?:\d+ \w+(?:, )?)+) in [\d.]+s(?: \([\d:]+\))?\s*=*$", re.MULTILINE)
PYTEST_KIND = {"passed": 0, "xfailed": 0, "failed": 1, "error": 1, "errors": 1, "xpassed": 1, "skipped": 2}


def cases_in(output):
    """[passed, failed, skipped] by the program's own account, or None when it gives none."""
    counts = [0, 0, 0]
    found = DOCTEST.findall(output)
    for _, passed, failed, _ in found:  # what doctest calls skipped was filtered out, not a case that could not run
        counts[0] += int(passed)
        counts[1] += int(failed)
    for line in PYTEST.findall(output):
        found.append(line)
        for number, word in re.findall(r"(\d+) (\w+)", line):
            if word in PYTEST_KIND:
                counts[PYTEST_KIND[word]] += int(number)
    return counts if found else None


def count_entry(entry):
    """[passed, failed, skipped] of one CTest entry."""
    status = entry.get("status")
    skipped = entry.find("skipped")
    # A program that is missing is "notrun" as well; only one that said so itself was skipped.
    if status == "disabled" or (skipped is not None and "SKIP_" in skipped.get("message", "")):
        return [0, 0, 1]
    counts = cases_in(entry.findtext("system-out") or "") or [0, 0, 0]
    if status == "run":
        return counts if sum(counts) else [1, 0, 0]
    return counts if counts[1] else [counts[0], 1, counts[2]]


def main(arguments):
    total, failed = [0, 0, 0], []
    for argument in arguments:
        if argument.startswith("--broken="):
            total[1] += 1
            failed.append(argument.partition("=")[2])
            continue
        for entry in ElementTree.parse(argument).getroot().iter("testcase"):
            counts = count_entry(entry)
            total = [a + b for a, b in zip(total, counts)]
            if counts[1]:
                failed.append(f"{entry.get('name')} ({argument})")
    for name in failed:
        print(f"failed: {name}")
    if total[0] == 0 and total[1] == 0:
        print("failed: no test ran")
        total[1] = 1
    print(f"{total[0]} passed, {total[1]} failed" + (f", {total[2]} skipped" if total[2] else ""))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
