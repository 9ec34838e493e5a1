#include "agent/app/threads.h"

namespace bekci::app {
namespace {

constexpr ThreadRow kThreads[] = {
    {"bekci", "app/commands/run_command.cc, and spdlog's writer",
     "signals; in a reload: files, the worker's acknowledgement (10 s); standard error", 9},
    {"gate", "net/gate.h", "its epoll set: clients' sockets, never disk", 1},
    {"tsdb", "tsdb/database.h", "the disk: a block is written or merged (seconds; a stop ends it)", 4},
    {"tsdb-sync", "tsdb/database.h", "the disk: an fsync", 4},
    {"store-open", "app/store.h, at the start", "the disk: the log is read back (a second)", 4},
    {"self", "app/store.h", "nothing", 2},
    {"notify", "notify/notify_service.h, with notify:", "nothing", 3},
    {"notify-journal", "notify/notify_service.h, with notify:", "the disk: an fsync before a message leaves", 3},
    {"sender-", "notify/notify_service.h, while messages are under way", "a receiver's answer (15 s); mail; a hook", 3},
    {"heartbeat-", "notify/wiring/heartbeats.h, one for each of heartbeats:",
     "what a heartbeat is sent to (its timeout); mutexes of what it looks at", 1},
    {"telegram", "app/telegram_poller.h, one for each bot with telegram: {buttons: true}",
     "Telegram, which holds a poll (30 s; a stop ends it)", 3},
    {"slack", "app/slack_answers.h, with slack: {signing_secret}", "Slack's answer to an answer (15 s; a stop ends it)",
     3},
    {"forward", "notify/forwarding/sender.h, one for each of alerting.alertmanagers",
     "another Alertmanager's answer (its timeout)", 3},
    {"alertmanagers", "notify/forwarding/forwarder.h, with alertmanagers in files",
     "files and changes in their directories", 3},
    {"rules-", "ruler/ruler.h, with rule_files", "the alert journal: an fsync after an alert changed", 3},
    {"slo", "app/slo_service.h, with slo_files", "the files of error budgets: an fsync; queries of objectives", 3},
    {"discover", "app/discoverer.h, without a collectors: section", "a look at the host in a process of its own (6 s)",
     1},
    {"web-", "net/handler_threads.h", "a handler: a scrape waits for collectors up to its deadline", 2},
    {"collect", "collect/collection_core.h",
     "the next tick; a full socket to the worker (never longer than a deadline)", 3},
    {"collect-io", "collect/collection_core.h", "frames of a worker; two of them while one hands over", 3},
    {"targets", "collect/scrape_targets.h, with file_sd_configs",
     "files and changes in their directories; a worker that prepares (10 s)", 4},
    {"scrape-", "collect/worker_server.h, with --single-process only", "a target, up to its scrape_timeout", 3},
    {"collect-", "collect/worker_server.h, with --single-process only", "a target, up to its collector's deadline", 3},
};

}  // namespace

std::span<const ThreadRow> Threads() {
  return kThreads;
}

const ThreadRow* FindThread(std::string_view name) {
  for (const ThreadRow& row : kThreads) {  // whole names stand before the beginnings that would fit them
    const bool numbered = row.name.ends_with('-');
    if (numbered ? name.starts_with(row.name) && name.size() > row.name.size() : name == row.name) return &row;
  }
  return nullptr;
}

}  // namespace bekci::app
