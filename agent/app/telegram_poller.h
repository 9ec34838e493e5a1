// TelegramPoller: the thread that asks one bot's updates (web/notify/telegram_bot.h) from its making to its end, which
// does not wait for a poll under way.
//
// Thread rule: made and destroyed by one; its thread is its own.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/app/chat_setup.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/net/interruption.h"
#include "agent/notify/receivers/http_sender.h"
#include "agent/notify/wiring/notify_runtime.h"
#include "agent/web/notify/telegram_bot.h"

namespace bekci::app {

class TelegramPoller {
 public:
  // What it lives among; all outlive it, as `sources` does.
  struct World {
    notify::wiring::NotifyRuntime& runtime;
    web::notify::Refusals& refusals;
    base::FileSystem& fs;
    base::Clock& clock;
    base::Logger& log;
  };
  TelegramPoller(const World& world, const web::notify::EscalationSources& sources, ChatSetup::Bot bot,
                 std::vector<std::string> users);
  ~TelegramPoller();
  TelegramPoller(const TelegramPoller&) = delete;
  TelegramPoller& operator=(const TelegramPoller&) = delete;

 private:
  void Run() EXCLUDES(mutex_);
  void Tell(const base::Status& status);
  web::notify::TelegramBot::World BotWorld(std::vector<std::string> users);
  base::Result<web::notify::TelegramBot::Reply> Ask(std::string_view method, const std::string& body,
                                                    base::Duration within);
  std::vector<std::string> Chats();

  const World world_;
  const web::notify::EscalationSources& sources_;
  const ChatSetup::Bot bot_;
  net::Interruption interruption_;
  notify::receivers::HttpSender sender_;
  web::notify::TelegramBot logic_;
  // The thread's.
  bool well_ = true;  // what was told last
  std::set<std::string> moves_told_;

  base::Mutex mutex_;
  base::CondVar stopped_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace bekci::app
