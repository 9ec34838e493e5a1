"""Templates of rules expand as Prometheus expands them: some hundred texts times values, written by hand and by dice, in
one rule file that the real promtool evaluates; texts are compared to the byte, errors with their place and words."""

import json
import pathlib
import random
import re
import subprocess

import pytest
import yaml

import stack

# What Prometheus puts in front of each text; its columns count it, ours do not.
DECLARATIONS = ("{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}"
                "{{$value := .Value}}")
LABELS = {"instance": "web-1.example.com:9100", "job": "node", "path": "/a b?c=d&e", "word": "héllo wörld", "n": "12.5"}
EXTERNAL = {"dc": "x1", "env": "prod"}
URL = "http://mon.example:9090/p"
M = {"c": 3, "a": 1, "b": 20.5}
VALUES = ["0", "1", "-1", "0.5", "7.25", "21", "1234567", "123456.789", "1000000", "100000", "0.00001234", "1e18", "NaN",
          "Inf", "-Inf", "899.99", "86399.7", "-42.5", "1048576", "1e21", "1e-7", "3600", "999.95", "0.959", "59.9999",
          "-93784.5", "1e300", "1e-300", "1435065584.128"]

OF_VALUE = """
{{ $value }} {{ .Value }} {{ print $value }}
{{ humanize $value }} {{ humanize1024 $value }} {{ humanizePercentage $value }}
{{ humanizeDuration $value }}
{{ printf "%.4g|%g|%e|%f|%8.3f|%-9.1f|%G|%E" $value $value $value $value $value $value $value $value }}
{{ printf "%d|%s|%x|%b|%t|%q|%+v|%#v|%T|%6.2f|%06.1f|%+.2e|% .1f" $value $value $value $value $value $value $value $value $value $value $value $value $value }}
{{ if $value }}true{{ else }}false{{ end }} {{ gt $value 1.0 }} {{ lt $value 1.0 }} {{ le $value 1.0 }} {{ ge $value 1.0 }} {{ eq $value 1.0 }} {{ ne $value 1.0 }}
""".strip().split("\n")

LANGUAGE = r"""
{{ . }}
{{ $ }}
{{ $labels.job }} {{ .Labels.job }} {{ $.Labels.job }} {{ ($labels).job }} {{ $labels.missing }}|{{ index $labels "missing" }}
{{ $externalLabels }} {{ $externalLabels.dc }} {{ $externalURL }} {{ .ExternalURL }}
{{ 12 }} {{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }} {{ 1e3 }} {{ .5 }} {{ -5 }} {{ +5 }} {{ 'a' }} {{ '\n' }} {{ 1i }} {{ 1+2i }} {{ 1e21 }}
{{ "a\tb\"\u00e9\x41\101" }} {{ `raw\n` }} {{ true }} {{ false }}
{{ 9223372036854775807 }} {{ 9223372036854775808 }}
{{ 18446744073709551615 }}
a  {{- 1 -}}  b {{- /* c */ -}}  d {{/* e */}} f {{- "x" }} g
{{ and 1 2 3 }} {{ and 1 0 3 }} {{ or 0 "" 3 }} {{ or 0 "" }} {{ not 0 }} {{ not "x" }} {{ 5 | and 1 }} {{ 5 | or 0 }}
{{ eq 1 1 }} {{ eq 1 2 1 }} {{ eq "a" "b" }} {{ ne 1 2 }} {{ lt 1 2 }} {{ le "a" "a" }} {{ gt "b" "a" }} {{ ge 1 2 }} {{ eq true true }} {{ eq 1i 1i }}
{{ eq 1 1.0 }}
{{ gt $value 5 }}
{{ lt true false }}
{{ lt $labels 1 }}
{{ eq $labels $labels }}
{{ eq 1 }}
{{ ne 1 }}
{{ eq nil nil }} {{ eq 1 nil }}
{{ len "é" }} {{ len $labels }} {{ len (query "m") }}
{{ len 3 }}
{{ index "abc" 1 }} {{ index $labels "job" }} {{ index (args 5 6) "arg1" }} {{ index (args 1) "none" }}
{{ index "abc" 3 }}
{{ index "abc" 9 }}
{{ index "abc" "x" }}
{{ index $labels 1 }}
{{ index nil 1 }}
{{ index 3 1 }}
{{ slice "abcdef" 1 3 }} {{ slice "abc" 1 }} {{ slice "abc" }}
{{ slice "abc" 2 1 }}
{{ slice "abc" 0 1 2 }}
{{ slice 1 }}
{{ print 1 2 "a" "b" 3 }} {{ print "a" 1 }} {{ print nil }} {{ print 1.0 2.5 true $labels }} {{ println "x" 1 }}
{{ html "<a&b>'\"" }} {{ html 1 2 }} {{ js "it's <b>=\n\\é" }} {{ urlquery "a b&c=d/é" }} {{ urlquery 1 "x" }} {{ $labels.path | urlquery }}
{{ toUpper "straße é" }} {{ toLower "ÀB" }} {{ title "hello wORLD o'neil foo-bar _x 9a ǆ" }} {{ title $labels.word }}
{{ match "a.c" "xabcx" }} {{ match "^b" "ab" }} {{ "abc" | match "b" }}
{{ match "(" "x" }}
{{ reReplaceAll "(.*)\\.(.*)" "$2-${1}" "a.b" }} {{ reReplaceAll "b*" "-" "abc" }} {{ reReplaceAll "(?P<x>a)" "<${x}$$$1x>" "bab" }}
{{ reReplaceAll "" "-" "éa" }}|{{ reReplaceAll "^a" "b" "aaa" }}|{{ reReplaceAll "a|" "x" "bab" }}|{{ reReplaceAll "$" "!" "ab" }}
{{ reReplaceAll "(" "x" "y" }}
{{ reReplaceAll "(.*):.*" "$1" $labels.instance }} {{ reReplaceAll "\\b" "|" "ab cd" }}
{{ stripPort "web-1:9100" }} {{ stripPort "[::1]:80" }} {{ stripPort "::1" }} {{ stripPort "a:b:c" }} {{ stripPort "[::1]" }} {{ stripPort ":80" }}|{{ stripPort "[a]b:1" }}|{{ stripPort "a]:1" }}
{{ stripDomain "web-1.example.com:9100" }} {{ stripDomain "10.0.0.1:80" }} {{ stripDomain "a.b.c" }} {{ stripDomain "[::1]:80" }} {{ stripDomain "::1" }} {{ stripDomain "web" }} {{ stripDomain "010.0.0.1" }} {{ stripDomain "a.b:" }}
{{ parseDuration "1h30m" }} {{ parseDuration "1d" }} {{ parseDuration "500ms" }} {{ parseDuration "0" }}
{{ parseDuration "1.5h" }}
{{ parseDuration "" }}
{{ graphLink "up == 0" }} {{ tableLink "sum(rate(x{a=\"b\"}[5m])) > 1" }}
{{ humanize "12345" }} {{ humanize $labels.n }} {{ humanizeDuration "60.1" }} {{ humanizePercentage "0.1234567" }} {{ humanize1024 "2048" }} {{ humanize 1000 }}
{{ humanize "abc" }}
{{ humanize "1e999" }}
{{ humanize $labels }}
{{ humanizeTimestamp 1435065584.128 }} {{ humanizeTimestamp 0 }} {{ humanizeTimestamp -1.5 }} {{ humanizeTimestamp "NaN" }}
{{ humanizeTimestamp 1e30 }}
{{ toTime "NaN" }}
{{ toTime 1435065584.128 }} {{ (toTime 0).Year }} {{ (toTime 86400).Weekday }} {{ (toTime 1e9).Unix }} {{ (toTime 0).Month }} {{ (toTime 5e8).YearDay }}
{{ printf "%d %s %v %q %x %5d %10s" (toTime 0).Month (toTime 0).Month (toTime 0).Month (toTime 0).Month (toTime 0).Month (toTime 0).Month (toTime 0).Month }}
{{ ((toTime 3600).Sub (toTime 0)).Minutes }} {{ (toTime 90.5).Sub (toTime 0) }} {{ (toTime 1).After (toTime 0) }} {{ (toTime 0).AddDate 1 13 -1 }} {{ (toTime 0).Add 1500 }}
{{ with (toTime 90061.5).Sub (toTime 0) }}{{ .Hours }} {{ .Seconds }} {{ .Milliseconds }} {{ .Round 1000000000 }} {{ .Truncate 60000000000 }} {{ . }}{{ end }}
{{ (toTime 5400).Truncate 3600000000000 }} {{ (toTime 5400).Round 3600000000000 }} {{ (toTime 0).IsZero }} {{ (toTime 0).UnixMilli }} {{ (toTime 0).UTC.Location }}
{{ (toTime 0).Nope }}
{{ (toTime 0).Format 5 }}
{{ (toTime 0).Format }}
{{ (toTime 1).After 5 }}
{{ query "sum(m)" | first | value }} {{ (query "m" | sortByLabel "host" | first).Labels.host }} {{ query "m{host='c'}" | first | label "host" }}
{{ range query "m" | sortByLabel "host" }}{{ .Labels.host }}={{ .Value }};{{ end }}
{{ range $i, $s := query "m" | sortByLabel "host" }}{{ $i }}={{ $s.Labels.host }};{{ end }}
{{ range $s := query "m" | sortByLabel "host" }}{{ $s.Value }};{{ end }}
{{ range query "nothing" }}x{{ else }}empty{{ end }}
{{ query "m{host='b'}" | first }} {{ printf "%v %+v %T" (query "m{host='b'}" | first) (query "m{host='b'}" | first) (query "m") }}
{{ query "m{host='b'}" | first | strvalue }}|
{{ first (query "nothing") }}
{{ first nil }}
{{ value nil }}
{{ first 1 }}
{{ first $value }}
{{ value (query "m") }}
{{ (query "m{host='b'}" | first).Nope }}
{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}
{{ range $v := $externalLabels }}{{ $v }}{{ . }};{{ end }}
{{ range $i, $s := query "m" | sortByLabel "host" }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $s.Value }};{{ end }}
{{ range query "m" | sortByLabel "host" }}{{ .Value }}{{ break }}{{ end }}
{{ $x := 0 }}{{ $y := "" }}{{ range $x, $y = query "m" | sortByLabel "host" }}{{ end }}{{ $x }}{{ $y.Value }}
{{ range $value }}{{ end }}
{{ range "abc" }}{{ end }}
{{ range 1.5 }}{{ end }}
{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}{{ if true }}{{ $x = 3 }}{{ end }}{{ $x }}
{{ $x := 1 }}{{ $x := print $x 2 }}{{ $x }} {{ if $y := 5 }}{{ $y }}{{ end }} {{ with $z := 6 }}{{ . }}{{ $z }}{{ end }}
{{ $new = 1 }}
{{ $x := $x }}
{{ ($x := 5) }}{{ $x }}
{{ if 0 }}a{{ else if "" }}b{{ else if 1 }}c{{ else }}d{{ end }} {{ with $labels.none }}x{{ else }}none{{ end }} {{ with $labels.job }}{{ . }}{{ end }}
{{ if $labels }}1{{ end }}{{ if args }}2{{ end }}{{ if . }}3{{ end }}{{ if -1 }}4{{ end }}{{ if 0i }}5{{ end }}{{ if nil | print }}6{{ end }}
{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" $value }}{{ template "t" }}{{ template `t` "x" }}
{{ define "u" }}{{ .arg0 }}-{{ .arg1 }}-{{ .arg2 }}{{ end }}{{ template "u" (args $value $labels.job) }}
{{ block "b" $labels.job }}<{{ . }}>{{ end }}{{ template "b" "again" }}
{{ define "t" }}{{ .Foo }}{{ .Foo.Bar }}{{ end }}{{ template "t" }}
{{ define "bad" }}{{ .x }}{{ end }}{{ template "bad" 5 }}
{{ define "t" }} {{ end }}{{ define "t" }}b{{ end }}{{ define "t" }}{{ end }}{{ template "t" }}
{{ template "nope" }}
{{ template "nope" (args 1) }}
{{ (args 1 "two" 3.5).arg1 }} {{ (args 1).arg9 }} {{ args 1 "a" nil }}
{{ (args nil).arg0 }} {{ (args nil).arg0.x }}
{{ .Nope }}
{{ $labels.job.x }}
{{ .Value.x }}
{{ .Labels.job 1 }}
{{ .Value 1 }}
{{ nil }}
{{ 3 | $value }}
{{ 3 4 }}
{{ 3 | (print) }}
{{ (print 1) (print 2) }}
{{ print (print 1 | print 2) }} {{ ( ( "p" ) ) }} {{ (printf "%s" $labels.job) | len }}
{{ toUpper 5 }}
{{ toUpper $value }}
{{ toUpper nil }}
{{ toUpper (args nil).arg0 }}
{{ toUpper }}
{{ toUpper "a" "b" }}
{{ safeHtml "<b>" }} {{ printf "%T" (safeHtml "<b>") }}
{{ toUpper (safeHtml "x") }}
{{ printf 5 }}
{{ printf }}
{{ printf "%s %d" "x" }} {{ printf "x" 1 "a" nil }} {{ printf "%z %!" 1 }} {{ printf "%" }} {{ printf "%[3]d" 1 }} {{ printf "%[]d %[x]d %[1d" 1 }} {{ printf "%[1]5d" 1 }}
{{ printf "%*d|%-*d|%.*f|%[2]*[1]d|%*d" 5 42 5 42 1 3.14 }} {{ printf "%*d" "x" 42 }} {{ printf "%.*d" "x" 42 }} {{ printf "%*d" 2000000 42 }} {{ printf "%999999999d" 1 }}
{{ call 1 }}
{{ query "m +" | first | value | printf "%.1f" | len }}
{{ $labels.instance | reReplaceAll ":.*" "" | toUpper | printf "%q" }}
{{ printf "%#x %#X %#x %#.2x %#.2X %#X" 21.5 21.5 1.0 1.0 1.0 1.0 }}
{{ toUpper (index (args nil) "arg0") }}
{{ first (args nil).arg0 }}
{{ call nil }}
{{ call }}
{{ humanize "0x1F" }}
{{ humanize "0x1p4" }} {{ humanize "1_000" }} {{ humanize "infinity" }} {{ humanize "-inf" }} {{ humanize "nan" }} {{ humanize "1e400" }}
{{ humanize "1_000" }}
{{ humanize "+nan" }}
{{ humanize " 1" }}
{{ humanize nil }}
{{ printf "%z %!" 1 }} {{ printf "%!" 1 }} {{ printf "%!" }}
{{ len (args nil).arg0 }}
{{ $x := (args nil).arg0 }}{{ toUpper $x }}
{{ match "x" }}
{{ eq (toTime 0) (toTime 0) }}
{{ lt (toTime 0) (toTime 0) }}
{{ eq (query "m{host='b'}") 1 }}
{{ eq 1 $labels }}
{{ eq (args nil).arg0 nil }}
{{ if true }}{{ toTime 1 }}{{ end }} {{ print (toTime 1) }} {{ printf "%T" (toTime 1) }} {{ printf "%T" ((toTime 1).Add 5) }}
{{ humanize (toTime 1) }}
{{ humanize (index "a" 0) }}
{{ title "ﬁx ŉ ǳ" }} {{ toUpper "ŉﬁ ı ſ" }} {{ toLower "İ K" }}
{{ $labels.job | printf "%s %s" "x" | printf "%q" }}
{{ .Labels.job.x.y }}
{{ $.Value.x }}
{{ with $x := $labels }}{{ $x.job }}{{ .job }}{{ end }}
{{ range $i, $v := args 1 2 3 4 5 6 7 8 9 10 11 }}{{ $i }}={{ $v }};{{ end }}
{{ (args 1 (args 2)).arg1.arg0 }} {{ index (args (args 7)) "arg0" "arg0" }}
{{ printf "%s" (args nil 1) }} {{ printf "%v" (query "nothing") }} {{ query "nothing" }} {{ args }}
{{ printf "%d %x" "é" (args "a") }} {{ printf "%6.2v|%-8v|" 3.14159 "x" }}
{{ js "\u2028 \x7f é \U0001F600" }} {{ html nil }} {{ js 1.5 "a" }} {{ html }}|
{{ slice "héllo" 0 2 | printf "%q" }}
{{ print "a" nil "b" }} {{ println }}
{{ print | }}|{{ print 1 | }}
{{ printf "%x %b %.20f %.0e %.3g %X" 1e-310 1e-310 1e-310 1.5e300 123456.0 1e300 }}
{{ printf "%*d|%.*f|%[1]*d" -5 42 -1 3.14 }}
{{ printf "%[]d %[x]d %[1d" 1 }}
{{ $x := 1 }}{{ range $x = query "m{host='b'}" }}{{ $x.Value }}{{ end }}
{{ range $i, $x := query "nothing" }}{{ else }}{{ $x }}|{{ $i }}{{ end }}
{{ if $x := query "nothing" }}{{ else }}{{ $x }}{{ end }}
{{ range $labels }}{{ . }};{{ end }}
{{ range args 2 1 }}{{ . }}{{ end }}
{{ with .Labels }}{{ .job }}{{ $.Value }}{{ end }}
{{ define "r" }}{{ if . }}{{ . }}{{ template "r" (slice . 1) }}{{ end }}{{ end }}{{ template "r" "abc" }}
{{ "%s" | printf }} {{ 5 | printf "%d" }} {{ "a" | len | printf "%03d" }}
{{ index $labels "a" "b" }}
{{ index "abc" 1 2 }}
{{ (query "m{host='b'}" | first).Value.x }}
{{ (index (query "m" | sortByLabel "host") 1).Value }} {{ index (query "m") 5 }}
{{ slice (query "m") 1 9 }}
{{ printf "%v %d %s" (toTime 0).Weekday (toTime 0).Weekday (toTime 0).Weekday }} {{ (toTime 0).Weekday.String }}
{{ ((toTime 5).Sub (toTime 1)) | printf "%d %v %s %x %.2s" 1 2 }}
{{ (toTime 0).Zone }}
{{ (toTime 0).Date }}
{{ (toTime 0).Local.Location }} {{ (toTime 0).In (toTime 0).Location }}
{{ printf "%t" (gt 1 0) }} {{ not (eq 1 2) | not }}
{{ true | and false }} {{ and true }} {{ and }}
{{ sortByLabel "x" nil }}
{{ label "host" nil }}
{{ label 5 (query "m" | first) }}
{{ query 5 }}
{{ query $value }}
{{ args | len }} {{ args 1 | len }} {{ 5 | args 1 }}
{{ urlquery "~-_.!*'()" }} {{ urlquery nil }}
text with 100% and { braces } and $dollars
two\nlines {{ "x\ny" }}
""".strip().split("\n")

LAYOUTS = ["2006-01-02T15:04:05.999999999Z07:00", "Mon Jan _2 15:04:05 MST 2006", "Monday, 02-Jan-06 15:04:05 MST", "3:04PM 03:04pm",
           "Jan January 01 1 02 2 002 __2 06 2006 _2006", "-0700 -07:00 -07 -070000 -07:00:00 Z0700 Z07 Z070000",
           "05.000 05.00 05,000 05.999 05.000000000 .000x 5.0001", "Janet Mondays Month Mo 15h4m5s 1/2/06 12 20060102150405"]

REFUSED = r"""
f {{ /* white space before the comment */ }} g
{{ 1
{{ "open }}
{{ `open }}
{{ 'o }}
{{ 'ab' }}
{{ (1 }}
{{ 1) }}
{{ () }}
{{ }}
{{ | print }}
{{ 3 | 4 }}
{{ 3 | . }}
{{ qwertz 1 }}
{{ tmpl "x" . }}
{{ $label.job }}
{{ a-b }}
{{ 1 % 2 }}
{{ $x : 1 }}
{{ $x=1 }}
{{ $x, $y := 1 }}
{{ if true }}
{{ end }}
{{ else }}
{{ if true }}{{ else }}{{ else }}{{ end }}
{{ if }}a{{ end }}
{{ if $x := 5 }}{{ end }}{{ $x }}
{{ range $a, $b, $c := . }}{{ end }}
{{ range $a, 1 }}{{ end }}
{{ break }}
{{ continue }}
{{ range . }}{{ break 1 }}{{ end }}
{{ range . }}{{ else if 1 }}{{ end }}
{{ define "t" }}{{ $labels.job }}{{ end }}
{{ define "t" }}a{{ end }}{{ define "t" }}b{{ end }}
{{ if true }}{{ define "t" }}{{ end }}{{ end }}
{{ define t }}{{ end }}
{{ template t }}
{{ define "t" }}a
{{ "a".x }}
{{ 99999999999999999999 }}
{{ 0xg }}
{{ 1x }}
{{ 1_ }}
{{ 08 }}
{{ "\z" }}
{{/* open
{{/* a */ }}
{{ print "a""b" }}
{{ range . }}{{ block "b" . }}{{ break }}{{ end }}{{ end }}
""".strip().split("\n")

OPERANDS = ['42', '-7', '0', '255', '3.14159', '-0.5', '1e21', '0.0', '"héllo"', '"a\\nb\\"c"', '""', 'true', 'nil', "'é'", '$value',
            '$labels.job', '$externalLabels', '(args 1 "x" 2.5)', '1+2i', '(toTime 0).Month', '1500000', '-1e-7', '`back`']


def rolled_printfs(count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        directives, operands = [], []
        for _ in range(rng.randrange(1, 5)):
            flags = "".join(rng.sample("+-# 0", rng.choice((0, 0, 1, 1, 2))))
            width = rng.choice(("", "", "1", "6", "12"))
            precision = rng.choice(("", "", ".", ".0", ".2", ".9"))
            directives.append(f"%{flags}{width}{precision}{rng.choice('vvvdbocqxXUeEfFgGstTO')}")
            operands.append(rng.choice(OPERANDS))
        yield '{{ printf "' + "|".join(directives) + '" ' + " ".join(operands) + " }}"


def cases():
    """(template, value), in one order."""
    for value in VALUES:
        too_long = abs(float(value)) > 2**63  # humanizeDuration overflows there, its numbers mean nothing
        yield from ((text, value) for text in OF_VALUE if not (too_long and "Duration" in text))
    for text in LANGUAGE:
        yield text.replace("\\nlines", "\nlines"), "7.25"
    for layout in LAYOUTS:
        for at in ("1435065584.128", "0", "951825601.5", "-1"):
            yield '{{ (toTime %s).Format "%s" }}' % (at, layout), "1"
    for text in rolled_printfs(250, seed=20):
        yield text, "21.5"


def run_promtool(arguments, folder):
    return subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, timeout=600)


def write_rules(folder, texts):
    rules = [{"alert": f"A{i}", "expr": f'x{{id="{i}"}}', "annotations": {"t": text}} for i, text in enumerate(texts)]
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}, allow_unicode=True))
    return path


def go_unquoted(text):
    """What stands between the quotes of a Go string; Python's escapes are a superset but for bytes, which JSON lacks."""
    def replace(match):
        escape = match.group(1)
        if escape[0] in "xuU":
            return chr(int(escape[1:], 16))
        return {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}.get(escape, escape)
    return re.sub(r"\\(x..|u....|U........|.)", replace, text)


def promtool_texts(folder, tests):
    """What promtool made of each text: it is told to expect no alert, and its complaint shows the annotations."""
    write_rules(folder, [text for text, _ in tests])
    labels = ",".join(f'{k}="{v}"' for k, v in LABELS.items())
    series = [{"series": f'x{{id="{i}",{labels}}}', "values": value} for i, (_, value) in enumerate(tests)]
    series += [{"series": f'm{{host="{host}"}}', "values": str(value)} for host, value in M.items()]
    group = {"interval": "1m", "input_series": series, "external_labels": EXTERNAL, "external_url": URL,
             "alert_rule_test": [{"eval_time": "0s", "alertname": f"A{i}", "exp_alerts": []} for i in range(len(tests))]}
    (folder / "test.yml").write_text(yaml.safe_dump(
        {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [group]}, allow_unicode=True))
    answer = run_promtool(["test", "rules", "test.yml"], folder)
    found = {}
    output = answer.stdout + answer.stderr
    for match in re.finditer(r'Labels:\{alertname="A(\d+)"[^\n]*\n\s*Annotations:\{t="((?:[^"\\]|\\.)*)"\}', output):
        found[int(match.group(1))] = go_unquoted(match.group(2))
    return found, output


def our_results(tests):
    """What template_expand says of each: the text with Prometheus' words around an error."""
    queries = {"m": [{"labels": {"__name__": "m", "host": h}, "value": str(v)} for h, v in M.items()],
               "sum(m)": [{"labels": {}, "value": "24.5"}], "nothing": []}
    for host, value in M.items():
        queries[f"m{{host='{host}'}}"] = [{"labels": {"__name__": "m", "host": host}, "value": str(value)}]
    lines = []
    for i, (text, value) in enumerate(tests):
        lines.append(json.dumps({"alert": f"A{i}", "template": text, "value": value, "external_labels": EXTERNAL,
                                 "external_url": URL, "queries": queries,
                                 "labels": {"__name__": "x", "id": str(i), **LABELS}}))
    answer = subprocess.run([stack.BUILD / "template_expand"], input="\n".join(lines) + "\n", capture_output=True, text=True,
                            timeout=120, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def comparable(text):
    """An error of Prometheus' as ours would say it: columns counted from 1 and without its declarations."""
    def place(match):
        line, column = int(match.group(2)), int(match.group(3))
        column += 1 - (len(DECLARATIONS) if line == 1 else 0)
        return f"{match.group(1)}:{line}:{column}: executing"
    text = re.sub(r"(template: __alert_A\d+):(\d+):(\d+): executing", place, text, count=1)
    return text.replace("Value float64 }", "Value interface {} }")


def test_every_text_expands_as_promtool_expands_it(tmp_path):
    tests = list(cases())
    theirs, output = promtool_texts(tmp_path, tests)
    ours = our_results(tests)
    assert len(theirs) == len(tests) > 400, output[-3000:]
    differences = []
    for i, (text, value) in enumerate(tests):
        mine = ours[i]
        shown = mine["text"] if "text" in mine else f"<error expanding template: {mine.get('error', mine)}>"
        expected = comparable(theirs[i])
        if "error calling query" in expected:  # the words are the query engine's
            shown, expected = shown.partition("calling query")[0], expected.partition("calling query")[0]
        if shown != expected:
            differences.append(f"{text}   value {value}\n  promtool {expected!r}\n  ours     {shown!r}")
    assert not differences, f"{len(differences)} of {len(tests)} differ\n" + "\n".join(differences)


def test_what_promtool_refuses_to_load_is_refused_in_its_words(tmp_path):
    rules = write_rules(tmp_path, REFUSED)
    answer = run_promtool(["check", "rules", rules.name], tmp_path)
    found = {}
    for match in re.finditer(r'"A(\d+)": annotation "t": template: __alert_A\d+:(\d+): (.*)', answer.stdout + answer.stderr):
        found[int(match.group(1))] = (int(match.group(2)), match.group(3))
    ours = our_results([(text, "1") for text in REFUSED])
    assert len(found) == len(REFUSED), (answer.stdout + answer.stderr)[-3000:]
    differences = []
    for i, text in enumerate(REFUSED):
        match = re.fullmatch(r"template: __alert_A\d+:(\d+):(\d+): (.*)", ours[i].get("load_error", ""))
        mine = (int(match.group(1)), re.sub(r", did you mean .*", "", match.group(3))) if match else ours[i]
        if mine != found[i]:
            differences.append(f"{text}\n  promtool {found[i]}\n  ours     {mine}")
    assert not differences, f"{len(differences)} of {len(REFUSED)} differ\n" + "\n".join(differences)


@pytest.mark.parametrize("seed", [1, 2])
def test_rolled_printfs_print_as_promtools(tmp_path, seed):
    tests = [(text, "-1234.5625") for text in rolled_printfs(200, seed)]
    theirs, output = promtool_texts(tmp_path, tests)
    assert len(theirs) == len(tests), output[-3000:]
    ours = our_results(tests)
    differences = [f"{text}\n  promtool {theirs[i]!r}\n  ours     {ours[i]!r}" for i, (text, _) in enumerate(tests)
                   if ours[i].get("text") != theirs[i]]
    assert not differences, f"{len(differences)} of {len(tests)} differ\n" + "\n".join(differences)
