#include <doctest/doctest.h>

#include "agent/template/expand_for_tests.h"

namespace bekci::templates::language_test {
namespace {

template <size_t N>
void CheckAll(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    CAPTURE(std::string(c.text));
    CHECK(Expanded(c.text) == c.expected);
  }
}

TEST_CASE("text is copied, actions are replaced, trim markers eat the white space beside them") {
  const Case kCases[] = {
      {"", ""},
      {"no action, { } $ 100%", "no action, { } $ 100%"},
      {"a {{ 1 }} b", "a 1 b"},
      {"a   {{- 1 }} b {{ 2 -}}    c", "a1 b 2c"},
      {"a {{- \" b \" -}} c   {{- /* gone */ -}}   d {{/* tight */}} e", "a b cd  e"},
      {"a \n\t {{- 3 -}} \r\n b", "a3b"},
      {"{{-3}}", "-3"},
      {"x {{- -3 -}} y", "x-3y"},
      {"{{ 3-}}", "load: 1:4: bad number syntax: \"3-\""},
      {"{{- -}}", "load: 1:5: illegal number syntax: \"-\""},
      {"}} {{ 1 }}", "}} 1"},
      {"{{\n1\n}}", "1"},
      {"{{/* a */}}{{/* b }} */}}x", "x"},
      {"a {{ \"}}\" }} b", "a }} b"},
  };
  CheckAll(kCases);
}

TEST_CASE("constants are Go's") {
  const Case kCases[] = {
      {"{{ 12 }} {{ 1.50 }} {{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }}", "12 1.5 31 3 15 15 1000"},
      {"{{ 1e3 }} {{ 1e6 }} {{ 1e21 }} {{ 100000.0 }} {{ .5 }} {{ -5 }} {{ +5 }}", "1000 1e+06 1e+21 100000 0.5 -5 5"},
      {"{{ 0x1p-2 }} {{ 0xe }} {{ printf \"%T %T %T\" 1e3 0xe 'e' }}", "0.25 14 float64 int int"},
      {"{{ 'a' }} {{ '\\n' }} {{ '\\'' }} {{ '\\x41' }} {{ '\\u00e9' }} {{ 'é' }}", "97 10 39 65 233 233"},
      {"{{ \"q\\\"\\t|\\u00e9\\x41\\101\" }} {{ `raw\\n` }}", "q\"\t|éAA raw\\n"},
      {"{{ true }} {{ false }}", "true false"},
      {"{{ 1i }} {{ 1+2i }} {{ -1.5-0.5i }} {{ 1e+2+1i }}", "(0+1i) (1+2i) (-1.5-0.5i) (100+1i)"},
      {"{{ 9223372036854775807 }} {{ -9223372036854775808 }}", "9223372036854775807 -9223372036854775808"},
      {"{{ 9223372036854775808 }}",
       "error: 1:4: executing \"__alert_A\" at <9223372036854775808>: 9223372036854775808 overflows int"},
      {"{{ 99999999999999999999 }}", "load: 1:4: integer overflow: \"99999999999999999999\""},
      {"{{ 1_ }}", "load: 1:4: illegal number syntax: \"1_\""},
      {"{{ 08 }}", "load: 1:4: integer overflow: \"08\""},
      {"{{ 0xg }}", "load: 1:4: bad number syntax: \"0xg\""},
      {"{{ 1x }}", "load: 1:4: bad number syntax: \"1x\""},
      {"{{ 'ab' }}", "load: 1:4: malformed character constant: 'ab'"},
      {"{{ '' }}", "load: 1:4: malformed character constant: ''"},
      {"{{ \"\\z\" }}", "load: 1:4: invalid syntax"},
  };
  CheckAll(kCases);
}

TEST_CASE("data is reached by dot, dollar, variables and fields") {
  const Case kCases[] = {
      {"{{ .Labels.job }} {{ $.Labels.job }} {{ $labels.job }} {{ ($labels).job }} {{ (.Labels).job }}",
       "node node node node node"},
      {"{{ .Value }} {{ $value }} {{ .ExternalURL }} {{ $externalURL }}",
       "7.25 7.25 http://mon.example:9090/p http://mon.example:9090/p"},
      {"{{ $externalLabels }} {{ .ExternalLabels.dc }}", "map[dc:x1 env:prod] x1"},
      {"{{ $labels.missing }}|{{ .Labels.missing }}|{{ index $labels \"missing\" }}", "||"},
      {"{{ .Nope }}",
       "error: 1:4: executing \"__alert_A\" at <.Nope>: can't evaluate field Nope in type struct { Labels "
       "map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }"},
      {"{{ $labels.job.x }}",
       "error: 1:11: executing \"__alert_A\" at <$labels.job.x>: can't evaluate field x in type string"},
      {"{{ .Value.x }}", "error: 1:10: executing \"__alert_A\" at <.Value.x>: can't evaluate field x in type float64"},
      {"{{ .Labels.job 1 }}",
       "error: 1:11: executing \"__alert_A\" at <.Labels.job>: job is not a method but has arguments"},
      {"{{ .Value 1 }}",
       "error: 1:4: executing \"__alert_A\" at <.Value>: Value has arguments but cannot be invoked as function"},
      {"{{ (args nil).arg0.x }}",
       "error: 1:10: executing \"__alert_A\" at <nil>: nil pointer evaluating interface {}.x"},
      {"{{ (args 1).arg9 }} {{ args 1 \"a\" nil }}", "<no value> map[arg0:1 arg1:a arg2:<nil>]"},
      {"{{ 1.5.x }}", "load: 1:7: unexpected . after term \"1.5\""},
      {"{{ \"a\".x }}", "load: 1:7: unexpected . after term \"\\\"a\\\"\""},
      {"{{ nil }}", "error: 1:4: executing \"__alert_A\" at <nil>: nil is not a command"},
      {"{{ .  }}",
       "{map[__name__:x device:sda1 instance:web-1.example.com:9100 job:node] map[dc:x1 env:prod] "
       "http://mon.example:9090/p 7.25}"},
  };
  CheckAll(kCases);
}

TEST_CASE("a pipe passes what came before as the last argument") {
  const Case kCases[] = {
      {"{{ \"b\" | printf \"%s-%s\" \"a\" }}", "a-b"},
      {"{{ $value | humanize | printf \"%s!\" | len }}", "5"},
      {"{{ 3 | . }}", "load: 1:8: non executable command in pipeline stage 2"},
      {"{{ 3 | 4 }}", "load: 1:8: non executable command in pipeline stage 2"},
      {"{{ 3 | $value }}",
       "error: 1:8: executing \"__alert_A\" at <$value>: can't give argument to non-function $value"},
      {"{{ 3 4 }}", "error: 1:4: executing \"__alert_A\" at <3>: can't give argument to non-function 3"},
      {"{{ 3 | (print) }}", "error: 1:4: executing \"__alert_A\" at <3>: can't give argument to non-function print"},
      {"{{ | print }}", "load: 1:4: unexpected \"|\" in command"},
      {"{{ print | }}|{{ print 1 | }}", "|1"},
      {"{{ (print 1) (print 2) }}",
       "error: 1:4: executing \"__alert_A\" at <(print 1) (print 2)>: can't give argument to non-function print 1"},
      {"{{ ( ( \"p\" ) ) }}", "p"},
      {"{{ print (print 1 | print 2) }}", "21"},
  };
  CheckAll(kCases);
}

TEST_CASE("variables live from their declaration to the end of their block") {
  const Case kCases[] = {
      {"{{ $x := 1 }}{{ $x }}{{ $x = 2 }}{{ $x }}", "12"},
      {"{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "21"},
      {"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x }}{{ end }}{{ $x }}", "22"},
      {"{{ $x := 1 }}{{ $x := print $x 2 }}{{ $x }}", "1 2"},
      {"{{ if $x := 5 }}{{ $x }}{{ end }}", "5"},
      {"{{ if $x := 0 }}{{ else }}{{ $x }}{{ end }}", "0"},
      {"{{ with $x := 5 }}{{ . }}{{ $x }}{{ end }}", "55"},
      {"{{ if $x := 5 }}{{ end }}{{ $x }}", "load: 1:29: undefined variable \"$x\""},
      {"{{ $label.job }}", "load: 1:4: undefined variable \"$label\""},
      {"{{ $new = 1 }}", "error: 1:11: executing \"__alert_A\" at <1>: undefined variable: $new"},
      {"{{ $x := $x }}", "error: 1:10: executing \"__alert_A\" at <$x>: undefined variable: $x"},
      {"{{ $x, $y := 1 }}", "load: 1:6: too many declarations in command"},
      {"{{ ($x := 5) }}{{ $x }}", "55"},
      {"{{ $ }}",
       "{map[__name__:x device:sda1 instance:web-1.example.com:9100 job:node] map[dc:x1 env:prod] "
       "http://mon.example:9090/p 7.25}"},
      {"{{ $x := }}", "load: 1:10: missing value for command"},
      {"{{ $x : 1 }}", "load: 1:4: undefined variable \"$x\""},
      {"{{ $x=1 }}", "load: 1:4: bad character U+003D '='"},
      {"{{ $x:=1 }}{{ $x }}", "1"},
  };
  CheckAll(kCases);
}

TEST_CASE("if, with and their else branches") {
  const Case kCases[] = {
      {"{{ if true }}a{{ else }}b{{ end }}{{ if false }}a{{ else }}b{{ end }}", "ab"},
      {"{{ if 0 }}a{{ else if \"\" }}b{{ else if 1 }}c{{ else }}d{{ end }}", "c"},
      {"{{ if false }}a{{ else if false }}b{{ end }}", ""},
      {"{{ with $labels.job }}{{ . }}{{ else }}none{{ end }}|{{ with $labels.nope }}x{{ else }}none{{ end }}",
       "node|none"},
      {"{{ with \"\" }}a{{ else with \"b\" }}{{ . }}{{ else }}c{{ end }}", "b"},
      {"{{ with \"\" }}a{{ else with \"\" }}b{{ else }}{{ .Value }}{{ end }}", "7.25"},
      {"{{ if \"\" }}1{{ end }}{{ if 0.0 }}2{{ end }}{{ if args }}3{{ end }}{{ if query \"nothing\" }}4{{ end }}", ""},
      {"{{ if -1 }}1{{ end }}{{ if args 1 }}2{{ end }}{{ if . }}3{{ end }}{{ if query \"m\" }}4{{ end }}", "1234"},
      {"{{ if 0i }}1{{ end }}{{ if 'a' }}2{{ end }}{{ if (args nil).arg0 }}3{{ end }}", "2"},
      {"{{ if true }}", "load: 1:14: unexpected EOF"},
      {"{{ end }}", "load: 1:8: unexpected {{end}}"},
      {"{{ else }}", "load: 1:9: unexpected {{else}}"},
      {"{{ if true }}{{ else }}{{ else }}{{ end }}", "load: 1:32: expected end; found {{else}}"},
      {"{{ if }}a{{ end }}", "load: 1:7: missing value for if"},
      {"{{ if true }}{{ else with 1 }}{{ end }}", "load: 1:22: unexpected <with> in input"},
      {"{{ range . }}{{ else if 1 }}{{ end }}", "load: 1:22: unexpected <if> in input"},
      {"{{ if true }}a{{ end 1 }}", "load: 1:22: unexpected \"1\" in end"},
  };
  CheckAll(kCases);
}

TEST_CASE("range goes over lists, maps in the order of their keys, and numbers") {
  const Case kCases[] = {
      {"{{ range query \"m\" }}{{ .Value }};{{ end }}", "3;1;20.5;"},
      {"{{ range $i, $s := query \"m\" }}{{ $i }}={{ $s.Labels.host }};{{ end }}", "0=c;1=a;2=b;"},
      {"{{ range $s := query \"m\" }}{{ $s.Value }}{{ .Labels.host }};{{ end }}", "3c;1a;20.5b;"},
      {"{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}",
       "__name__=x;device=sda1;instance=web-1.example.com:9100;job=node;"},
      {"{{ range $v := $externalLabels }}{{ $v }}{{ . }};{{ end }}", "x1x1;prodprod;"},
      {"{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}", "01201"},
      {"{{ range 0 }}x{{ else }}none{{ end }}{{ range -1 }}x{{ else }}none{{ end }}", "nonenone"},
      {"{{ range query \"nothing\" }}x{{ else }}empty {{ .Value }}{{ end }}", "empty 7.25"},
      {"{{ range 5 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}", "02"},
      {"{{ range 2 }}{{ range 3 }}{{ if . }}{{ break }}{{ end }}{{ . }}{{ end }}-{{ end }}", "0-0-"},
      {"{{ $x := 0 }}{{ range 3 }}{{ $x = . }}{{ end }}{{ $x }}", "2"},
      {"{{ $x := 0 }}{{ $y := \"\" }}{{ range $x, $y = query \"m\" }}{{ end }}{{ $x }}{{ $y.Value }}", "220.5"},
      {"{{ range $a, $b := 3 }}{{ end }}",
       "error: 1:20: executing \"__alert_A\" at <3>: can't use 3 to iterate over more than one variable"},
      {"{{ range $value }}{{ end }}",
       "error: 1:10: executing \"__alert_A\" at <$value>: range can't iterate over 7.25"},
      {"{{ range \"abc\" }}{{ end }}",
       "error: 1:10: executing \"__alert_A\" at <\"abc\">: range can't iterate over abc"},
      {"{{ range (args nil).arg0 }}x{{ else }}none{{ end }}", "none"},
      {"{{ range $a, $b, $c := . }}{{ end }}", "load: 1:16: too many declarations in range"},
      {"{{ range $a, 1 }}{{ end }}", "load: 1:12: range can only initialize variables"},
      {"{{ break }}", "load: 1:4: {{break}} outside {{range}}"},
      {"{{ continue }}", "load: 1:4: {{continue}} outside {{range}}"},
      {"{{ range 3 }}{{ break 1 }}{{ end }}", "load: 1:23: unexpected \"1\" in {{break}}"},
  };
  CheckAll(kCases);
}

TEST_CASE("templates are defined at the top, called with an argument, and see nothing else") {
  const Case kCases[] = {
      {"{{ define \"t\" }}[{{ . }}]{{ end }}{{ template \"t\" $value }}{{ template \"t\" }}{{ template `t` \"x\" }}",
       "[7.25][<no value>][x]"},
      {"{{ template \"t\" . }}{{ define \"t\" }}{{ .Value }}{{ $.Labels.job }}{{ end }}", "7.25node"},
      {"{{ define \"u\" }}{{ .arg0 }}-{{ .arg1 }}-{{ .arg2 }}{{ end }}{{ template \"u\" (args $value 2) }}",
       "7.25-2-<no value>"},
      {"{{ block \"b\" $labels.job }}<{{ . }}>{{ end }}{{ template \"b\" \"again\" }}", "<node><again>"},
      {"{{ define \"t\" }}{{ $labels.job }}{{ end }}", "load: 1:20: undefined variable \"$labels\""},
      {"{{ define \"t\" }}{{ .Foo }}{{ .Foo.Bar }}{{ end }}{{ template \"t\" }}", "<no value><no value>"},
      {"{{ template \"nope\" }}",
       "error: 1:13: executing \"__alert_A\" at <{{template \"nope\"}}>: template \"nope\" not defined"},
      {"{{ define \"t\" }}a{{ end }}{{ define \"t\" }}b{{ end }}",
       "load: 1:51: template: multiple definition of template \"t\""},
      {"{{ define \"t\" }} {{ end }}{{ define \"t\" }}b{{ end }}{{ define \"t\" }}{{ end }}{{ template \"t\" }}", "b"},
      {"{{ if true }}{{ define \"t\" }}{{ end }}{{ end }}", "load: 1:17: unexpected <define> in command"},
      {"{{ define t }}{{ end }}", "load: 1:11: unexpected \"t\" in define clause"},
      {"{{ template t }}", "load: 1:13: unexpected \"t\" in template clause"},
      {"{{ define \"t\" }}a", "load: 1:18: unexpected EOF"},
      {"{{ range 3 }}{{ block \"b\" . }}{{ break }}{{ end }}{{ end }}", "load: 1:34: {{break}} outside {{range}}"},
      {"{{ define \"f\" }}{{ if . }}{{ . }},{{ template \"f\" (slice . 1) }}{{ end }}{{ end }}{{ template \"f\" "
       "\"abc\" }}",
       "abc,bc,c,"},
      {"{{ define \"bad\" }}{{ .x }}{{ end }}{{ template \"bad\" 5 }}",
       "error: 1:22: executing \"bad\" at <.x>: can't evaluate field x in type int"},
  };
  CheckAll(kCases);
}

TEST_CASE("what is no template says where and why") {
  const Case kCases[] = {
      {"{{ 1", "load: 1:5: unclosed action"},
      {"a\nb {{ 1", "load: 2:7: unclosed action"},
      {"{{", "load: 1:3: unclosed action"},
      {"f {{ /* white space before the comment */ }} g", "load: 1:6: unexpected \"/\" in command"},
      {"{{/* open", "load: 1:3: unclosed comment"},
      {"{{/* a */ }}", "load: 1:3: comment ends before closing delimiter"},
      {"{{ \"open }}", "load: 1:4: unterminated quoted string"},
      {"{{ `open }}", "load: 1:4: unterminated raw quoted string"},
      {"{{ 'o }}", "load: 1:4: unterminated character constant"},
      {"{{ (1 }}", "load: 1:7: unclosed left paren"},
      {"{{ 1) }}", "load: 1:5: unexpected \")\" in command"},
      {"{{ () }}", "load: 1:5: missing value for parenthesized pipeline"},
      {"{{ }}", "load: 1:4: missing value for command"},
      {"{{ humanise 1 }}", "load: 1:4: function \"humanise\" not defined, did you mean \"humanize\"?"},
      {"{{ qwertz }}", "load: 1:4: function \"qwertz\" not defined"},
      {"{{ tmpl \"x\" . }}", "load: 1:4: function \"tmpl\" not defined"},
      {"{{ a-b }}", "load: 1:4: bad character U+002D '-'"},
      {"{{ 1 % 2 }}", "load: 1:6: unexpected \"%\" in operand"},
      {"{{ \x01 }}", "load: 1:4: unrecognized character in action: U+0001"},
      {"{{ print \"a\"\"b\" }}", "load: 1:13: unexpected \"\\\"b\\\"\" in operand"},
      {"{{ print .a.1 }}", "load: 1:12: unexpected \".1\" in operand"},
  };
  CheckAll(kCases);
}

}  // namespace
}  // namespace bekci::templates::language_test
