"""bekci beside the real prometheus-node-exporter on the same host: families, types, help, label names and values that
stand still must be the same. What differs on purpose stands in node_exporter_differences.txt with its reason."""
# Runs alone: two pages of a moving host are compared.

import pathlib
import re

import pytest

import stack

DIFFERENCES = pathlib.Path(__file__).with_name("node_exporter_differences.txt")
# Families whose values do not move between two scrapes taken a moment apart.
STILL = re.compile(
    r"node_(boot_time_seconds|disk_info|dmi_info|uname_info|os_info|os_version|filefd_maximum|memory_MemTotal_bytes|"
    r"memory_SwapTotal_bytes|memory_Hugepagesize_bytes|memory_VmallocTotal_bytes|memory_HugePages_Total|entropy_pool_size_bits|"
    r"filesystem_(size_bytes|files|readonly|device_error)|nf_conntrack_entries_limit|selinux_enabled|"
    r"network_(info|mtu_bytes|up|carrier|carrier_changes_total|flags|address_assign_type|device_id|dormant|iface_id|"
    r"iface_link|iface_link_mode|name_assign_type|net_dev_group|protocol_type|speed_bytes|transmit_queue_length)|"
    r"netstat_Ip_Forwarding|time_zone_offset_seconds|time_clocksource_(available|current)_info|timex_tick_seconds|"
    r"timex_loop_time_constant|timex_tai_offset_seconds|cpu_(scaling_frequency_(max|min)_hertz|frequency_(max|min)_hertz)|"
    r"textfile_scrape_error|md_.*|hwmon_chip_names|hwmon_sensor_label|edac_.*|power_supply_info|arp_entries|"
    r"scrape_collector_success)")


def accepted():
    """Rows `kind pattern # reason`."""
    rows = []
    for number, line in enumerate(DIFFERENCES.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\S+)\s+(\S.*?)\s+#\s+(\S.*)", line)
        assert match, f"{DIFFERENCES.name}:{number}: not `kind pattern # reason`: {line}"
        rows.append((match[1], re.compile(match[2]), number))
    return rows


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    directory = tmp_path_factory.mktemp("parity")
    textfiles = directory / "textfile"
    textfiles.mkdir()
    (textfiles / "job.prom").write_text('# HELP job_ok Whether the job went well.\n# TYPE job_ok gauge\njob_ok{job="a"} 1\n')
    flag = f"--collector.textfile.directory={textfiles}"
    with stack.Bekci(directory / "bekci", flag, config=stack.HOST_ONLY) as bekci, stack.NodeExporter(directory, flag) as peer:
        bekci.metrics(), peer.metrics()  # both warm
        yield bekci.metrics("/metrics/host/" + bekci_instance(bekci)), peer.metrics()


def bekci_instance(bekci):
    import json
    for entry in json.loads(bekci.get("/sd").text):
        if entry["labels"].get("job") == "node":
            return entry["labels"]["__metrics_path__"].rsplit("/", 1)[1]
    raise AssertionError("no host instance in /sd")


def unexplained(found, kind):
    """What of `found` (strings) no row of that kind accepts."""
    rows = [pattern for row_kind, pattern, _ in accepted() if row_kind == kind]
    return sorted(f for f in found if not any(p.fullmatch(f) for p in rows))


def theirs(peer):
    return {name for name in peer.types if not re.match(r"(go|process|promhttp)_|node_exporter_build_info", name)}


def test_every_family_of_the_peer_is_there(pages):
    ours, peer = pages
    assert unexplained(theirs(peer) - set(ours.types), "missing") == []


def test_no_node_family_of_ours_is_unknown_to_the_peer(pages):
    ours, peer = pages
    extra = {name for name in ours.types if name.startswith("node_")} - set(peer.types)
    assert unexplained(extra, "extra") == []


def test_types_and_helps_are_the_peers(pages):
    ours, peer = pages
    common = theirs(peer) & set(ours.types)
    assert len(common) > 150
    assert unexplained({n for n in common if ours.types[n] != peer.types[n]}, "type") == []
    assert unexplained({n for n in common if ours.helps.get(n) != peer.helps.get(n)}, "help") == []


def test_every_series_has_the_peers_labels(pages):
    ours, peer = pages

    def shape(page):
        return {s for s in page.series if page.family_of(s) in theirs(peer)}

    missing, extra = shape(peer) - shape(ours), shape(ours) - shape(peer)
    assert unexplained(missing, "series") == []
    assert unexplained(extra, "series") == []


def test_values_that_stand_still_are_equal(pages):
    ours, peer = pages
    still = {s for s in peer.series if STILL.fullmatch(peer.family_of(s)) and s in ours.series}
    assert len(still) > 60
    different = {f"{s} {ours.series[s]} {peer.series[s]}" for s in still if ours.value(s) != peer.value(s)}
    assert unexplained(different, "value") == []


def test_moving_values_are_near(pages):
    """Counters of both pages were read within a second of each other; a wrong unit or column is off by far more."""
    ours, peer = pages
    far = []
    for series, text in peer.series.items():
        family = peer.family_of(series)
        if family not in theirs(peer) or peer.types.get(family) != "counter" or series not in ours.series:
            continue
        a, b = ours.value(series), float(text)
        if abs(a - b) > 0.05 * max(abs(a), abs(b)) + 5 * (1e6 if "bytes" in family else 100):
            far.append(f"{series} {a} {b}")
    assert unexplained(far, "value") == []


def test_every_accepted_difference_is_well_formed():
    kinds = {kind for kind, _, _ in accepted()}
    assert kinds <= {"missing", "extra", "type", "help", "series", "value"}
