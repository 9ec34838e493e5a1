// Hooks: real commands in a directory of the test, run as nobody where the test runs as root.
#include "agent/notify/receivers/hook.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/notify/receivers/hook_options.h"
#include "agent/notify/receivers/own_kinds.h"
#include "agent/notify/receivers/test_support.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wait_for.h"

namespace bekci::notify::receivers::hook_test {
namespace {

struct Script {
  explicit Script(const std::string& text) {
    std::ofstream(path()) << "#!/bin/sh\n" << text << "\n";
    chmod(directory.path().c_str(), 0755);
    chmod(path().c_str(), 0755);
  }
  std::string path() const { return directory.path() + "/hook"; }

  TemporaryDirectory directory;
};

const base::RealClock kClock;

HookCommand CommandOf(const Script& script) {
  HookCommand command;
  command.argv = {script.path(), "an argument; $(with) 'signs'"};
  command.environment = {"PATH=/usr/bin:/bin", "STATUS=firing"};
  command.input = "the payload";
  if (geteuid() == 0) command.user = HookUser{65534, 65534, {}};
  return command;
}

HookResult Run(const HookCommand& command, base::Duration within = base::seconds(20)) {
  auto result = RunHook(command, kClock.Monotonic() + within, kClock);
  REQUIRE_MESSAGE(result.ok(), result.status().message());
  return std::move(*result);
}

}  // namespace

TEST_CASE("a hook gets its argument untouched, the payload, an environment of its own, and nothing else") {
  const Script script(
      "echo \"arg=$1\"; echo \"in=$(cat)\"; echo \"status=$STATUS home=$HOME\"; pwd; ls /proc/self/fd | wc -l\n"
      "grep NoNewPrivs /proc/self/status; id -u >&2; exit 3");
  const int leaked = dup(1);
  const HookResult result = Run(CommandOf(script));
  close(leaked);
  CHECK(result.exit_code == 3);
  CHECK(result.signal == 0);
  CAPTURE(result.output);
  CHECK(result.output.find("arg=an argument; $(with) 'signs'\n") == 0);
  CHECK(result.output.find("in=the payload\nstatus=firing home=\n/\n4\nNoNewPrivs:\t1\n") != std::string::npos);
  if (geteuid() == 0) CHECK(result.output.ends_with("65534\n"));
}

TEST_CASE("of much output the end is kept, and nobody waits for a command that does not read") {
  const Script script("i=0; while [ $i -lt 3000 ]; do echo \"line $i\"; i=$((i+1)); done");
  HookCommand command = CommandOf(script);
  command.input = std::string(1 << 20, 'x');
  const HookResult result = Run(command);
  CHECK(result.exit_code == 0);
  CHECK(result.output.size() == 8 << 10);
  CHECK(result.output.ends_with("line 2999\n"));
}

TEST_CASE("when its time is up the whole group ends, also one that does not listen") {
  const Script script("trap '' TERM; sleep 1000 & echo $!; echo started; while :; do sleep 1000; done");
  HookCommand command = CommandOf(script);
  command.term_grace = base::milliseconds(100);
  const HookResult result = Run(command, base::milliseconds(500));
  CHECK(result.timed_out);
  CHECK(result.signal == SIGKILL);
  const pid_t child = std::stoi(result.output);
  CHECK(WaitFor([&] { return kill(child, 0) != 0; }));
  const Delivery delivery = JudgeHook(result);
  CHECK(delivery.outcome == Outcome::kPermanent);  // nobody knows how far it came
  CHECK(delivery.reason == "contextDeadlineExceeded");
}

TEST_CASE("a command that leaves a child behind is over when it is over") {
  const Script script("sleep 2 & echo done");
  const base::MonotonicTime begin = kClock.Monotonic();
  CHECK(Run(CommandOf(script)).output == "done\n");
  CHECK(kClock.Monotonic() - begin < base::seconds(2));
}

TEST_CASE("exit codes say what became of it") {
  const auto judged = [](int code) {
    HookResult result;
    result.exit_code = code;
    result.output = "why\x1b";
    return JudgeHook(result);
  };
  CHECK(judged(0).outcome == Outcome::kDelivered);
  CHECK(judged(75).outcome == Outcome::kRetryable);
  CHECK(judged(77).outcome == Outcome::kAuthError);
  CHECK(judged(1).outcome == Outcome::kPermanent);
  CHECK(judged(1).detail == "exit 1: why ");
  HookResult crashed;
  crashed.signal = SIGSEGV;
  CHECK(JudgeHook(crashed).detail == "killed by signal 11");
}

TEST_CASE("what others could change does not run") {
  if (geteuid() != 0) return;  // only root can give files to others
  const Script script("exit 0");
  CHECK(TrustedCommand(script.path()).ok());
  CHECK(TrustedCommand("hook").status().code() == base::Code::kInvalid);
  CHECK(TrustedCommand(script.path() + "x").status().code() == base::Code::kNotFound);
  chmod(script.path().c_str(), 0775);
  CHECK(TrustedCommand(script.path()).status().message().find("chmod go-w") != std::string::npos);
  chmod(script.path().c_str(), 0644);
  CHECK(TrustedCommand(script.path()).status().message().find("cannot be executed") != std::string::npos);
  chmod(script.path().c_str(), 0755);
  chmod(script.directory.path().c_str(), 0777);
  CHECK(TrustedCommand(script.path()).status().code() == base::Code::kDenied);
  chmod(script.directory.path().c_str(), 0755);
  REQUIRE(chown(script.path().c_str(), 65534, 65534) == 0);
  CHECK(TrustedCommand(script.path()).status().message().find("chown root") != std::string::npos);
  // A link is as good as what it points to.
  const std::string link = script.directory.path() + "/link";
  std::filesystem::create_symlink(script.path(), link);
  CHECK(!TrustedCommand(link).ok());
}

TEST_CASE("nothing runs as root, and nobody becomes who does not exist") {
  CHECK(!HookUserOf("root").ok());
  CHECK(!HookUserOf("no-such-user-here").ok());
  CHECK(HookUserOf("").ok() == (geteuid() != 0));
}

TEST_CASE("a hook runs as its user with all groups of that user, and can get no more rights") {
  if (geteuid() != 0) return;  // only root becomes another
  const Script script("id -u; id -g; id -G; grep -E '^(Uid|Gid|NoNewPrivs|CapEff|SigBlk|SigIgn)' /proc/self/status");
  auto user = HookUserOf("nobody");
  REQUIRE(user.ok());
  REQUIRE(*user);
  CHECK((*user)->groups == std::vector<gid_t>{65534});
  HookCommand command = CommandOf(script);
  command.user = **user;
  command.user->groups = {65534, 12, 34};
  const HookResult result = Run(command);
  CAPTURE(result.output);
  CHECK(result.output.starts_with("65534\n65534\n65534 12 34\nUid:\t65534\t65534\t65534\t65534\n"));
  CHECK(result.output.find("Gid:\t65534\t65534\t65534\t65534\n") != std::string::npos);
  CHECK(result.output.find("NoNewPrivs:\t1\n") != std::string::npos);
  for (const char* const none : {"CapEff", "SigBlk"}) {
    CHECK(result.output.find(std::string(none) + ":\t0000000000000000\n") != std::string::npos);
  }
}

TEST_CASE("what keeps a command from starting is told, whether before or after it is another user") {
  const Script script("exit 0");
  HookCommand command = CommandOf(script);
  command.argv = {script.directory.path()};
  const auto directory = RunHook(command, kClock.Monotonic() + base::seconds(20), kClock);
  CHECK(directory.status().code() == base::Code::kDenied);
  command.argv = {script.path() + "-is-not-there"};
  const auto missing = RunHook(command, kClock.Monotonic() + base::seconds(20), kClock);
  CHECK(missing.status().code() == base::Code::kNotFound);
  if (geteuid() != 0) return;
  chmod(script.directory.path().c_str(), 0700);  // root could, nobody cannot
  command.argv = {script.path()};
  CHECK(RunHook(command, kClock.Monotonic() + base::seconds(20), kClock).status().code() == base::Code::kDenied);
}

TEST_CASE("a command ends when the agent ends, and none begins then") {
  const Script script("echo begun; exec sleep 1000");
  std::atomic<bool> abandoned{true};
  HookCommand command = CommandOf(script);
  command.abandoned = &abandoned;
  const HookResult none = Run(command);
  CHECK(none.abandoned);
  CHECK(none.output.empty());
  abandoned = false;
  std::thread end([&] { abandoned = true; });
  const base::MonotonicTime begin = kClock.Monotonic();
  const HookResult result = Run(command, base::seconds(60));
  end.join();
  CHECK(kClock.Monotonic() - begin < base::seconds(30));
  CHECK(result.abandoned);
  CHECK(!result.timed_out);
  CHECK(JudgeHook(result).outcome == Outcome::kPermanent);
  CHECK(JudgeHook(result).reason == "contextCanceled");
}

TEST_CASE("a command that never began for want of something may be tried again, one that cannot begin is not") {
  CHECK(JudgeHook(base::FromErrno(EAGAIN, "start /hook")).outcome == Outcome::kRetryable);
  CHECK(JudgeHook(base::FromErrno(EMFILE, "pipe")).outcome == Outcome::kRetryable);
  CHECK(JudgeHook(base::FromErrno(ENOMEM, "start /hook")).outcome == Outcome::kRetryable);
  CHECK(JudgeHook(base::FromErrno(ENOENT, "start /hook")).outcome == Outcome::kPermanent);
  CHECK(JudgeHook(base::FromErrno(EACCES, "start /hook")).outcome == Outcome::kPermanent);
  CHECK(JudgeHook(base::FromErrno(ETIMEDOUT, "start /hook")).outcome == Outcome::kPermanent);
}

TEST_CASE("a hook's own time holds, also where it is shorter than what all others are given") {
  if (geteuid() != 0) return;  // its file must be root's
  const Script script("exec sleep 1000");
  TestParts test;
  test.parts.hooks_enabled = true;
  const auto node =
      config::ParseYaml("{name: h, command: [" + script.path() + "], timeout: 1s, user: nobody}", "e.yml");
  config::Errors errors;
  const auto hook = MakeIntegration(ReadHook(config::Check(*node, kHookOptions, &errors)), test.parts);
  REQUIRE_MESSAGE(hook.ok(), hook.status().message());
  const base::MonotonicTime begin = kClock.Monotonic();
  const Delivery delivery = DeliverNow(**hook, OfLevel(), base::seconds(30));
  CHECK(kClock.Monotonic() - begin < base::seconds(20));
  CHECK(delivery.outcome == Outcome::kPermanent);
  CHECK(delivery.detail.starts_with("it took too long"));
}

TEST_CASE("a hook is off until hooks are enabled, then runs for its own time, and not for what is over") {
  if (geteuid() != 0) return;  // its file must be root's
  const Script script("test \"$LEVEL\" = L2 && grep -q receiver && id -un");
  TestParts test;
  const auto make = [&](const std::string& user) {
    const auto node = config::ParseYaml("{name: rollback, command: [" + script.path() + "], timeout: 10m" + user + "}",
                                        "escalation.yml");
    config::Errors errors;
    const config::Values values = config::Check(*node, kHookOptions, &errors);
    REQUIRE(errors.empty());
    return MakeIntegration(ReadHook(values), test.parts);
  };
  const auto off = make(", user: nobody");
  CHECK(DeliverNow(**off, OfLevel()).detail == "hooks are off (hooks: {enabled: true})");
  test.parts.hooks_enabled = true;
  CHECK(make("").status().message().find("hooks never run as root: name a `user`") != std::string::npos);
  CHECK(!make(", user: no-such-user-here").ok());
  const auto hook = make(", user: nobody");
  REQUIRE_MESSAGE(hook.ok(), hook.status().message());
  CHECK((*hook)->longest() == base::minutes(10));
  CHECK(DeliverNow(**hook, Resolved()).outcome == Outcome::kNothing);
  const Delivery first = DeliverNow(**hook, OfLevel());
  CHECK(first.outcome == Outcome::kDelivered);
  CHECK(first.detail == "exit 0: nobody\n");
}

}  // namespace bekci::notify::receivers::hook_test
