// What is read of FPM's files, of the process table, and of the script's owners: on a file system in memory.
#include "exporters/phpfpm/pool_files.h"

#include <doctest/doctest.h>

#include <map>

#include "agent/base/memory_file_system.h"
#include "exporters/phpfpm/cache_script.h"
#include "exporters/phpfpm/process_titles.h"

namespace bekci::exporters::phpfpm::pool_files_test {
namespace {

constexpr char kWww[] = R"(; Start a new pool named 'www'.
[www]
user = www-data
listen = /run/php/php8.2-fpm-$pool.sock ; where
listen.owner = www-data
pm = dynamic
pm.max_children = 5
pm.status_path = "/status-$pool"
;pm.status_listen = 127.0.0.1:9001
ping.path = /ping
php_admin_value[error_log] = /var/log/fpm-php.www.log

[api]
listen = 9000
pm.status_path = /status
pm.status_listen = 127.0.0.1:9001
)";

// Files that may belong to others than root.
class OwnedFiles : public base::MemoryFileSystem {
 public:
  base::Result<base::FileInfo> Stat(const std::string& path) override {
    auto info = base::MemoryFileSystem::Stat(path);
    if (!info.ok()) return info;
    if (uids.contains(path)) info->uid = uids[path];
    info->mode = modes.contains(path) ? modes[path] : (info->kind == base::FileKind::kDirectory ? 0755 : 0644);
    return info;
  }
  std::map<std::string, uint32_t> uids;
  std::map<std::string, uint32_t> modes;
};

}  // namespace

TEST_CASE("pools are read as FPM reads them: macros, quotes, comments, sections") {
  std::vector<std::string> problems;
  const auto pools = ParsePoolFile(kWww, "www.conf", &problems);
  CHECK(problems.empty());
  REQUIRE(pools.size() == 2);
  CHECK(pools[0].name == "www");
  CHECK(pools[0].listen.ToString() == "unix:/run/php/php8.2-fpm-www.sock");
  CHECK(pools[0].status_path == "/status-www");
  CHECK(pools[0].ping_path == "/ping");
  CHECK(pools[0].max_children == 5);
  CHECK(!pools[0].has_status_listen);
  CHECK(pools[1].listen.ToString() == "127.0.0.1:9000");
  CHECK(pools[1].status_address().ToString() == "127.0.0.1:9001");
  CHECK(ScrapeUri(pools[0].status_address(), "/status") == "unix:///run/php/php8.2-fpm-www.sock;/status");
  CHECK(ScrapeUri(pools[1].status_address(), "/status") == "tcp://127.0.0.1:9001/status");
}

TEST_CASE("every form of listen is understood, and a pool without one is told") {
  struct Row {
    const char* listen;
    const char* address;
  };
  const Row rows[] = {{"9000", "127.0.0.1:9000"},          {"0.0.0.0:9000", "127.0.0.1:9000"},
                      {"[::]:9000", "[::1]:9000"},         {"10.1.2.3:9001", "10.1.2.3:9001"},
                      {"/run/x.sock", "unix:/run/x.sock"}, {"run/x.sock", "unix:/srv/run/x.sock"}};
  for (const Row& row : rows) {
    CAPTURE(row.listen);
    std::vector<std::string> problems;
    const auto pools = ParsePoolFile("[a]\nprefix = /srv\nlisten = " + std::string(row.listen), "f", &problems);
    REQUIRE(pools.size() == 1);
    CHECK(pools[0].listen.ToString() == row.address);
  }
  std::vector<std::string> problems;
  CHECK(ParsePoolFile("[global]\npid = /x\n[a]\nuser = b\n[c]\nlisten = 1:2:3\n", "f.conf", &problems).empty());
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] == "f.conf: pool \"a\": `listen` is missing");
}

TEST_CASE("patterns reach into directories, and an unreadable file costs its own pools") {
  base::MemoryFileSystem fs;
  fs.Put("/etc/php/8.2/fpm/pool.d/www.conf", "[www]\nlisten = 9000");
  fs.Put("/etc/php/8.1/fpm/pool.d/old.conf", "[old]\nlisten = 9001");
  fs.Put("/etc/php/8.1/fpm/pool.d/note.txt", "[no]\nlisten = 9002");
  fs.Put("/etc/php/8.1/cli/php.ini", "");
  fs.Put("/etc/php/8.2/fpm/pool.d/secret.conf", "[secret]\nlisten = 9003", 0);
  const std::string patterns[] = {"/etc/php/*/fpm/pool.d/*.conf", "/nowhere/*.conf"};
  std::vector<std::string> problems;
  const auto pools = ReadPoolFiles(fs, patterns, &problems);
  REQUIRE(pools.size() == 2);
  CHECK(pools[0].name == "old");
  CHECK(pools[1].name == "www");
  CHECK(pools[1].file == "/etc/php/8.2/fpm/pool.d/www.conf");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("secret.conf") != std::string::npos);
}

TEST_CASE("workers are counted by their titles, and by their master where two have pools of one name") {
  base::MemoryFileSystem fs;
  base::FakeClock clock;
  ProcessTitles titles(fs, "/proc", clock);
  titles.Refresh();
  CHECK(!titles.HasMaster());

  const auto put = [&](const std::string& pid, const std::string& title) {
    fs.Put("/proc/" + pid + "/comm", "php-fpm8.2\n");
    fs.Put("/proc/" + pid + "/cmdline", title + std::string(20, '\0'));
  };
  put("100", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)");
  fs.Put("/proc/100/task/100/children", "101 102 103 ");
  put("101", "php-fpm: pool www");
  put("102", "php-fpm: pool www");
  put("103", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)");  // just forked, not yet named
  put("200", "php-fpm: master process (/etc/php/8.1/fpm/php-fpm.conf)");
  fs.Put("/proc/200/task/200/children", "201 ");
  put("201", "php-fpm: pool www");
  fs.Put("/proc/300/comm", "php\n");
  fs.Put("/proc/300/cmdline", std::string("php\0cron.php\0", 13));
  clock.Advance(ProcessTitles::kScanIntervalWithoutMaster);
  titles.Refresh();
  CHECK(titles.HasMaster());
  CHECK(titles.CountWorkers("www", "/etc/php/8.2/fpm/pool.d/www.conf") == 2);
  CHECK(titles.CountWorkers("www", "/etc/php/8.1/fpm/pool.d/www.conf") == 1);
  CHECK(titles.CountWorkers("www", "") == 3);
  CHECK(titles.CountWorkers("other", "") == 0);

  put("103", "php-fpm: pool www");
  fs.Put("/proc/100/task/100/children", "102 103 ");
  titles.Refresh();
  CHECK(titles.CountWorkers("www", "/etc/php/8.2/fpm/pool.d/www.conf") == 2);
  fs.Put("/proc/200/task/200/children", "");
  titles.Refresh();
  CHECK(titles.CountWorkers("www", "/etc/php/8.1/fpm/pool.d/www.conf") == 0);
}

TEST_CASE("the cache script must be root's alone, all the way up") {
  OwnedFiles fs;
  const std::string path = "/usr/share/bekci/bekci-opcache.php";
  CHECK(CheckCacheScript(fs, path).code() == base::Code::kNotFound);
  fs.Put(path, "<?php");
  CHECK(CheckCacheScript(fs, path).ok());
  for (const std::string& one : {path, std::string("/usr/share/bekci"), std::string("/usr"), std::string("/")}) {
    CAPTURE(one);
    fs.uids[one] = 33;
    CHECK(CheckCacheScript(fs, path).code() == base::Code::kDenied);
    CHECK(CheckCacheScript(fs, path).message().find(one + " does not belong to root") != std::string::npos);
    fs.uids.clear();
    for (const uint32_t mode : {0777U, 0775U, 0757U, 01777U}) {
      fs.modes[one] = mode;
      CHECK(CheckCacheScript(fs, path).code() == base::Code::kDenied);
    }
    fs.modes.clear();
  }
  CHECK(CheckCacheScript(fs, "bekci-opcache.php").code() == base::Code::kInvalid);
  CHECK(CheckCacheScript(fs, "/usr/share/../share/x.php").code() == base::Code::kInvalid);
  CHECK(CheckCacheScript(fs, "/usr/share/bekci").code() == base::Code::kDenied);
  fs.PutLink("/usr/share/link.php", path);
  CHECK(CheckCacheScript(fs, "/usr/share/link.php").code() == base::Code::kDenied);
  fs.PutLink("/usr/link", "/usr/share/bekci");
  CHECK(CheckCacheScript(fs, "/usr/link/bekci-opcache.php").code() == base::Code::kDenied);
}

}  // namespace bekci::exporters::phpfpm::pool_files_test
