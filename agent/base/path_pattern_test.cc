#include "agent/base/path_pattern.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"

namespace bekci::base::path_pattern_test {
namespace {

TEST_CASE("paths are matched part by part, in the order of names, within a limit") {
  MemoryFileSystem fs;
  for (const char* path :
       {"/etc/php/8.2/fpm/pool.d/www.conf", "/etc/php/8.2/fpm/pool.d/.hidden.conf", "/etc/php/8.2/fpm/pool.d/old.conf~",
        "/etc/php/7.4/fpm/pool.d/b.conf", "/etc/php/7.4/fpm/pool.d/a.conf", "/etc/php/7.4/cli/php.ini"}) {
    fs.Put(path, "");
  }
  using Paths = std::vector<std::string>;
  struct Row {
    std::string pattern;
    Paths paths;
  };
  for (const Row& row : {
           Row{"/etc/php/*/fpm/pool.d/*.conf",
               {"/etc/php/7.4/fpm/pool.d/a.conf", "/etc/php/7.4/fpm/pool.d/b.conf",
                "/etc/php/8.2/fpm/pool.d/www.conf"}},
           Row{"/etc/php/*/fpm/pool.d/.*.conf", {"/etc/php/8.2/fpm/pool.d/.hidden.conf"}},
           Row{"/etc/php/8.?/fpm/pool.d/[w]ww.conf", {"/etc/php/8.2/fpm/pool.d/www.conf"}},
           Row{"/etc/php/*/x", {"/etc/php/7.4/x", "/etc/php/8.2/x"}},
           Row{"/no/such/file", {"/no/such/file"}},
           Row{"/no/such/*", {}},
           Row{"//etc//php/", {"/etc/php"}},
           Row{"", {""}},
       }) {
    CAPTURE(row.pattern);
    CHECK(MatchPaths(fs, row.pattern, 100) == row.paths);
  }
  CHECK(MatchPaths(fs, "/etc/php/*/fpm/pool.d/*.conf", 2).size() == 2);
  CHECK(IsPathPattern("/a/b?"));
  CHECK_FALSE(IsPathPattern("/a/b"));
}

}  // namespace
}  // namespace bekci::base::path_pattern_test
