"""A Prometheus 3 for the tests that compare with one: Debian 12 has 2.42, while the language bekci speaks is that of 3.x.

Debian's unstable distribution has 3.5; apt fetches its packages with lists, cache and configuration of their own, so that
the machine's package state is not touched, and they are unpacked, never installed. What was fetched once is kept in
~/.cache/bekci-peers. Only long runs (tests/run --deep, or BEKCI_NEWER_PEERS=1) ask for it; without the mirror they skip."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess

import pytest

SERIES = "3.5"  # what the lists of differences in the tests speak of
DISTRIBUTION = "sid"
MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "bekci-peers"
PACKAGES = ("prometheus", "promtool")


def _apt(directory, *words):
    """Runs a program of apt on a state of its own; pytest.skip says why when it cannot."""
    for part in ("lists/partial", "cache/archives/partial", "parts", "debs"):
        (directory / part).mkdir(parents=True, exist_ok=True)
    (directory / "sources.list").write_text(f"deb [signed-by={KEYRING}] {MIRROR} {DISTRIBUTION} main\n")
    configuration = directory / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{directory}/sources.list";\nDir::Etc::sourceparts "{directory}/parts";\n'
        f'Dir::State::lists "{directory}/lists";\nDir::Cache "{directory}/cache";\nAPT::Sandbox::User "root";\n'
        'Acquire::Languages "none";\nAcquire::Retries "2";\nAcquire::http::Timeout "20";\n')
    run = subprocess.run(list(words), cwd=directory / "debs", env={**os.environ, "APT_CONFIG": str(configuration)},
                         capture_output=True, text=True, timeout=600, check=False)
    if run.returncode != 0:
        pytest.skip(f"{' '.join(words)} on {MIRROR} {DISTRIBUTION}: {(run.stderr or run.stdout).strip()[-300:]}")
    return run.stdout


def _fetch(to):
    work = CACHE / f"{to.name}.apt"
    _apt(work, "apt-get", "-q", "update")
    version = re.search(r"^Version: (\S+)", _apt(work, "apt-cache", "show", "--no-all-versions", "prometheus"), re.M)[1]
    if not version.startswith(SERIES + "."):
        pytest.skip(f"{DISTRIBUTION} has prometheus {version}; the differences that are known are those of {SERIES}")
    _apt(work, "apt-get", "-q", "download", *PACKAGES)
    new = to.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    for deb in (work / "debs").glob("*.deb"):
        subprocess.run(["dpkg", "-x", deb, new], check=True)
    shutil.rmtree(work)
    new.rename(to)


def programs():
    """The directory with `prometheus` and `promtool` of 3.5; skips the test where there is none."""
    if os.environ.get("BEKCI_NEWER_PEERS") != "1":
        pytest.skip("a peer from the network: tests/run --deep, or BEKCI_NEWER_PEERS=1")
    CACHE.mkdir(parents=True, exist_ok=True)
    root = CACHE / f"prometheus-{SERIES}-unpacked"
    with open(CACHE / f"{root.name}.lock", "w", encoding="ascii") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not root.exists():
            _fetch(root)
    found = root / "usr" / "bin"
    run = subprocess.run([found / "prometheus", "--version"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        pytest.skip(f"prometheus {SERIES} does not run here: {run.stderr.strip()[-300:]}")
    return found
