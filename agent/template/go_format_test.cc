#include "agent/template/go_format.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "agent/template/expand_for_tests.h"

namespace bekci::templates::go_format_test {
namespace {

// printf with the arguments written as a template has them.
std::string Printf(std::string_view arguments, double value = 7.25) {
  return Expanded("{{ printf " + std::string(arguments) + " }}", value);
}

template <size_t N>
void CheckAll(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    CAPTURE(std::string(c.text));
    CHECK(Printf(c.text) == c.expected);
  }
}

TEST_CASE("integers print under every verb and flag") {
  const Case kCases[] = {
      {"\"%d|%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%O|%b|%#b\" 42 42 42 42 42 42 42 42 42 42 42 42 42 42",
       "42|   42|42   |00042|+42| 42|2a|2A|0x2a|52|052|0o52|101010|0b101010"},
      {"\"%d|%05d|%x|%+.3d|%.0d|%5.0d|%.5d|%08.3d|\" -42 -42 -42 5 0 0 -7 7",
       "-42|-0042|-2a|+005||     |-00007|     007|"},
      {"\"%c %U %#U %q %+q %c\" 65 65 65 39 233 1114112", "A U+0041 U+0041 'A' '\\'' '\\u00e9' \uFFFD"},
      {"\"%t %s %f\" 1 1 1", "%!t(int=1) %!s(int=1) %!f(int=1)"},
      {"\"%v %T %6v %#v %+v\" 5 5 5 5 5", "5 int      5 5 5"},
      {"\"%v %#v %d\" (index \"a\" 0) (index \"a\" 0) (index \"a\" 0)", "97 0x61 97"},
  };
  CheckAll(kCases);
}

TEST_CASE("floats print under every verb and flag") {
  const Case kCases[] = {
      {"\"%f|%.2f|%8.3f|%-8.1f|%08.2f|%+.1f|% .1f|%F\" 3.14159 3.14159 3.14159 3.14159 3.14159 3.14159 3.14159 3.5",
       "3.141590|3.14|   3.142|3.1     |00003.14|+3.1| 3.1|3.500000"},
      {"\"%e|%.0e|%E|%g|%.3g|%G|%v\" 123456.789 1500000.0 0.000012 1e21 1234.5 1e-10 1e6",
       "1.234568e+05|2e+06|1.200000E-05|1e+21|1.23e+03|1E-10|1e+06"},
      {"\"%#g|%#.3g|%#f|%#.0f|%#e|%#v\" 1.0 1.0 1.0 2.0 1.0 1.0", "1.00000|1.00|1.000000|2.|1.000000e+00|1"},
      {"\"%b|%x|%X|%.2x|%x|%x|%x\" 1.0 1.0 10.5 1.9 0.0 0.1 1e-310",
       "4503599627370496p-52|0x1p+00|0X1.5P+03|0x1.e6p+00|0x0p+00|0x1.999999999999ap-04|0x1.2688b70e62bp-1030"},
      {"\"%d|%s|%5d|%.1d|%c\" 3.5 3.5 3.5 3.25 3.5",
       "%!d(float64=3.5)|%!s(float64=3.5)|%!d(float64=  3.5)|%!d(float64=3)|%!c(float64=3.5)"},
      {"\"%.3f %.1f %.0f %.0f %.2f\" 2.0005 0.25 0.5 1.5 2.675", "2.001 0.2 0 2 2.67"},
      {"\"%6.2f|%-8.3s|\" 3.14159 \"abcdef\"", "  3.14|abc     |"},
      {"\"%.20f\" 0.1", "0.10000000000000000555"},
      {"\"%v %.1f %g %+v\" 1i 1i 2i 1i", "(0+1i) (0.0+1.0i) (0+2i) (0+1i)"},
  };
  CheckAll(kCases);
  CHECK(Printf("\"%f|%6.1f|%-6.1f|%06.1f|%+f|% f|%d\" $value $value $value $value $value $value $value", NAN) ==
        "NaN|   NaN|NaN   |   NaN|+NaN| NaN|%!d(float64=NaN)");
  CHECK(Printf("\"%f|%06.1f|%+f|% f|%.0e\" $value $value $value $value $value", INFINITY) ==
        "+Inf|  +Inf|+Inf| Inf|+Inf");
  CHECK(Printf("\"%f|%06.1f|%x\" $value $value $value", -INFINITY) == "-Inf|  -Inf|-Inf");
}

TEST_CASE("texts print under every verb and flag, widths counting characters") {
  const Case kCases[] = {
      {"\"%s|%5s|%-5s|%05s|%.2s|%5.1s|%q|%+q|%#q|%x|%X|% x|%#x|%# X\" \"é€\" \"é\" \"é\" \"é\" \"é€a\" \"é€\" \"é\\n\" "
       "\"é\" \"a\" \"é\" \"é\" \"é\" \"é\" \"é\"",
       "é€|    é|é    |0000é|é€|    é|\"é\\n\"|\"\\u00e9\"|`a`|c3a9|C3A9|c3 a9|0xc3a9|0XC3 0XA9"},
      {"\"%v %T %#v %d %f %t\" \"x\" \"x\" \"x\" \"x\" \"x\" \"x\"",
       "x string \"x\" %!d(string=x) %!f(string=x) %!t(string=x)"},
      {"\"%t %v %5t %d %s\" true false true true true", "true false  true %!d(bool=true) %!s(bool=true)"},
      {"\"%v %s %d %T\" nil nil nil nil", "<nil> %!s(<nil>) %!d(<nil>) <nil>"},
      {"\"%.1x|%.1q\" \"ab\" \"ab\"", "61|\"a\""},
  };
  CheckAll(kCases);
}

TEST_CASE("lists, maps and objects print their elements under the verb") {
  const Case kCases[] = {
      {"\"%v|%s\" $externalLabels $externalLabels", "map[dc:x1 env:prod]|map[dc:x1 env:prod]"},
      {"\"%q|%d\" $externalLabels (args 1 \"a\")",
       "map[\"dc\":\"x1\" \"env\":\"prod\"]|map[%!d(string=arg0):1 %!d(string=arg1):%!d(string=a)]"},
      {"\"%#v\" $externalLabels", "map[string]string{\"dc\":\"x1\", \"env\":\"prod\"}"},
      {"\"%#v\" (args nil 1)", "map[string]interface {}{\"arg0\":interface {}(nil), \"arg1\":1}"},
      {"\"%v %+v\" (query \"m{host='b'}\" | first) (query \"m{host='b'}\" | first)",
       "&{map[__name__:m host:b] 20.5} &{Labels:map[__name__:m host:b] Value:20.5}"},
      {"\"%5d|\" (args 1)", "map[%!d(string= arg0):    1]|"},
      {"\"%s %v %d %q\" (toTime 0).Month (toTime 0).Month (toTime 0).Month (toTime 0).Weekday",
       "January January 1 \"Thursday\""},
      {"\"%10s|%.3s|%x\" (toTime 0).Month (toTime 0).Month (toTime 0).Month", "   January|Jan|4a616e75617279"},
      {"\"%t %#v\" (toDuration 1) (toDuration 1)", "%!t(time.Duration=1000000000) 1000000000"},
      {"\"%#v\" (toTime 0)", "time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)"},
  };
  CheckAll(kCases);
}

TEST_CASE("operands are counted, indexed, missed and left over as Go says it") {
  const Case kCases[] = {
      {"\"%d\"", "%!d(MISSING)"},
      {"\"%d %d\" 1", "1 %!d(MISSING)"},
      {"\"x\" 1 \"a\" nil", "x%!(EXTRA int=1, string=a, <nil>)"},
      {"\"%z %!\" 1", "%!z(int=1) %!!(MISSING)"},
      {"\"%!\" 1", "%!!(int=1)"},
      {"\"%\"", "%!(NOVERB)"},
      {"\"%5\"", "%!(NOVERB)"},
      {"\"%%|%5%|%-5%\"", "%|%|%"},
      {"\"%[2]s %[1]s\" \"a\" \"b\"", "b a"},
      {"\"%[2]d %d %d\" 1 2 3", "2 3 %!d(MISSING)"},
      {"\"%[3]d\" 1", "%!d(BADINDEX)"},
      {"\"%[]d %[x]d %[1d\" 1", "%!d(BADINDEX) %!d(BADINDEX) %!d(BADINDEX)"},
      {"\"%[1]5d\" 1", "%!d(BADINDEX)"},
      {"\"%*d|%-*d|%.*f\" 5 42 5 42 1 3.14", "   42|42   |3.1"},
      {"\"%*d|%.*f\" -5 42 -1 3.14", "42   |%!(BADPREC)3.140000"},
      {"\"%*d\" \"x\" 42", "%!(BADWIDTH)42"},
      {"\"%.*d\" \"x\" 42", "%!(BADPREC)42"},
      {"\"%*d\" 2000000 42", "%!(BADWIDTH)42"},
      {"\"%[2]*[1]d\" 42 5", "   42"},
      {"\"%6.[1]*[2]f\" 2 3.14159", "  3.14"},
      {"\"%.d|%.f\" 5 2.5", "5|2"},
      {"\"%w\" 1", "%!w(int=1)"},
      {"\"%p\" 1", "%!p(int=1)"},
      {"\"%é\" 1", "%!é(int=1)"},
  };
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.text));
    CHECK(Printf(c.text) == c.expected);
  }
  CHECK(Printf("5") == "error: 1:11: executing \"__alert_A\" at <5>: expected string; found 5");
}

TEST_CASE("what is printed is bounded, however it grows") {
  std::string out;
  CHECK_FALSE(AppendFormatted("%1000000d%1000000d%1000000d", std::array{Value::Int(1), Value::Int(1), Value::Int(1)},
                              1000, &out)
                  .ok());
  CHECK(out.size() < 1'100'000);
  const std::string doubling = "{{ $x := args 1 }}{{ range 60 }}{{ $x = args $x $x }}{{ end }}{{ $x }}";
  CHECK(Expanded(doubling).starts_with("error: "));
  const std::string deep = "{{ $x := args 1 }}{{ range 1000 }}{{ $x = args $x }}{{ end }}{{ $x }}";
  CHECK(Expanded(deep).find("nested deeper than") != std::string::npos);
  CHECK(Expanded("{{ printf \"%999999999d|\" 1 }}") == "%!(NOVERB)%!(EXTRA int=1)");
}

}  // namespace
}  // namespace bekci::templates::go_format_test
