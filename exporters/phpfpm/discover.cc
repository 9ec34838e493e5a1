#include "exporters/phpfpm/discover.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "agent/base/text.h"
#include "agent/net/listen_queue.h"
#include "exporters/phpfpm/exchange.h"
#include "exporters/phpfpm/options.h"
#include "exporters/phpfpm/pool.h"
#include "exporters/phpfpm/pool_files.h"
#include "exporters/phpfpm/status_page.h"

namespace bekci::exporters::phpfpm {
namespace {

constexpr base::Duration kTryTime = base::seconds(1);

std::vector<std::string> PoolFiles() {
  config::Errors errors;
  return config::Check(config::Node(), kOptions, &errors).Strings("pool_files");
}

Failure Try(const PoolTarget& target, const base::Clock& clock, base::MonotonicTime deadline) {
  if (target.status_path.empty()) {
    return {Reason::kNoStatusPath, base::Invalid("the pool has no pm.status_path")};
  }
  Exchange exchange(target.status_address(), {target.status_path, target.status_path, "json"}, clock);
  CgiAnswer answer;
  Failure failure = exchange.Ask(deadline);
  if (!failure.failed()) failure = exchange.Await(deadline, &answer);
  if (failure.failed()) return failure;
  PoolStatus status;
  base::Status parsed = ParseStatusPage(answer.body, &status);
  if (!parsed.ok()) return {Reason::kBadAnswer, std::move(parsed)};
  return {};
}

// The directory name before /fpm/pool.d in Debian's layout is PHP's version.
std::string Version(const std::string& file) {
  constexpr std::string_view kPrefix = "/etc/php/";
  if (!file.starts_with(kPrefix)) return "";
  return file.substr(kPrefix.size(), file.find('/', kPrefix.size()) - kPrefix.size());
}

std::string Fix(const PoolTarget& target, Reason reason) {
  const std::string version = Version(target.file);
  const std::string reload = "\nsystemctl reload php" + version + "-fpm";
  switch (reason) {
    case Reason::kNone:
      return "";
    case Reason::kNoStatusPath:
      return "in " + target.file + ", section [" + target.name + "]:\npm.status_path = /status" + reload;
    case Reason::kPermission:
      return "in " + target.file + ", section [" + target.name +
             "] (www-data stands for the web server's user):\nlisten.acl_users = www-data,bekci" + reload;
    case Reason::kConnect:
      return "see that it runs:\nsystemctl status php" + version + "-fpm";
    default: {
      const std::string advice = Advice(reason, target);
      return advice.empty() ? "" : advice + reload;
    }
  }
}

collect::Found Describe(const PoolTarget& target, const Failure& failure) {
  collect::Found found;
  const std::string version = Version(target.file);
  found.instance = target.name;
  found.what =
      "PHP-FPM " + (version.empty() ? "" : version + " ") + "pool " + target.name + " at " + target.listen.ToString();
  if (!failure.failed() && !target.has_status_listen) {
    found.what += " (with pm.status_listen it would tell its status also while all workers are busy)";
  }
  found.options = {{"address", target.listen.ToString()}, {"pool", target.name}};
  if (!target.status_path.empty()) found.options.emplace_back("status_path", target.status_path);
  if (target.has_status_listen) found.options.emplace_back("status_address", target.status_listen.ToString());
  if (!target.ping_path.empty()) found.options.emplace_back("ping_path", target.ping_path);
  if (failure.failed()) found.problem = failure.status.message();
  found.fix = Fix(target, failure.reason);
  return found;
}

// Sockets that look like FPM's and that no file explains (a container, an unusual place, files we may not read).
std::vector<collect::Found> FindSockets(const collect::Environment& environment, const std::set<std::string>& known,
                                        base::MonotonicTime deadline) {
  std::vector<collect::Found> found;
  net::ListenQueues queues(*environment.clock);
  if (!queues.Read(net::ListenQueues::Families::kBoth, deadline).ok()) return found;
  for (const net::ListenQueue& queue : queues.all()) {
    const bool local = queue.address.starts_with("unix:/") && queue.address.find("php") != std::string::npos;
    const bool tcp =
        queue.address == "127.0.0.1:9000" || queue.address == "0.0.0.0:9000" || queue.address == "[::]:9000";
    if (!(local || tcp) || known.contains(queue.address) || found.size() == kMaxPools) continue;
    PoolTarget target;
    const auto address = net::ParseTargetAddress(tcp ? "127.0.0.1:9000" : queue.address, 0);
    if (!address.ok()) continue;
    target.listen = *address;
    target.name = tcp ? "9000" : queue.address.substr(queue.address.rfind('/') + 1);
    target.status_path = "/status";
    const Failure failure =
        Try(target, *environment.clock, std::min(deadline, environment.clock->Monotonic() + kTryTime));
    // Whatever else listens there does not speak FastCGI, or hangs: not ours to report.
    if (failure.reason == Reason::kNotFastCgi || failure.reason == Reason::kTimeout) continue;
    if (failure.reason == Reason::kClosed || failure.reason == Reason::kConnect) continue;
    collect::Found one = Describe(target, failure);
    std::erase_if(one.options, [](const auto& option) { return option.first == "pool"; });
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace

std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline) {
  std::vector<collect::Found> found;
  std::set<std::string> known;
  std::set<std::string> names;
  std::vector<std::string> problems;
  for (const PoolTarget& target : ReadPoolFiles(*environment.fs, PoolFiles(), &problems)) {
    const base::MonotonicTime until = std::min(deadline, environment.clock->Monotonic() + kTryTime);
    collect::Found one = Describe(target, Try(target, *environment.clock, until));
    // The same name in two versions of PHP.
    if (names.contains(one.instance)) one.instance += "-" + Version(target.file);
    if (names.contains(one.instance)) one.instance += "-" + std::to_string(found.size());
    names.insert(one.instance);
    known.insert(target.listen.ToString());
    known.insert(target.status_address().ToString());
    found.push_back(std::move(one));
  }
  for (collect::Found& one : FindSockets(environment, known, deadline)) {
    if (names.insert(one.instance).second) found.push_back(std::move(one));
  }
  return found;
}

}  // namespace bekci::exporters::phpfpm
