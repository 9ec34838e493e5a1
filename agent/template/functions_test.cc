#include <doctest/doctest.h>

#include <cmath>

#include "agent/template/expand_for_tests.h"

namespace bekci::templates::functions_test {
namespace {

template <size_t N>
void CheckAll(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    CAPTURE(std::string(c.text));
    CHECK(Expanded(c.text) == c.expected);
  }
}

// Only the end of an error, behind the place it names.
template <size_t N>
void CheckEnds(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    CAPTURE(std::string(c.text));
    const std::string expanded = Expanded(c.text);
    CHECK(expanded.starts_with("error: "));
    CHECK(expanded.substr(expanded.find(">: ") + 3) == c.expected);
  }
}

TEST_CASE("and, or and not decide by truth and give the argument that decided") {
  const Case kCases[] = {
      {"{{ and true \"x\" }} {{ and 0 \"x\" }} {{ or \"\" \"y\" }} {{ or \"a\" \"b\" }} {{ not true }} {{ not \"\" }}",
       "x 0 y a false true"},
      {"{{ and 1 2 3 }} {{ or 0 \"\" 3 }} {{ and 1 }} {{ or 0 }}", "3 3 1 0"},
      {"{{ and false (query \"bad\") }} {{ or 1 (query \"bad\") }}", "false 1"},
      {"{{ 5 | and 1 }} {{ 5 | or 0 }} {{ 5 | and 0 }}", "5 5 0"},
      {"{{ and }}",
       "error: 1:4: executing \"__alert_A\" at <and>: wrong number of args for and: want at least 1 got 0"},
      {"{{ not 1 2 }}", "error: 1:4: executing \"__alert_A\" at <not>: wrong number of args for not: want 1 got 2"},
  };
  CheckAll(kCases);
}

TEST_CASE("comparison is strict about kinds, and eq takes many") {
  const Case kCases[] = {
      {"{{ eq 1 1 }} {{ eq 1 2 3 1 }} {{ eq \"a\" \"a\" }} {{ eq true true }} {{ eq 1.5 1.5 }} {{ ne 1 2 }}",
       "true true true true true true"},
      {"{{ lt 1 2 }} {{ le 2 2 }} {{ gt 3 2 }} {{ ge 2 3 }} {{ lt \"a\" \"b\" }} {{ gt $value 7.0 }}",
       "true true true false true true"},
      {"{{ eq (index \"a\" 0) 97 }} {{ lt -1 (index \"a\" 0) }} {{ gt (index \"a\" 0) -1 }}", "true true true"},
      {"{{ eq nil nil }} {{ eq 1 nil }} {{ eq (args nil).arg0 nil }} {{ eq 1i 1i }}", "true false true true"},
      {"{{ eq (toTime 0).Month 1 }} {{ eq (toTime 0).Year 1970 }}", "true true"},
  };
  CheckAll(kCases);
  const Case kErrors[] = {
      {"{{ gt $value 5 }}", "error calling gt: incompatible types for comparison"},
      {"{{ eq \"1\" 1 }}", "error calling eq: incompatible types for comparison"},
      {"{{ lt true false }}", "error calling lt: invalid type for comparison"},
      {"{{ lt $labels 1 }}", "error calling lt: invalid type for comparison"},
      {"{{ eq 1 }}", "error calling eq: missing argument for comparison"},
      {"{{ ne 1 }}", "wrong number of args for ne: want 2 got 1"},
      {"{{ lt 1 nil }}", "error calling lt: invalid type for comparison"},
      {"{{ eq $externalLabels 1 }}", "error calling eq: incompatible types for comparison"},
      {"{{ eq $externalLabels $labels }}",
       "error calling eq: non-comparable type map[dc:x1 env:prod]: map[string]string"},
  };
  CheckEnds(kErrors);
  CHECK(Expanded("{{ gt $value 1.0 }} {{ lt $value 1.0 }} {{ eq $value $value }} {{ ne $value $value }}", NAN) ==
        "true false false true");
}

TEST_CASE("len, index and slice take texts, lists and maps") {
  const Case kCases[] = {
      {"{{ len \"é\" }} {{ len $labels }} {{ len (query \"m\") }} {{ len (args 1 2) }}", "2 4 3 2"},
      {"{{ index \"abc\" 1 }} {{ index $labels \"job\" }} {{ index (args 5 6) \"arg1\" }} {{ (index (query \"m\") "
       "1).Value }}",
       "98 node 6 1"},
      {"{{ index $labels }} {{ index (args (args 7)) \"arg0\" \"arg0\" }} {{ index (args 1) \"no\" }}",
       "map[__name__:x device:sda1 instance:web-1.example.com:9100 job:node] 7 <no value>"},
      {"{{ slice \"abcdef\" 1 3 }} {{ slice \"abc\" 1 }} {{ slice \"abc\" }} {{ len (slice (query \"m\") 1 3) }} {{ "
       "len (slice (query \"m\") 1 2 3) }}",
       "bc bc abc 2 1"},
  };
  CheckAll(kCases);
  const Case kErrors[] = {
      {"{{ len 3 }}", "error calling len: len of type int"},
      {"{{ len nil }}", "error calling len: len of nil pointer"},
      {"{{ index nil 1 }}", "error calling index: index of untyped nil"},
      {"{{ index 3 1 }}", "error calling index: can't index item of type int"},
      {"{{ index \"abc\" 9 }}", "error calling index: index out of range: 9"},
      {"{{ index \"abc\" -1 }}", "error calling index: index out of range: -1"},
      {"{{ index \"abc\" \"x\" }}", "error calling index: cannot index slice/array with type string"},
      {"{{ index $labels 1 }}", "error calling index: value has type int; should be string"},
      {"{{ slice \"abc\" 2 1 }}", "error calling slice: invalid slice index: 2 > 1"},
      {"{{ slice \"abc\" 0 1 2 }}", "error calling slice: cannot 3-index slice a string"},
      {"{{ slice 1 }}", "error calling slice: can't slice item of type int"},
      {"{{ call 1 }}", "error calling call: non-function of type int"},
      {"{{ call nil }}", "error calling call: call of nil"},
  };
  CheckEnds(kErrors);
}

TEST_CASE("print puts blanks between what is no text, println between all") {
  const Case kCases[] = {
      {"{{ print 1 2 \"a\" \"b\" 3 }} {{ print \"a\" 1 }} {{ println \"x\" 1 }}", "1 2ab3 a1 x 1\n"},
      {"{{ print }}|{{ print nil }}|{{ print 1.0 2.5 true }}", "|<nil>|1 2.5 true"},
      {"{{ print $labels }}", "map[__name__:x device:sda1 instance:web-1.example.com:9100 job:node]"},
      {"{{ print (query \"m{host='b'}\" | first) }}", "&{map[__name__:m host:b] 20.5}"},
      {"{{ query \"m{host='b'}\" | first }}", "{map[__name__:m host:b] 20.5}"},
  };
  CheckAll(kCases);
}

TEST_CASE("text is escaped for HTML, JavaScript and URLs") {
  const Case kCases[] = {
      {"{{ html \"<a&b>'\\\"\" }} {{ html 1 2 }} {{ \"<\" | html }}", "&lt;a&amp;b&gt;&#39;&#34; 1 2 &lt;"},
      {"{{ js \"it's <b>=\\n\\\\é\\u00a0\" }}", "it\\'s \\u003Cb\\u003E\\u003D\\u000A\\\\é\\u00A0"},
      {"{{ urlquery \"a b&c=d/é\" }} {{ urlquery 1 \"x\" }} {{ html nil }}",
       "a+b%26c%3Dd%2F%C3%A9 1x &lt;no value&gt;"},
      {"{{ urlQueryEscape \"a b&c\" }} {{ safeHtml \"<b>\" }} {{ printf \"%T\" (safeHtml \"<b>\") }}",
       "a+b%26c <b> template.HTML"},
  };
  CheckAll(kCases);
}

TEST_CASE("numbers are made readable") {
  const Case kCases[] = {
      {"{{ humanize 0.0 }} {{ humanize 1 }} {{ humanize 1000 }} {{ humanize 1048576 }} {{ humanize 0.12 }} {{ humanize "
       "999.95 }}",
       "0 1 1k 1.049M 120m 1000"},
      {"{{ humanize -42.5 }} {{ humanize 1e30 }} {{ humanize 1e-30 }} {{ humanize \"12345\" }} {{ humanize \"+Inf\" }}",
       "-42.5 1e+06Y 1e-06y 12.35k +Inf"},
      {"{{ humanize1024 0 }} {{ humanize1024 1 }} {{ humanize1024 1048576 }} {{ humanize1024 \"2048\" }} {{ "
       "humanize1024 1e18 }}",
       "0 1 1Mi 2ki 888.2Pi"},
      {"{{ humanizeDuration 0 }} {{ humanizeDuration 135.3563 }} {{ humanizeDuration 12.345 }} {{ humanizeDuration "
       "899.99 }} "
       "{{ humanizeDuration 0.1 }} {{ humanizeDuration -93784 }} {{ humanizeDuration 3600 }} {{ humanizeDuration 1e-7 "
       "}}",
       "0s 2m 15s 12.35s 14m 59s 100ms -1d 2h 3m 4s 1h 0m 0s 100ns"},
      {"{{ humanizePercentage 0.959 }} {{ humanizePercentage 1 }} {{ humanizePercentage \"NaN\" }}", "95.9% 100% NaN%"},
      {"{{ humanizeTimestamp 1435065584.128 }} {{ humanizeTimestamp -1 }} {{ humanizeTimestamp \"NaN\" }}",
       "2015-06-23 13:19:44.128 +0000 UTC 1969-12-31 23:59:59 +0000 UTC NaN"},
      {"{{ humanize (toDuration 90) }} {{ humanizeDuration ((toTime 90).Sub (toTime 0)) }}", "90 1m 30s"},
  };
  CheckAll(kCases);
  const Case kErrors[] = {
      {"{{ humanize \"abc\" }}", "error calling humanize: strconv.ParseFloat: parsing \"abc\": invalid syntax"},
      {"{{ humanize \"1e999\" }}", "error calling humanize: strconv.ParseFloat: parsing \"1e999\": value out of range"},
      {"{{ humanize $labels }}", "error calling humanize: can't convert map[string]string to float"},
      {"{{ humanize nil }}", "error calling humanize: can't convert <nil> to float"},
      {"{{ humanize (index \"a\" 0) }}", "error calling humanize: can't convert uint8 to float"},
      {"{{ humanizeTimestamp 1e30 }}",
       "error calling humanizeTimestamp: 1e+30 cannot be represented as a nanoseconds timestamp since it overflows "
       "int64"},
      {"{{ toTime \"NaN\" }}", "error calling toTime: value is NaN or Inf"},
  };
  CheckEnds(kErrors);
}

TEST_CASE("texts are changed, matched and taken apart") {
  const Case kCases[] = {
      {"{{ toUpper \"straße é\" }} {{ toLower \"ÀB\" }} {{ title \"hello wORLD o'neil foo-bar _x 9a ǆ\" }}",
       "STRAßE É àb Hello WORLD O'Neil Foo-Bar _x 9a ǅ"},
      {"{{ match \"a.c\" \"xabcx\" }} {{ match \"^b\" \"ab\" }} {{ \"abc\" | match \"b\" }}", "true false true"},
      {"{{ reReplaceAll \"(.*)\\\\.(.*)\" \"$2-${1}\" \"a.b\" }} {{ reReplaceAll \"b*\" \"-\" \"abc\" }} "
       "{{ reReplaceAll \"(?P<x>a)\" \"<${x}$$$1x>\" \"bab\" }}",
       "b-a -a-c- b<a$>b"},
      {"{{ reReplaceAll \"\" \"-\" \"éa\" }} {{ reReplaceAll \"x\" \"y\" \"\" }}|{{ reReplaceAll \"^a\" \"b\" \"aaa\" "
       "}}",
       "-é-a- |baa"},
      {"{{ stripPort \"web-1:9100\" }} {{ stripPort \"[::1]:80\" }} {{ stripPort \"::1\" }} {{ stripPort \"a:b:c\" }} "
       "{{ stripPort \"[::1]\" }} {{ stripPort \":80\" }}|",
       "web-1 ::1 ::1 a:b:c [::1] |"},
      {"{{ stripDomain \"web-1.example.com:9100\" }} {{ stripDomain \"10.0.0.1:80\" }} {{ stripDomain \"a.b.c\" }} "
       "{{ stripDomain \"[::1]:80\" }} {{ stripDomain \"::1\" }} {{ stripDomain \"web\" }}",
       "web-1:9100 10.0.0.1:80 a [::1]:80 ::1 web"},
      {"{{ parseDuration \"1h30m\" }} {{ parseDuration \"1d\" }} {{ parseDuration \"500ms\" }} {{ parseDuration "
       "\"-5m\" }} {{ parseDuration \"0\" }}",
       "5400 86400 0.5 -300 0"},
      {"{{ graphLink \"up == 0\" }} {{ tableLink \"x{a=\\\"b\\\"}\" }}",
       "/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=x%7Ba%3D%22b%22%7D&g0.tab=1"},
      {"{{ externalURL }} {{ pathPrefix }} {{ now }}", "http://mon.example:9090/p /p 1.5"},
  };
  CheckAll(kCases);
  const Case kErrors[] = {
      {"{{ match \"(\" \"x\" }}", "error calling match: error parsing regexp: missing closing ): `(`"},
      {"{{ reReplaceAll \"(\" \"x\" \"y\" }}",
       "error calling reReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`"},
      {"{{ parseDuration \"1.5h\" }}", "error calling parseDuration: not a valid duration string: \"1.5h\""},
      {"{{ parseDuration \"\" }}", "error calling parseDuration: empty duration string"},
      {"{{ parseDuration \"999999y\" }}", "error calling parseDuration: duration out of range"},
      {"{{ toUpper 5 }}", "expected string; found 5"},
      {"{{ toUpper $value }}", "wrong type for value; expected string; got float64"},
      {"{{ toUpper nil }}", "cannot assign nil to string"},
      {"{{ toUpper (args nil).arg0 }}", "wrong type for value; expected string; got interface {}"},
      {"{{ $x := (args nil).arg0 }}{{ toUpper $x }}", "invalid value; expected string"},
      {"{{ first (args nil).arg0 }}", "wrong type for value; expected template.queryResult; got interface {}"},
      {"{{ toUpper (safeHtml \"x\") }}", "wrong type for value; expected string; got template.HTML"},
      {"{{ toUpper }}", "wrong number of args for toUpper: want 1 got 0"},
  };
  CheckEnds(kErrors);
}

TEST_CASE("queries are asked and their samples looked into") {
  const Case kCases[] = {
      {"{{ range query \"m\" | sortByLabel \"host\" }}{{ .Labels.host }}={{ .Value }} {{ end }}", "a=1 b=20.5 c=3 "},
      {"{{ query \"sum(m)\" | first | value }} {{ (query \"m\" | sortByLabel \"host\" | first).Labels.host }} "
       "{{ query \"m{host='c'}\" | first | label \"host\" }}",
       "24.5 a c"},
      {"{{ with query \"m{host='b'}\" }}{{ . | first | value | humanize }}{{ end }}", "20.5"},
      {"{{ query \"shown\" | first | strvalue }}|{{ query \"m\" | first | strvalue }}|", "as text||"},
      {"{{ printf \"%T %T\" (query \"m\") (query \"m\" | first) }}", "template.queryResult *template.sample"},
  };
  CheckAll(kCases);
  const Case kErrors[] = {
      {"{{ query \"m +\" | first | value }}", "error calling query: 1:1: parse error: no such expression"},
      {"{{ first (query \"nothing\") }}", "error calling first: first() called on vector with no elements"},
      {"{{ first nil }}", "error calling first: first() called on vector with no elements"},
      {"{{ value nil }}", "error calling value: runtime error: invalid memory address or nil pointer dereference"},
      {"{{ first 1 }}", "can't handle 1 for arg of type template.queryResult"},
      {"{{ first $value }}", "wrong type for value; expected template.queryResult; got float64"},
      {"{{ value (query \"m\") }}", "wrong type for value; expected *template.sample; got template.queryResult"},
      {"{{ (query \"m\" | first).Nope }}", "can't evaluate field Nope in type *template.sample"},
  };
  CheckEnds(kErrors);
}

TEST_CASE("times and durations have Go's methods") {
  const Case kCases[] = {
      {"{{ toTime 1435065584.128 }} {{ (toTime 0).Year }} {{ (toTime 86400).Weekday }} {{ (toTime 1e9).Unix }}",
       "2015-06-23 13:19:44.128 +0000 UTC 1970 Friday 1000000000"},
      {"{{ with toTime 1435065584.128 }}{{ .Month }} {{ printf \"%d\" .Month }} {{ .Day }} {{ .Hour }} {{ .Minute }} "
       "{{ .Second }} "
       "{{ .Nanosecond }} {{ .YearDay }} {{ .UnixMilli }} {{ .IsZero }} {{ .UTC.Location }}{{ end }}",
       "June 6 23 13 19 44 128000000 174 1435065584128 false UTC"},
      {"{{ ((toTime 3600).Sub (toTime 0)).Minutes }} {{ (toTime 0).Add (toDuration 90) }}",
       "60 1970-01-01 00:01:30 +0000 UTC"},
      {"{{ (toTime 1).After (toTime 0) }} {{ (toTime 1).Before (toTime 0) }} {{ (toTime 1).Equal (toTime 1) }}",
       "true false true"},
      {"{{ (toTime 0).AddDate 1 13 -1 }} {{ ((toTime 5400).Truncate 3600000000000).Hour }} "
       "{{ ((toTime 5400).Round 3600000000000).Hour }}",
       "1972-01-31 00:00:00 +0000 UTC 1 2"},
      {"{{ (1800 | toDuration).String }} {{ (\"90\" | toDuration).Minutes }} {{ toDuration 0.0015 }} {{ toDuration 0 "
       "}} "
       "{{ toDuration -3661.5 }} {{ toDuration 0.0000015 }} {{ toDuration 0.000000001 }}",
       "30m0s 1.5 1.5ms 0s -1h1m1.5s 1.5µs 1ns"},
      {"{{ with toDuration 5400.5 }}{{ .Hours }} {{ .Seconds }} {{ .Milliseconds }} {{ .Round 1000000000 }} {{ "
       ".Truncate 60000000000 }} "
       "{{ printf \"%d %v %s\" . . . }}{{ end }}",
       "1.500138888888889 5400.5 5400500 1h30m1s 1h30m0s 5400500000000 1h30m0.5s 1h30m0.5s"},
      {"{{ (toTime 0).Format \"2006-01-02T15:04:05Z07:00\" }} {{ \"Jan\" | (toTime 0).Format }}",
       "1970-01-01T00:00:00Z Jan"},
      {"{{ (toTime 0).Nope }}",
       "error: 1:12: executing \"__alert_A\" at <0>: can't evaluate field Nope in type *time.Time"},
      {"{{ (toTime 0).Format 5 }}", "error: 1:22: executing \"__alert_A\" at <5>: expected string; found 5"},
  };
  CheckAll(kCases);
}

}  // namespace
}  // namespace bekci::templates::functions_test
