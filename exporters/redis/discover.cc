// Finding servers. See discover.h.
#include "exporters/redis/discover.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "agent/base/text.h"
#include "agent/net/listening.h"
#include "exporters/redis/info_page.h"
#include "exporters/redis/session.h"

namespace bekci::exporters::redis {
namespace {

constexpr std::string_view kConfigDirectories[] = {"/etc/redis", "/etc/valkey", "/etc"};
constexpr std::string_view kTitles[] = {"redis-server ", "valkey-server ", "redis-sentinel ", "valkey-sentinel ",
                                        "keydb-server "};
constexpr uint16_t kUsualPorts[] = {6379, 26379};
constexpr size_t kMaxFound = 32;
constexpr size_t kMaxConfigBytes = 1 << 20;
// Servers are local: who does not answer in this time hangs.
constexpr base::Duration kPatience = base::milliseconds(500);

struct Candidate {
  std::string address;      // as in the configuration
  std::string config_file;  // that names it; empty: seen otherwise
  bool operator<(const Candidate& other) const { return address < other.address; }
};
using Candidates = std::set<Candidate>;

std::string Unquoted(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

// "port 6380", "unixsocket /run/redis/redis.sock"; port 0 means none.
void ReadConfig(base::FileSystem& fs, const std::string& path, Candidates* candidates) {
  const auto text = fs.ReadFile(path, kMaxConfigBytes);
  if (!text.ok()) return;
  const bool sentinel = path.find("sentinel") != std::string::npos;
  std::string port = sentinel ? "26379" : "6379", socket, host = "127.0.0.1", tls_port;
  base::LineReader lines(*text);
  for (std::string_view line; lines.Next(&line);) {
    base::FieldReader fields(line);
    const std::string key = base::ToLower(fields.Next());
    const std::string value = Unquoted(base::Trim(fields.Next()));
    if (key == "port") port = value;
    if (key == "tls-port") tls_port = value;
    if (key == "unixsocket") socket = value;
    if (key == "bind" && !value.empty() && value != "*" && value != "0.0.0.0" && value.front() != '-') host = value;
  }
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  if (!socket.empty()) candidates->insert({"unix://" + socket, path});
  if (port != "0") candidates->insert({"redis://" + host + ":" + port, path});
  if (!tls_port.empty() && tls_port != "0") candidates->insert({"rediss://" + host + ":" + tls_port, path});
}

void FromConfigs(base::FileSystem& fs, Candidates* candidates) {
  for (const std::string_view directory : kConfigDirectories) {
    const auto names = fs.ListDirectory(std::string(directory));
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      const bool ours = name.starts_with("redis") || name.starts_with("valkey") || name.starts_with("sentinel");
      if (name.ends_with(".conf") && (ours || directory != "/etc")) {
        ReadConfig(fs, std::string(directory) + "/" + name, candidates);
      }
    }
  }
}

// /proc/PID/cmdline of a server: "redis-server 127.0.0.1:6379", "redis-server *:6379 [cluster]".
void FromProcesses(base::FileSystem& fs, base::MonotonicTime deadline, const base::Clock& clock,
                   Candidates* candidates) {
  const auto pids = fs.ListDirectory("/proc");
  if (!pids.ok()) return;
  for (const std::string& pid : *pids) {
    if (pid.find_first_not_of("0123456789") != std::string::npos || clock.Monotonic() >= deadline) continue;
    const auto line = fs.ReadFile("/proc/" + pid + "/cmdline", 64 << 10);
    if (!line.ok()) continue;
    std::string_view title = *line;
    title = title.substr(0, title.find('\0'));
    title.remove_prefix(std::min(title.size(), title.substr(0, title.find(' ')).find_last_of('/') + 1));
    for (const std::string_view prefix : kTitles) {
      if (!title.starts_with(prefix)) continue;
      base::FieldReader fields(title.substr(prefix.size()));
      std::string address(fields.Next());
      if (address.starts_with("unixsocket:")) {
        candidates->insert({"unix://" + address.substr(11), ""});
        continue;
      }
      const size_t colon = address.rfind(':');
      if (colon == std::string::npos || address.substr(colon) == ":0") continue;
      const std::string host = address.substr(0, colon);
      if (host == "*" || host == "0.0.0.0" || host == "::" || host == "-::*") address.replace(0, colon, "127.0.0.1");
      candidates->insert({"redis://" + address, ""});
    }
  }
}

void FromPorts(base::FileSystem& fs, Candidates* candidates) {
  const std::vector<uint16_t> open = net::ListeningPorts(fs);
  for (const uint16_t usual : kUsualPorts) {
    if (std::ranges::binary_search(open, usual)) candidates->insert({"redis://127.0.0.1:" + std::to_string(usual), ""});
  }
}

std::string NameOf(std::string_view address) {
  std::string name(address.substr(address.find("://") + 3));
  if (address.starts_with("unix://")) {
    name = name.substr(name.rfind('/') + 1);
    if (name.ends_with(".sock")) name.resize(name.size() - 5);
    return name;
  }
  return name.substr(name.rfind(':') + 1);
}

// The command that makes a user with what this collector needs and no more.
std::string GrantFor(const std::string& address) {
  const std::string connection =
      address.starts_with("unix://")
          ? "-s " + address.substr(7)
          : "-h " + address.substr(address.find("://") + 3, address.rfind(':') - address.find("://") - 3) + " -p " +
                address.substr(address.rfind(':') + 1) + (address.starts_with("rediss") ? " --tls" : "");
  return "redis-cli " + connection +
         " --askpass ACL SETUSER bekci on '>PASSWORD' resetkeys resetchannels -@all +ping +info +config|get "
         "+slowlog|len"
         " +slowlog|get +latency|latest +latency|histogram +cluster|info +client|setname\n"
         "then put PASSWORD into a file that only bekci can read, and set username: bekci and password_file: "
         "/etc/bekci/redis.pw\n"
         "(before Redis 6: no users; put the server's requirepass into that file and set password_file alone)";
}

void Explain(const base::Status& status, const Candidate& candidate, collect::Found* found) {
  found->problem = status.message();
  if (status.code() == base::Code::kDenied && candidate.address.starts_with("unix://") &&
      status.message().find("Permission denied") != std::string::npos) {
    found->fix = "usermod -a -G redis bekci   # and unixsocketperm 770 in " +
                 (candidate.config_file.empty() ? std::string("redis.conf") : candidate.config_file);
  } else if (status.code() == base::Code::kDenied) {
    found->fix = GrantFor(candidate.address);
  } else if (status.code() == base::Code::kLimit) {
    found->fix = "raise maxclients, or find who holds the connections: redis-cli CLIENT LIST";
  } else if (candidate.address.starts_with("rediss://")) {
    found->fix = "set tls: {ca_file: ..., cert_file: ..., key_file: ...}";
  } else {
    found->fix = "start the server, or leave this instance out";
  }
}

// Logs in without a password and asks what it is.
base::Status Try(const Candidate& candidate, const collect::Environment& environment, base::MonotonicTime deadline,
                 ServerFacts* facts) {
  const bool tls = candidate.address.starts_with("rediss://");
  std::string_view place = candidate.address;
  if (!place.starts_with("unix://")) place.remove_prefix(place.find("://") + 3);
  ASSIGN_OR_RETURN(net::TargetAddress address, net::ParseTargetAddress(place, 6379));
  Session session(std::move(address), tls ? std::make_unique<net::ClientTlsOptions>() : nullptr, Login(),
                  *environment.fs, *environment.clock);
  bool opened = false;
  RETURN_IF_ERROR(session.Begin(deadline, &opened));
  Pipeline pipeline;
  pipeline.Add({"INFO"});
  ASSIGN_OR_RETURN(const Replies replies, session.Run(pipeline, deadline));
  if (replies[0]->IsError()) return ErrorReply(replies[0]->text, "INFO");
  if (!replies[0]->IsText()) return base::Corrupt("INFO: the answer is no text");
  CommandStats commands;
  LabelTexts labels;
  collect::FamilySink none;
  InfoWanted nothing{false, false, false, false, false};
  InfoPage().Show(replies[0]->text, nothing, environment.clock->Now(), labels, facts, &commands, none);
  return base::OkStatus();
}

std::string Describe(const ServerFacts& facts) {
  if (!facts.known) return "Redis";
  std::string what = facts.name;
  if (facts.sentinel) what += " sentinel";
  if (facts.replica) what += " replica";
  if (facts.cluster) what += " cluster node";
  return what;
}

}  // namespace

std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline) {
  Candidates candidates;
  FromConfigs(*environment.fs, &candidates);
  FromProcesses(*environment.fs, deadline, *environment.clock, &candidates);
  FromPorts(*environment.fs, &candidates);
  std::vector<collect::Found> all;
  std::set<std::string> names, servers;  // servers: run ids, for those that listen at several addresses
  for (const Candidate& candidate : candidates) {
    if (all.size() >= kMaxFound) break;
    ServerFacts facts;
    const base::MonotonicTime until = std::min(deadline, environment.clock->Monotonic() + kPatience);
    const base::Status status = Try(candidate, environment, until, &facts);
    // A configuration file of a server that is not wanted here (disabled, or the other of two) is no finding.
    if (status.code() == base::Code::kUnavailable && !candidate.config_file.empty()) continue;
    if (facts.known && !facts.run_id.empty() && !servers.insert(facts.run_id).second) continue;
    collect::Found& found = all.emplace_back();
    found.instance = NameOf(candidate.address);
    for (int i = 2; !names.insert(found.instance).second; ++i) {
      found.instance = NameOf(candidate.address) + "-" + std::to_string(i);
    }
    found.what = Describe(facts) + " at " + candidate.address;
    found.options = {{"address", candidate.address}};
    if (!status.ok()) Explain(status, candidate, &found);
  }
  return all;
}

}  // namespace bekci::exporters::redis
