"""Hardware that no test machine has: captured and invented procfs and sysfs trees, read by bekci and by the real
prometheus-node-exporter. Families, types, help texts, series and values must be the same to the letter.

The trees are tests/golden/devices/*.tree (their first line says what each is). Every part in PARTS is asked on every
tree, so what a part says of a host without its hardware is compared as well."""

import pathlib
import re
import shutil
import subprocess

import pytest

import stack

TREES = stack.SOURCE / "tests" / "golden" / "devices"
PARTS = ("bcache bonding btrfs cpufreq edac fibrechannel hwmon infiniband ipvs mdadm nfs nfsd nvme powersupplyclass "
         "rapl tapestats thermal_zone xfs zfs").split()

# What a part reports in other words than the peer, by tree: expressions that must match a whole series, and the reason.
ACCEPTED = [
    (r'node_zfs_zpool_dataset_\w+\{dataset="rpool/root( data/%a b)?",zpool="rpool"\}',
     "names of datasets may hold spaces; the peer shows the first word, and two datasets may then be one series"),
    (r'node_scrape_collector_duration_seconds\{.*\}', "time"),
]


def unpack(archive, root):
    """Entries "path size", that many bytes and a line end; or "path -> target"."""
    data, at = archive.read_bytes(), 0
    while at < len(data):
        end = data.index(b"\n", at)
        line, at = data[at:end].decode(), end + 1
        if line.startswith("#"):
            continue
        name, _, what = line.partition(" ")
        path = pathlib.Path(f"{root}{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if what.startswith("-> "):
            path.symlink_to(what[3:])
        else:
            path.write_bytes(data[at:at + int(what)])
            at += int(what) + 1


class Tree:
    def __init__(self, directory, archive=None):
        self.root = directory / "host"
        for below in ("proc", "sys"):
            (self.root / below).mkdir(parents=True)
        if archive is not None:
            unpack(archive, self.root)
        self.directory = directory

    def flags(self):
        return [f"--path.procfs={self.root}/proc", f"--path.sysfs={self.root}/sys", f"--path.rootfs={self.root}"]

    def peer(self, parts, *more):
        return ask_peer(self.directory, parts, *more, *self.flags())

    def bekci(self, parts, options=""):
        return collect(self.directory, parts, options, self.flags())


def ask_peer(directory, parts, *flags):
    """The peer's page with these parts alone, without what it says of itself."""
    with stack.NodeExporter(directory, "--collector.disable-defaults", "--web.disable-exporter-metrics", *flags,
                            *(f"--collector.{part}" for part in parts)) as process:
        page = process.metrics()
    for own in ("node_exporter_build_info", "promhttp_metric_handler_errors_total"):
        page.types.pop(own, None), page.helps.pop(own, None)
        page.series = {s: v for s, v in page.series.items() if page.family_of(s) != own}
    return page


def collect(directory, parts, options, flags):
    config = directory / "bekci.yml"
    config.write_text("collectors:\n  host:\n    interval: 15s\n" + options)
    command = [stack.BEKCI, "collect", "host", f"--config.file={config}", *flags]
    command += [f"--only={part}" for part in parts]
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return stack.Page(result.stdout)


def accepted(series):
    return any(re.fullmatch(pattern, series) for pattern, _ in ACCEPTED)


def compare(ours, peer):
    assert ours.duplicates == []
    assert set(ours.types) ^ set(peer.types) == set()
    assert {n: (ours.types[n], ours.helps.get(n)) for n in peer.types} == {
        n: (peer.types[n], peer.helps.get(n)) for n in peer.types}
    assert sorted(s for s in set(peer.series) ^ set(ours.series) if not accepted(s)) == []
    different = {s: (ours.series[s], text) for s, text in peer.series.items()
                 if s in ours.series and not accepted(s) and ours.series[s] != text}
    assert different == {}


@pytest.mark.parametrize("archive", sorted(TREES.glob("*.tree")), ids=lambda archive: archive.stem)
def test_every_part_says_of_a_tree_what_the_peer_says(archive, tmp_path):
    tree = Tree(tmp_path, archive)
    ours, peer = tree.bekci(PARTS), tree.peer(PARTS)
    assert len(peer.series) > 100
    compare(ours, peer)


def test_every_part_says_of_a_host_without_its_hardware_what_the_peer_says(tmp_path):
    tree = Tree(tmp_path)
    compare(tree.bekci(PARTS), tree.peer(PARTS))


@pytest.mark.parametrize("archive, part, options, flag", [
    ("storage", "bcache", "bcache: {priority_stats: true}", "--collector.bcache.priorityStats"),
    ("storage", "tapestats", "tapestats: {ignored_devices: '^st0$'}", "--collector.tapestats.ignored-devices=^st0$"),
    ("sensors", "rapl", "rapl: {zone_label: true}", "--collector.rapl.enable-zone-label"),
    ("network", "ipvs", "ipvs: {backend_labels: [remote_port, proto]}",
     "--collector.ipvs.backend-labels=remote_port,proto"),
    ("network", "ipvs", "ipvs: {backend_labels: []}", "--collector.ipvs.backend-labels="),
])
def test_an_option_is_the_peers_flag(archive, part, options, flag, tmp_path):
    tree = Tree(tmp_path, TREES / f"{archive}.tree")
    peer = tree.peer([part], flag)
    assert len(peer.series) > 5
    compare(tree.bekci([part], f"    {options}\n"), peer)


def test_every_accepted_difference_is_still_one(tmp_path):
    tree = Tree(tmp_path, TREES / "storage.tree")
    ours, peer = tree.bekci(PARTS), tree.peer(PARTS)
    different = {s for s in set(ours.series) | set(peer.series) if ours.series.get(s) != peer.series.get(s)}
    for pattern, reason in ACCEPTED:
        assert any(re.fullmatch(pattern, s) for s in different), f"no difference any more: {reason}"


@pytest.fixture
def mounted_btrfs(tmp_path):
    """Two devices in a mounted btrfs on this kernel."""
    if not stack.have("mkfs.btrfs", "losetup", "mount", "umount"):
        pytest.skip("needs btrfs-progs")
    mount_point, loops = tmp_path / "mnt", []
    mount_point.mkdir()
    mounted = False
    try:
        for name in ("one", "two"):
            image = tmp_path / name
            with open(image, "wb") as out:
                out.truncate(256 << 20)
            made = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=False)
            if made.returncode != 0:
                pytest.skip("no loop devices here: " + made.stderr.strip())
            loops.append(made.stdout.strip())
        subprocess.run(["mkfs.btrfs", "-q", "-L", "e2e", "-d", "raid0", "-m", "raid1", *loops], check=True)
        done = subprocess.run(["mount", "-t", "btrfs", loops[0], mount_point], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            pytest.skip("btrfs cannot be mounted here: " + done.stderr.strip())
        mounted = True
        yield mount_point
    finally:
        if mounted:
            subprocess.run(["umount", mount_point], check=False)
        for loop in loops:
            subprocess.run(["losetup", "--detach", loop], check=False)


def test_a_mounted_btrfs_is_asked_for_its_devices_as_the_peer_asks(mounted_btrfs, tmp_path):
    peer = ask_peer(tmp_path, ["btrfs"])
    ours = collect(tmp_path, ["btrfs"], "", [])
    assert peer.sum(r'node_btrfs_device_errors_total\{.*\}') == 0
    assert len([s for s in ours.series if s.startswith("node_btrfs_device_unused_bytes{")]) == 2
    compare(ours, peer)
    assert shutil.disk_usage(mounted_btrfs).total > 0
