"""Runs clang-tidy over the product's sources, each once per content: what passed before is not looked at again.

The sources are those of compile_commands.json under agent/ and exporters/ without tests (doctest's macros are not ours).
A source's key is the hash of the checker's version, .clang-tidy, its compile command, its text and the text of every
header of ours that it reaches. A key that passed is an empty file in <build>/tidy-cache, so a change costs the sources
that see it: none to a few seconds where the whole tree takes minutes.

The whole tree costs about 3.5 CPU seconds a source and grows with the project, while a test run must stay short. So a run
looks at the sources in order of change, newest first, and after BEKCI_TIDY_SECONDS (default 60) begins no more; the rest
is told and stays due for the next run. 0 is no limit: tests/run --deep.

    tidy.py clang-tidy-14 build [SOURCE...]     exit 1 when something was found
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What clang must not see: the compiler cache, GCC's own warnings, and its precompiled header, so that every source is
# read as it stands.
NOT_FOR_CLANG = re.compile(r"^env \S+ \S+/ccache | -fpch-preprocess| -Winvalid-pch -include \S+"
                           r"| -Wno-(?:array-bounds|stringop-\w+|restrict)")
INCLUDE = re.compile(rb'^\s*#\s*include\s+"((?:agent|exporters)/[^"]+)"', re.MULTILINE)


def sources_of(build, wanted):
    """path -> compile command of every source to look at, the one changed last first."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if not path.is_relative_to(ROOT) or path.stem.endswith(("_test", "_fuzz", "_bench")):
            continue
        name = str(path.relative_to(ROOT))
        if name.startswith(("agent/", "exporters/")) and (not wanted or name in wanted):
            found[name] = NOT_FOR_CLANG.sub("", entry["command"])
    age = ages()
    return dict(sorted(found.items(), key=lambda item: (age.get(item[0], len(age)), -(ROOT / item[0]).stat().st_mtime)))


def ages():
    """path -> its place in order of change: what is not committed, then commit by commit. Without git: nothing; a checkout's
    times of files would say nothing either, where it is a fresh one."""
    said = ""
    for words in (["ls-files", "--others", "--exclude-standard"], ["diff", "--name-only", "HEAD"],
                  ["log", "--format=", "--name-only", "--max-count=300"]):
        run = subprocess.run(["git", *words], capture_output=True, text=True, cwd=ROOT, check=False)
        said += run.stdout if run.returncode == 0 else ""
    return {name: place for place, name in enumerate(dict.fromkeys(said.splitlines()))}


class Contents:
    """Hashes of sources together with the headers of ours that they reach."""

    def __init__(self):
        self.texts = {}

    def text(self, name):
        if name not in self.texts:
            path = ROOT / name
            self.texts[name] = path.read_bytes() if path.is_file() else b""
        return self.texts[name]

    def hash(self, name, *extra):
        reached, todo = set(), [name]
        while todo:
            current = todo.pop()
            if current not in reached:
                reached.add(current)
                todo += [match.decode() for match in INCLUDE.findall(self.text(current))]
        digest = hashlib.sha256()
        for part in extra:
            digest.update(part.encode() + b"\0")
        for part in sorted(reached):
            digest.update(part.encode() + b"\0" + self.text(part) + b"\0")
        return digest.hexdigest()


def write_database(directory, sources):
    """A compile_commands.json of these sources, as they are compiled but for the precompiled header."""
    directory.mkdir(exist_ok=True)
    entries = [{"directory": str(directory.parent), "file": str(ROOT / name), "command": command}
               for name, command in sources.items()]
    (directory / "compile_commands.json").write_text(json.dumps(entries, indent=1))


def check(tidy, database, name, deadline):
    """"" when clean, what clang-tidy said when not, None when there was no time left to look."""
    if time.monotonic() > deadline:
        return None
    run = subprocess.run([tidy, "-p", str(database), "--quiet", str(ROOT / name)], capture_output=True, text=True, cwd=ROOT)
    return "" if run.returncode == 0 else run.stdout or run.stderr or "clang-tidy failed without a word"


def main(tidy, build, *wanted):
    build = pathlib.Path(build).resolve()
    cache = build / "tidy-cache"
    cache.mkdir(exist_ok=True)
    version = subprocess.run([tidy, "--version"], capture_output=True, text=True, check=True).stdout
    rules = (ROOT / ".clang-tidy").read_text()
    contents = Contents()
    sources = sources_of(build, wanted)
    if not sources:
        print("no sources found in", build / "compile_commands.json")
        return 1
    database = build / "tidy"
    write_database(database, sources)
    keys = {name: contents.hash(name, version, rules, command) for name, command in sources.items()}
    due = [name for name in sources if not (cache / keys[name]).exists()]

    os.nice(10)
    limit = float(os.environ.get("BEKCI_TIDY_SECONDS", "60"))
    deadline = time.monotonic() + limit if limit > 0 else float("inf")
    bad = later = 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", os.cpu_count() or 1))) as pool:
        runs = {pool.submit(check, tidy, database, name, deadline): name for name in due}
        for done in concurrent.futures.as_completed(runs):
            findings = done.result()
            if findings is None:
                later += 1
            elif findings == "":
                (cache / keys[runs[done]]).touch()
            else:
                bad += 1
                print(findings, flush=True)
    for old in set(os.listdir(cache)) - set(keys.values()):
        if not wanted:
            (cache / old).unlink()
    print(f"{len(sources)} sources, {len(due) - later} looked at, {later} left for the next run, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
