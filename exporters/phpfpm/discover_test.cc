// Discovery on files in memory whose pools are real sockets of a fake FPM.
#include "exporters/phpfpm/discover.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/base/memory_file_system.h"
#include "exporters/phpfpm/fake_fpm.h"

namespace bekci::exporters::phpfpm::discover_test {
namespace {

constexpr char kFile[] = "/etc/php/8.2/fpm/pool.d/www.conf";

std::string StatusAnswer() {
  base::RealFileSystem fs;
  return Answer(fs.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/exporters/phpfpm/testdata/status-full-8.2.cgi").value());
}

struct Host {
  collect::Found FindWww() {
    const auto found = Discover({&fs, &clock, &log}, clock.Monotonic() + base::seconds(5));
    const auto www = std::find_if(found.begin(), found.end(), [](const auto& one) { return one.instance == "www"; });
    REQUIRE(www != found.end());
    return *www;
  }
  base::MemoryFileSystem fs;
  base::RealClock clock;
  base::CaptureLogger log;
};

}  // namespace

TEST_CASE("a pool that answers is found with the options that a file would have") {
  FakeFpm fpm([](const std::string&) { return StatusAnswer(); });
  Host host;
  host.fs.Put(kFile, "[www]\nlisten = " + fpm.path() + "\npm.status_path = /st\nping.path = /ping\n");
  const collect::Found found = host.FindWww();
  CHECK(found.problem == "");
  CHECK(found.fix == "");
  CHECK(found.what.find("PHP-FPM 8.2 pool www") != std::string::npos);
  CHECK(found.what.find("pm.status_listen") != std::string::npos);
  const std::vector<std::pair<std::string, std::string>> options = {
      {"address", "unix:" + fpm.path()}, {"pool", "www"}, {"status_path", "/st"}, {"ping_path", "/ping"}};
  CHECK(found.options == options);
}

TEST_CASE("a pool without status, with a wrong path, or not running says what to do") {
  FakeFpm fpm([](const std::string&) { return Answer("Status: 404 Not Found\r\n\r\nFile not found.\n"); });
  Host host;
  host.fs.Put(kFile, "[www]\nlisten = " + fpm.path() + "\n");
  collect::Found found = host.FindWww();
  CHECK(found.problem == "the pool has no pm.status_path");
  CHECK(found.fix ==
        "in /etc/php/8.2/fpm/pool.d/www.conf, section [www]:\npm.status_path = /status\nsystemctl reload php8.2-fpm");
  host.fs.Put(kFile, "[www]\nlisten = " + fpm.path() + "\npm.status_path = /status\n");
  found = host.FindWww();
  CHECK(found.problem.find("File not found.") != std::string::npos);
  CHECK(found.fix.find("pm.status_path") != std::string::npos);
  host.fs.Put(kFile, "[www]\nlisten = /tmp/no-such-fpm.sock\npm.status_path = /status\n");
  found = host.FindWww();
  CHECK(found.problem.find("/tmp/no-such-fpm.sock") != std::string::npos);
  CHECK(found.fix.find("systemctl status php8.2-fpm") != std::string::npos);
}

TEST_CASE("pools of one name in two versions have different instance names") {
  Host host;
  host.fs.Put("/etc/php/8.1/fpm/pool.d/www.conf", "[www]\nlisten = /tmp/no-such-81.sock\n");
  host.fs.Put("/etc/php/8.2/fpm/pool.d/www.conf", "[www]\nlisten = /tmp/no-such-82.sock\n");
  const auto found = Discover({&host.fs, &host.clock, &host.log}, host.clock.Monotonic() + base::seconds(5));
  REQUIRE(found.size() >= 2);
  CHECK(found[0].instance == "www");
  CHECK(found[1].instance == "www-8.2");
}

}  // namespace bekci::exporters::phpfpm::discover_test
