#include <doctest/doctest.h>

#include "agent/wire/exposition.h"

namespace bekci::wire::name_escaping_test {

TEST_CASE("names are escaped as Prometheus' common library escapes them") {
  struct Row {
    int line;
    const char* name;
    const char* underscores;
    const char* dots;
    const char* values;
  };
  const Row rows[] = {
      {__LINE__, "", "", "", ""},
      {__LINE__, "http_requests", "http_requests", "http__requests", "http_requests"},
      {__LINE__, "no:escaping_required", "no:escaping_required", "no:escaping__required", "no:escaping_required"},
      {__LINE__, "mysystem.prod.west.cpu.load", "mysystem_prod_west_cpu_load",
       "mysystem_dot_prod_dot_west_dot_cpu_dot_load", "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load"},
      {__LINE__, "mysystem.prod.west.cpu.load_total", "mysystem_prod_west_cpu_load_total",
       "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total", "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total"},
      {__LINE__, "花火", "__", "____", "U___82b1__706b_"},
      {__LINE__, "0a", "_a", "__a", "U___30_a"},
      {__LINE__, "a\xff", "a_", "a__", "U__a_fffd_"},
      {__LINE__, "😀", "_", "__", "U___1f600_"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(EscapeName(row.name, Escaping::kUnderscores, true) == row.underscores);
    CHECK(EscapeName(row.name, Escaping::kDots, true) == row.dots);
    CHECK(EscapeName(row.name, Escaping::kValues, true) == row.values);
  }
  CHECK(EscapeName("花火", Escaping::kAllowUtf8, true) == "花火");
  CHECK(EscapeName("a\xff\xfe", Escaping::kAllowUtf8, true) == "a\xEF\xBF\xBD");
  CHECK(EscapeName("a:b", Escaping::kUnderscores, false) == "a_b");
}

TEST_CASE("the values scheme is undone, anything else stays as it is") {
  for (const char* name : {"a.b_c", "花火", "😀", "_", "__x", "0", "a b"}) {
    CHECK(UnescapeName(EscapeName(name, Escaping::kValues, true), Escaping::kValues) == name);
  }
  for (const char* odd : {"plain", "U__bad_code", "U__a_2e", "U__a_", "U__x_110000_", "U__x_d800_", "U__x_1234567_"}) {
    CHECK(UnescapeName(odd, Escaping::kValues) == odd);
  }
  CHECK(UnescapeName("U__a_2e_b", Escaping::kUnderscores) == "U__a_2e_b");
}

}  // namespace bekci::wire::name_escaping_test
