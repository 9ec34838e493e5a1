#include "exporters/mysql/discover.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/base/text.h"
#include "agent/net/listening.h"
#include "exporters/mysql/connection.h"
#include "exporters/mysql/defaults_file.h"
#include "exporters/mysql/mariadb_connection.h"

namespace bekci::exporters::mysql {
namespace {

constexpr uint16_t kPort = 3306;
constexpr size_t kMaxFile = 1 << 20;
constexpr size_t kMaxAddresses = 16;
constexpr std::string_view kAccount = "bekci";

constexpr const char* kServerFiles[] = {"/etc/my.cnf", "/etc/mysql/my.cnf"};
constexpr const char* kServerDirectories[] = {"/etc/my.cnf.d", "/etc/mysql/conf.d", "/etc/mysql/mysql.conf.d",
                                              "/etc/mysql/mariadb.conf.d"};
constexpr const char* kServerGroups[] = {"mysqld", "mariadbd", "mariadb", "server", "client-server"};
constexpr const char* kUsualSockets[] = {"/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock",
                                         "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"};
// Defaults files that are meant for us.
constexpr const char* kOurFiles[] = {"/etc/bekci/mysql.cnf", "/var/lib/bekci/.my.cnf"};

// The server's configuration as far as we ask: includes are followed by knowing the usual directories.
struct ServerConfig {
  std::vector<std::string> sockets;
  std::vector<uint16_t> ports;
};

template <typename T>
void AddOnce(std::vector<T>* list, T value) {
  if (std::find(list->begin(), list->end(), value) == list->end()) list->push_back(std::move(value));
}

void ReadServerFile(base::FileSystem& fs, const std::string& path, ServerConfig* config) {
  const auto text = fs.ReadFile(path, kMaxFile);
  if (!text.ok()) return;
  std::string kept;
  base::LineReader lines(*text);
  for (std::string_view line; lines.Next(&line);) {
    if (!base::Trim(line).starts_with("!")) kept.append(line).append("\n");
  }
  const auto file = DefaultsFile::Parse(kept);
  if (!file.ok()) return;
  for (const char* group : kServerGroups) {
    if (const auto socket = file->Get(group, "socket"); socket && socket->starts_with("/")) {
      AddOnce(&config->sockets, *socket);
    }
    const auto port = base::ParseUint(file->Get(group, "port").value_or(""));
    if (port && *port > 0 && *port < 65536) AddOnce(&config->ports, static_cast<uint16_t>(*port));
  }
}

ServerConfig ReadServerConfig(base::FileSystem& fs) {
  ServerConfig config;
  for (const char* path : kServerFiles) ReadServerFile(fs, path, &config);
  for (const char* directory : kServerDirectories) {
    const auto names = fs.ListDirectory(directory);
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      if (name.ends_with(".cnf")) ReadServerFile(fs, std::string(directory) + "/" + name, &config);
    }
  }
  return config;
}

bool LooksLikeServerSocket(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  // X plugin sockets (mysqlx.sock) speak another protocol.
  return name.find("mysqlx") == std::string_view::npos &&
         (name.find("mysql") != std::string_view::npos || name.find("maria") != std::string_view::npos);
}

net::TargetAddress UnixAddress(std::string path) {
  net::TargetAddress address;
  address.unix_path = std::move(path);
  return address;
}

bool IsMariaDb(std::string_view version) {
  return base::ToLower(version).find("mariadb") != std::string::npos;
}

// "5.5.5-10.11.6-MariaDB" is how MariaDB 10 greets clients that know no version beyond 5.
std::string_view RealVersion(std::string_view version) {
  constexpr std::string_view kOld = "5.5.5-";
  if (version.starts_with(kOld) && IsMariaDb(version)) version.remove_prefix(kOld.size());
  return version;
}

std::string Fix(const net::TargetAddress& address, bool maria) {
  const bool local = !address.unix_path.empty();
  const std::string account = "'" + std::string(kAccount) + "'@'" + (local ? "localhost" : "127.0.0.1") + "'";
  const std::string grants =
      maria ? "PROCESS, BINLOG MONITOR, SLAVE MONITOR, SELECT" : "PROCESS, REPLICATION CLIENT, SELECT";
  std::string how;
  if (local) {
    how = maria ? "IDENTIFIED VIA unix_socket" : "IDENTIFIED WITH auth_socket";
  } else {
    how = "IDENTIFIED BY '<a password>'";
  }
  std::string fix =
      "As the administrator of that server:\n"
      "  CREATE USER IF NOT EXISTS " +
      account + " " + how +
      ";\n"
      "  GRANT " +
      grants + " ON *.* TO " + account + ";";
  if (!local) {
    fix +=
        "\nand put into /etc/bekci/mysql.cnf, readable by the account bekci runs as:\n"
        "  [client]\n  user=bekci\n  password=<that password>\n  host=127.0.0.1\n  port=" +
        std::to_string(address.port);
  }
  return fix;
}

struct Attempt {
  Login login;
  std::vector<std::pair<std::string, std::string>> options;
};

// Ways to log in at `address`, the most explicit first.
std::vector<Attempt> Attempts(base::FileSystem& fs, const net::TargetAddress& address) {
  std::vector<Attempt> attempts;
  for (const char* path : kOurFiles) {
    const auto text = fs.ReadFile(path, kMaxFile);
    if (!text.ok()) continue;
    const auto file = DefaultsFile::Parse(*text);
    if (!file.ok()) continue;
    Login login{address, file->Get("client", "user").value_or(""), file->Get("client", "password").value_or(""), {}};
    attempts.push_back({std::move(login), {{"address", address.ToString()}, {"defaults_file", path}}});
  }
  if (!address.unix_path.empty()) {
    attempts.push_back({{address, std::string(kAccount), "", {}},
                        {{"address", address.ToString()}, {"username", std::string(kAccount)}}});
  }
  return attempts;
}

collect::Found Describe(base::FileSystem& fs, DiscoveryProbe& probe, const net::TargetAddress& address,
                        const std::string& version, base::MonotonicTime deadline) {
  const bool maria = IsMariaDb(version);
  collect::Found found;
  found.what = (maria ? "MariaDB " : "MySQL ") + std::string(RealVersion(version)) + " at " + address.ToString();
  found.options = {{"address", address.ToString()}, {"username", std::string(kAccount)}};
  base::Status refused = base::Denied("no password for it is known");
  for (const Attempt& attempt : Attempts(fs, address)) {
    base::Status status = probe.TryLogin(attempt.login, deadline);
    if (status.ok()) {
      found.options = attempt.options;
      return found;
    }
    refused = std::move(status);
  }
  found.problem = "cannot log in with enough rights: " + refused.message();
  found.fix = Fix(address, maria);
  return found;
}

std::string InstanceName(const net::TargetAddress& address) {
  if (address.unix_path.empty()) return std::to_string(address.port);
  std::string_view path = address.unix_path;
  const size_t slash = path.rfind('/');
  std::string_view name = path.substr(slash + 1);
  if (name.ends_with(".sock")) name.remove_suffix(5);
  return std::string(name);
}

void NameThem(std::vector<collect::Found>* all, const std::vector<net::TargetAddress>& addresses) {
  for (size_t i = 0; i < all->size(); ++i) {
    std::string name = all->size() == 1 ? "local" : InstanceName(addresses[i]);
    const auto taken = [&](const std::string& wanted) {
      return std::any_of(all->begin(), all->begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const collect::Found& other) { return other.instance == wanted; });
    };
    for (int number = 2; taken(name); ++number) name = InstanceName(addresses[i]) + "-" + std::to_string(number);
    (*all)[i].instance = std::move(name);
  }
}

// Real connections.
class NetworkProbe : public DiscoveryProbe {
 public:
  explicit NetworkProbe(const collect::Environment& environment) : environment_(environment) {}

  base::Result<std::string> Greeting(const net::TargetAddress& address, base::MonotonicTime deadline) override;
  base::Status TryLogin(const Login& login, base::MonotonicTime deadline) override;

 private:
  const collect::Environment& environment_;
};

// A packet of length 3, number 1, protocol version 10, then the version's text up to a NUL.
base::Result<std::string> NetworkProbe::Greeting(const net::TargetAddress& address, base::MonotonicTime deadline) {
  constexpr size_t kHead = 5;
  constexpr size_t kLongest = 100;
  net::Dialer dialer(address, nullptr, *environment_.clock);
  ASSIGN_OR_RETURN(const auto stream, dialer.Dial(deadline));
  std::string greeting;
  std::array<char, 256> buffer;
  while (greeting.size() < kHead + kLongest) {
    ASSIGN_OR_RETURN(const size_t size, stream->Read(buffer, deadline));
    if (size == 0) break;
    greeting.append(buffer.data(), size);
    const size_t end = greeting.find('\0', kHead);
    if (greeting.size() > kHead && greeting[4] != '\x0a') break;
    if (end == std::string::npos || greeting.size() <= kHead) continue;
    std::string version = greeting.substr(kHead, std::min(end - kHead, kLongest));
    const bool plain = std::all_of(version.begin(), version.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (plain && !version.empty()) return version;
    break;
  }
  return base::Invalid(address.ToString() + ": no MySQL server");
}

base::Status NetworkProbe::TryLogin(const Login& login, base::MonotonicTime deadline) {
  const auto connector = MakeMariaDbConnector(LoginSource(login, *environment_.fs), *environment_.clock);
  ASSIGN_OR_RETURN(const auto connection, connector->Connect(deadline));
  // One that needs PROCESS, and one that needs the right to see replication, in the dialect of either kind of server.
  constexpr std::array<std::string_view, 4> kQuestions = {"SELECT 1 FROM information_schema.innodb_cmpmem LIMIT 1",
                                                          "SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS",
                                                          "SHOW REPLICA STATUS"};
  std::array<Answer, kQuestions.size()> answers;
  std::array<Answer*, kQuestions.size()> places;
  for (size_t i = 0; i < answers.size(); ++i) places[i] = &answers[i];
  RETURN_IF_ERROR(connection->Run(kQuestions, places, deadline));
  for (const Answer& answer : answers) {
    if (!answer.status.ok() && !IsLacking(answer.error)) return answer.status;
  }
  return base::OkStatus();
}

}  // namespace

std::vector<net::TargetAddress> FindAddresses(base::FileSystem& fs) {
  const ServerConfig config = ReadServerConfig(fs);
  const std::vector<std::string> listening = net::ListeningUnixPaths(fs);
  std::vector<std::string> sockets;
  const auto add = [&](std::string path) {
    // /var/run is /run.
    if (path.starts_with("/var/run/")) path.erase(0, 4);
    AddOnce(&sockets, std::move(path));
  };
  const auto is_listening = [&](const std::string& path) {
    return std::find(listening.begin(), listening.end(), path) != listening.end();
  };
  for (const std::string& path : config.sockets) {
    if (is_listening(path)) add(path);
  }
  for (const char* path : kUsualSockets) {
    if (is_listening(path)) add(path);
  }
  for (const std::string& path : listening) {
    if (LooksLikeServerSocket(path)) add(path);
  }
  std::vector<net::TargetAddress> addresses;
  addresses.reserve(sockets.size());
  for (std::string& path : sockets) addresses.push_back(UnixAddress(std::move(path)));
  // A server with a socket nearly always listens on a port too: ports count only where there are more of them.
  std::vector<uint16_t> ports = config.ports;
  AddOnce(&ports, kPort);
  const std::vector<uint16_t> open = net::ListeningPorts(fs);
  std::erase_if(ports, [&](uint16_t port) { return std::find(open.begin(), open.end(), port) == open.end(); });
  for (size_t i = addresses.size(); i < ports.size(); ++i) {
    net::TargetAddress address;
    address.host = "127.0.0.1";
    address.port = ports[i];
    addresses.push_back(std::move(address));
  }
  if (addresses.size() > kMaxAddresses) addresses.resize(kMaxAddresses);
  return addresses;
}

std::vector<collect::Found> DiscoverWith(base::FileSystem& fs, DiscoveryProbe& probe, base::MonotonicTime deadline) {
  std::vector<collect::Found> all;
  std::vector<net::TargetAddress> addresses;
  for (const net::TargetAddress& address : FindAddresses(fs)) {
    const auto version = probe.Greeting(address, deadline);
    if (!version.ok()) continue;
    all.push_back(Describe(fs, probe, address, *version, deadline));
    addresses.push_back(address);
  }
  NameThem(&all, addresses);
  return all;
}

std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline) {
  NetworkProbe probe(environment);
  return DiscoverWith(*environment.fs, probe, deadline);
}

}  // namespace bekci::exporters::mysql
