"""A page of bekci's beside the page of the exporter it stands in for, with what differs on purpose left out: a file of rows
`kind pattern # reason` (a kind is a regular expression, too: `series-(missing|extra)`). What is left is what somebody has to
look at."""

import pathlib
import re


class Accepted:
    """The rows of a file of accepted differences."""

    def __init__(self, path):
        self.rows = []
        for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            match = re.fullmatch(r"(\S+)\s+(\S.*?)\s+#\s+(\S.*)", line)
            assert match, f"{path}:{number}: not `kind pattern # reason`: {line}"
            self.rows.append((re.compile(match[1]), re.compile(match[2])))

    def unexplained(self, kind, found):
        patterns = [pattern for row_kind, pattern in self.rows if row_kind.fullmatch(kind)]
        return {f for f in found if not any(p.fullmatch(f) for p in patterns)}


def _shape(page, families):
    return {s for s in page.series if page.family_of(s) in families}


def moved(ours, again):
    """Series whose value changed, or that came or went, between two pages of ours around one of the peer's: what the peer
    saw in between cannot be held against either."""
    return {s for s in ours.series if s not in again.series or ours.value(s) != again.value(s)}


def _far(ours, peer, again, both, slack):
    """Counters that are further apart than what happens between two pages: a wrong unit or column."""
    for series in both:
        b = peer.value(series)
        between = sorted((ours.value(series), float(again.series.get(series, ours.series[series]))))
        a = min(max(b, between[0]), between[1])
        if peer.types.get(peer.family_of(series)) == "counter" and abs(a - b) > 0.5 * max(abs(a), abs(b)) + slack:
            yield f"{series} {a} {b}"


def differences(ours, peer, again, prefix, still, accepted, slack=2e4):
    """(kind, what) of all that is not accepted, sorted; how many values that stand still and how many families were compared.
    `ours` is a page from before the peer's and `again` one from after it, so that a server that does something meanwhile is
    not taken for a difference. Only families that begin with `prefix` count; `still` is a pattern of those whose values do not move between two pages."""
    theirs = {n for n in peer.types if n.startswith(prefix)}
    mine = {n for n in ours.types if n.startswith(prefix)}
    common = theirs & mine
    shape, peer_shape = _shape(ours, common), _shape(peer, common)
    both = shape & peer_shape
    quiet = {s for s in both if still.fullmatch(peer.family_of(s))} - moved(ours, again)
    found = {
        "missing": theirs - mine,
        "extra": mine - theirs,
        "type": {f"{n} {ours.types[n]} {peer.types[n]}" for n in common if ours.types[n] != peer.types[n]},
        "help": {f"{n} {ours.helps.get(n)} | {peer.helps.get(n)}" for n in common if ours.helps.get(n) != peer.helps.get(n)},
        "series-missing": peer_shape - shape,
        "series-extra": shape - peer_shape,
        "value": {f"{s} {ours.series[s]} {peer.series[s]}" for s in quiet if ours.value(s) != peer.value(s)},
        "far": set(_far(ours, peer, again, both, slack)),
    }
    left = sorted((kind, f) for kind, what in found.items() for f in accepted.unexplained(kind, what))
    return left, len(quiet), len(common)
