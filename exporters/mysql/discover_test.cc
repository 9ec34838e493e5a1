#include "exporters/mysql/discover.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"

namespace bekci::exporters::mysql::discover_test {
namespace {

constexpr char kUnix[] =
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "0000000000000000: 00000002 00000000 00010000 0001 01 1001 /run/mysqld/mysqld.sock\n"
    "0000000000000000: 00000002 00000000 00010000 0001 01 1002 /srv/second/mysql.sock\n"
    "0000000000000000: 00000002 00000000 00010000 0001 01 1003 /run/mysqld/mysqlx.sock\n"
    "0000000000000000: 00000003 00000000 00000000 0001 03 1004 /run/mysqld/mysqld.sock\n"
    "0000000000000000: 00000002 00000000 00010000 0001 01 1005 /run/other.sock\n";
// 0CEA is 3306, 0CEB 3307; 0A is listening.
constexpr char kTcp[] =
    "  sl  local_address rem_address   st tx_queue\n"
    "   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000\n"
    "   1: 0100007F:0CEB 00000000:0000 0A 00000000:00000000\n"
    "   2: 0100007F:0CEC 0100007F:9999 01 00000000:00000000\n";

class FakeProbe : public DiscoveryProbe {
 public:
  base::Result<std::string> Greeting(const net::TargetAddress& address, base::MonotonicTime) override {
    greeted.push_back(address.ToString());
    return version;
  }
  base::Status TryLogin(const Login& login, base::MonotonicTime) override {
    users.push_back(login.user);
    return login.password == password ? base::OkStatus() : base::Denied("Access denied");
  }
  base::Result<std::string> version = std::string("5.5.5-10.11.6-MariaDB-0+deb12u1");
  std::string password;
  std::vector<std::string> greeted, users;
};

}  // namespace

TEST_CASE("sockets that are listened on are found, and ports where no socket explains them") {
  base::MemoryFileSystem fs;
  fs.Put("/proc/net/unix", kUnix);
  fs.Put("/proc/net/tcp", kTcp);
  fs.Put("/etc/mysql/my.cnf", "!includedir /etc/mysql/conf.d\n[mysqld]\nport=3307\n");
  auto found = FindAddresses(fs);
  REQUIRE(found.size() == 2);
  CHECK(found[0].unix_path == "/run/mysqld/mysqld.sock");
  CHECK(found[1].unix_path == "/srv/second/mysql.sock");
  fs.Put("/proc/net/unix", "");
  found = FindAddresses(fs);
  REQUIRE(found.size() == 2);
  CHECK(found[0].ToString() == "127.0.0.1:3307");
  CHECK(found[1].ToString() == "127.0.0.1:3306");
  fs.Put("/proc/net/tcp", "");
  CHECK(FindAddresses(fs).empty());
}

TEST_CASE("a server that lets us in needs nothing more") {
  base::MemoryFileSystem fs;
  fs.Put("/proc/net/unix", "Num\n0: 00000002 00000000 00010000 0001 01 1001 /run/mysqld/mysqld.sock\n");
  FakeProbe probe;
  const auto found = DiscoverWith(fs, probe, {});
  REQUIRE(found.size() == 1);
  CHECK(found[0].instance == "local");
  CHECK(found[0].what == "MariaDB 10.11.6-MariaDB-0+deb12u1 at unix:/run/mysqld/mysqld.sock");
  CHECK(found[0].problem.empty());
  CHECK(found[0].options == std::vector<std::pair<std::string, std::string>>{
                                {"address", "unix:/run/mysqld/mysqld.sock"}, {"username", "bekci"}});
}

TEST_CASE("a server that refuses us is shown with the statements that change it") {
  base::MemoryFileSystem fs;
  fs.Put("/proc/net/unix", kUnix);
  FakeProbe probe;
  probe.password = "other";
  auto found = DiscoverWith(fs, probe, {});
  REQUIRE(found.size() == 2);
  CHECK(found[0].instance == "mysqld");
  CHECK(found[1].instance == "mysql");
  CHECK(found[0].problem.find("Access denied") != std::string::npos);
  CHECK(found[0].fix.find("CREATE USER IF NOT EXISTS 'bekci'@'localhost' IDENTIFIED VIA unix_socket;") !=
        std::string::npos);
  CHECK(found[0].fix.find("GRANT PROCESS, BINLOG MONITOR, SLAVE MONITOR, SELECT ON *.* TO 'bekci'@'localhost';") !=
        std::string::npos);
  probe.version = std::string("8.4.0");
  found = DiscoverWith(fs, probe, {});
  CHECK(found[0].what == "MySQL 8.4.0 at unix:/run/mysqld/mysqld.sock");
  CHECK(found[0].fix.find("IDENTIFIED WITH auth_socket") != std::string::npos);
  CHECK(found[0].fix.find("REPLICATION CLIENT") != std::string::npos);
}

TEST_CASE("a defaults file that was left for us is used, its password is nowhere shown") {
  base::MemoryFileSystem fs;
  fs.Put("/proc/net/tcp", kTcp);
  fs.Put("/etc/bekci/mysql.cnf", "[client]\nuser=watch\npassword=geheim\n");
  FakeProbe probe;
  probe.password = "geheim";
  const auto found = DiscoverWith(fs, probe, {});
  REQUIRE(found.size() == 1);
  CHECK(probe.users == std::vector<std::string>{"watch"});
  CHECK(found[0].options == std::vector<std::pair<std::string, std::string>>{
                                {"address", "127.0.0.1:3306"}, {"defaults_file", "/etc/bekci/mysql.cnf"}});
}

TEST_CASE("what does not greet as a MySQL server is not one") {
  base::MemoryFileSystem fs;
  fs.Put("/proc/net/unix", kUnix);
  FakeProbe probe;
  probe.version = base::Unavailable("refused");
  CHECK(DiscoverWith(fs, probe, {}).empty());
  CHECK(probe.greeted.size() == 2);
}

}  // namespace bekci::exporters::mysql::discover_test
