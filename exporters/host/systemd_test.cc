// The systemd part over canned answers (no systemd can be booted in a test), and the D-Bus client against a real
// systemd: a user manager, which speaks the same interface on a private socket. That needs root, unshare and systemd,
// and is left out where they are missing.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include "exporters/host/captured_host.h"
#include "exporters/host/systemd_bus.h"
#include "exporters/host/systemd_part.h"

namespace bekci::exporters::host {
extern const PartSpec kSystemd;
}

namespace bekci::exporters::host::systemd_test {
namespace {

class CannedBus : public SystemdBus {
 public:
  std::vector<SystemdUnit> units;
  std::map<std::string, std::string> texts;  // "path property" -> value
  std::map<std::string, uint64_t> numbers;
  base::Status failure;  // of every call
  int calls = 0;

  base::Status ListUnits(base::MonotonicTime, size_t, std::vector<SystemdUnit>* out) override {
    ++calls;
    if (!failure.ok()) return failure;
    *out = units;
    return base::OkStatus();
  }
  base::Result<std::string> TextProperty(const std::string& path, const char*, const char* property,
                                         base::MonotonicTime) override {
    return Find(texts, path, property);
  }
  base::Result<uint64_t> NumberProperty(const std::string& path, const char*, const char* property,
                                        base::MonotonicTime) override {
    return Find(numbers, path, property);
  }

 private:
  template <typename T>
  base::Result<T> Find(const std::map<std::string, T>& values, const std::string& path, const char* property) {
    ++calls;
    if (!failure.ok()) return failure;
    const auto found = values.find(path + " " + property);
    if (found == values.end()) return base::NotFound("no such property");
    return found->second;
  }
};

struct Rig {
  CapturedHost host;
  HostEnvironment environment{host.fs, host.clock, host.log, host.calls};
  CannedBus* bus = nullptr;
  std::unique_ptr<Part> part;
  FamilySink sink;

  explicit Rig(const std::string& yaml = "{}") {
    host.fs.Put("/run/systemd/system/x", "");
    auto canned = std::make_unique<CannedBus>();
    bus = canned.get();
    bus->texts["/org/freedesktop/systemd1 Version"] = "252.39-1~deb12u2";
    bus->texts["/org/freedesktop/systemd1 SystemState"] = "running";
    const auto node = config::ParseYaml(yaml, "t");
    config::Errors errors;
    auto made = MakeSystemdPart(environment, config::Check(*node, kSystemd.options, &errors), std::move(canned));
    REQUIRE(errors.empty());
    REQUIRE(made.ok());
    part = std::move(*made);
  }
  // name{a,b} -> value of one round.
  std::map<std::string, double> Round() {
    sink.Begin();
    status = part->Collect(sink, base::MonotonicTime::Max());
    std::map<std::string, double> series;
    for (const auto& family : model::ToFamilies(sink.FinishRound())) {
      for (const auto& metric : family.metrics) series[family.name + metric.labels.ToString()] = metric.value;
    }
    return series;
  }
  base::Status status;
};

}  // namespace

TEST_CASE("units, timers and sockets are told as systemd says") {
  Rig rig("{restarts: true, start_times: true}");
  rig.bus->units = {{"a.service", "loaded", "active", "/a"},
                    {"b.timer", "loaded", "active", "/b"},
                    {"c.socket", "loaded", "failed", "/c"},
                    {"gone.service", "not-found", "inactive", "/g"},
                    {"dev-sda.device", "loaded", "active", "/d"}};
  rig.bus->texts["/a Type"] = "notify";
  rig.bus->numbers = {{"/a NRestarts", 3},
                      {"/a ActiveEnterTimestamp", 1'700'000'000'500'000},
                      {"/b LastTriggerUSec", 1'600'000'000'000'000},
                      {"/c NAccepted", 9},
                      {"/c NConnections", 2},
                      {"/c NRefused", 1}};
  auto page = rig.Round();
  CHECK(rig.status.ok());
  CHECK(page["node_systemd_unit_state{name=\"a.service\", state=\"active\", type=\"notify\"}"] == 1);
  CHECK(page["node_systemd_unit_state{name=\"c.socket\", state=\"failed\"}"] == 1);
  CHECK(page["node_systemd_unit_state{name=\"c.socket\", state=\"active\"}"] == 0);
  CHECK_FALSE(page.contains("node_systemd_unit_state{name=\"dev-sda.device\", state=\"active\"}"));
  CHECK_FALSE(page.contains("node_systemd_unit_state{name=\"gone.service\", state=\"inactive\"}"));
  CHECK(page["node_systemd_units{state=\"active\"}"] == 3);
  CHECK(page["node_systemd_units{state=\"inactive\"}"] == 1);
  CHECK(page["node_systemd_version{version=\"252.39-1~deb12u2\"}"] == 252.39);
  CHECK(page["node_systemd_system_running{}"] == 1);
  CHECK(page["node_systemd_service_restart_total{name=\"a.service\"}"] == 3);
  CHECK(page["node_systemd_unit_start_time_seconds{name=\"a.service\"}"] == 1'700'000'000.5);
  CHECK(page["node_systemd_timer_last_trigger_seconds{name=\"b.timer\"}"] == 1'600'000'000);
  CHECK(page["node_systemd_socket_accepted_connections_total{name=\"c.socket\"}"] == 9);
  CHECK(page["node_systemd_socket_current_connections{name=\"c.socket\"}"] == 2);
}

TEST_CASE("systemd is asked at most every five seconds, and for a service's type every ten minutes") {
  Rig rig;
  rig.bus->units = {{"a.service", "loaded", "active", "/a"}};
  rig.bus->texts["/a Type"] = "simple";
  const auto first = rig.Round();
  const int calls = rig.bus->calls;
  CHECK(rig.Round() == first);
  CHECK(rig.bus->calls == calls);
  rig.host.clock.Advance(base::seconds(6));
  CHECK(rig.Round() == first);
  CHECK(rig.bus->calls == calls + 3);  // version, state, units
  rig.host.clock.Advance(base::minutes(11));
  rig.Round();
  CHECK(rig.bus->calls == calls + 7);
}

TEST_CASE("a systemd that stops answering leaves no old numbers, and is asked again in the next round") {
  Rig rig;
  rig.bus->units = {{"a.service", "loaded", "active", "/a"}};
  rig.Round();
  rig.host.clock.Advance(base::seconds(6));
  rig.bus->failure = base::Timeout("systemd does not answer");
  CHECK(rig.Round().empty());
  CHECK(rig.status.code() == base::Code::kTimeout);
  rig.bus->failure = base::OkStatus();
  CHECK_FALSE(rig.Round().empty());
  CHECK(rig.status.ok());
}

TEST_CASE("a host without systemd has nothing to report and asks nobody") {
  Rig rig;
  REQUIRE(rig.host.fs.Remove("/run/systemd/system/x").ok());
  REQUIRE(rig.host.fs.Remove("/run/systemd/system").ok());
  CHECK(rig.Round().empty());
  CHECK(rig.status.code() == base::Code::kNoData);
  CHECK(rig.bus->calls == 0);
}

namespace {

// A real systemd, as user manager in a mount namespace of its own, with its socket in a temporary directory.
class UserManager {
 public:
  UserManager() {
    char name[] = "/tmp/bekci-systemd-XXXXXX";
    directory_ = mkdtemp(name);
    pid_ = fork();
    if (pid_ == 0) {
      setpgid(0, 0);
      setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
      setenv("HOME", directory_.c_str(), 1);
      execlp("unshare", "unshare", "-m", "sh", "-c",
             "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && "
             "exec /lib/systemd/systemd --user --log-target=null >/dev/null 2>&1",
             nullptr);
      _exit(127);
    }
  }
  ~UserManager() {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::string socket() const { return directory_ + "/systemd/private"; }

  // Waits up to ten seconds until it answers.
  bool Answers(SystemdBus& bus, base::Clock& clock) {
    for (int i = 0; i < 100; ++i) {
      const auto version =
          bus.TextProperty(kSystemdManagerPath, "Manager", "Version", clock.Monotonic() + base::seconds(1));
      if (version.ok()) return true;
      if (waitpid(pid_, nullptr, WNOHANG) != 0) return false;
      std::this_thread::sleep_for(base::milliseconds(100));
    }
    return false;
  }
  void Stop() { kill(-pid_, SIGSTOP); }
  void Continue() { kill(-pid_, SIGCONT); }

 private:
  std::string directory_;
  pid_t pid_;
};

}  // namespace

TEST_CASE("a real systemd is listed, asked for properties, given up when it hangs, and found again") {
  if (getuid() != 0 || access("/lib/systemd/systemd", X_OK) != 0) {
    MESSAGE("left out: needs root and systemd");
    return;
  }
  base::RealClock clock;
  UserManager manager;
  const auto bus = MakeSystemdBus(manager.socket(), "/nowhere/bus", clock);
  if (!manager.Answers(*bus, clock)) {
    MESSAGE("left out: systemd --user does not start here");
    return;
  }
  const auto soon = [&] { return clock.Monotonic() + base::seconds(5); };
  std::vector<SystemdUnit> units;
  REQUIRE(bus->ListUnits(soon(), 10'000, &units).ok());
  const auto root = std::find_if(units.begin(), units.end(), [](const auto& unit) { return unit.name == "-.slice"; });
  REQUIRE(root != units.end());
  CHECK(root->load_state == "loaded");
  CHECK(root->active_state == "active");
  CHECK(root->object_path == SystemdUnitPath("-.slice"));
  CHECK(bus->NumberProperty(root->object_path, "Unit", "ActiveEnterTimestamp", soon()).ok());
  CHECK(bus->TextProperty(root->object_path, "Unit", "NoSuchThing", soon()).status().code() == base::Code::kNotFound);
  CHECK(bus->ListUnits(soon(), 1, &units).code() == base::Code::kLimit);

  manager.Stop();
  const base::MonotonicTime begin = clock.Monotonic();
  const base::Status hung = bus->ListUnits(begin + base::milliseconds(200), 10'000, &units);
  CHECK(hung.code() == base::Code::kTimeout);
  CHECK(clock.Monotonic() - begin < base::seconds(3));
  manager.Continue();
  CHECK(bus->ListUnits(soon(), 10'000, &units).ok());
}

TEST_CASE("a unit's object path is its name with what is no letter or digit in hexadecimal") {
  CHECK(SystemdUnitPath("nginx.service") == "/org/freedesktop/systemd1/unit/nginx_2eservice");
  CHECK(SystemdUnitPath("php8.2-fpm.service") == "/org/freedesktop/systemd1/unit/php8_2e2_2dfpm_2eservice");
  CHECK(SystemdUnitPath("9p_x\xff") == "/org/freedesktop/systemd1/unit/_39p_5fx_ff");
  CHECK(SystemdUnitPath("") == "/org/freedesktop/systemd1/unit/_");
}

TEST_CASE("without a socket the client says so at once") {
  base::RealClock clock;
  const auto bus = MakeSystemdBus("/nowhere/private", "/nowhere/bus", clock);
  std::vector<SystemdUnit> units;
  const base::Status status = bus->ListUnits(clock.Monotonic() + base::seconds(1), 10, &units);
  CHECK(status.code() == base::Code::kNotFound);
  CHECK(status.message().find("/nowhere/bus") != std::string::npos);
}

}  // namespace bekci::exporters::host::systemd_test
