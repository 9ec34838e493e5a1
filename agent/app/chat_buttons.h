// ChatButtons: the ways by which presses of buttons in Slack and Telegram come back, and answers to them.
//
// Telegram is polled, a thread for each bot token; Slack posts to us (web/notify/slack_actions.h) and hears what came
// of it from a thread of its own, since it waits three seconds for us and we may wait longer for it. Threads run
// between Start and Stop; what they wait for ends at once then.
//
// Thread rule: any thread; Start and Stop by one.
#pragma once

#include <memory>
#include <vector>

#include "agent/app/chat_setup.h"
#include "agent/app/slack_answers.h"
#include "agent/app/telegram_poller.h"
#include "agent/base/mutex.h"

namespace bekci::app {

class ChatButtons {
 public:
  // What `world` refers to outlives it.
  ChatButtons(const TelegramPoller::World& world, web::notify::EscalationSources sources);
  ~ChatButtons();

  // Instead of what ran before. The runtime runs.
  void Start(const ChatSetup& setup) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

  // A press that Slack told of: acts, and sees to the answer.
  void OnSlackPress(const web::notify::ChatPress& press) EXCLUDES(mutex_);

 private:
  const TelegramPoller::World world_;
  const web::notify::EscalationSources sources_;

  base::Mutex mutex_;
  std::vector<std::unique_ptr<TelegramPoller>> pollers_ GUARDED_BY(mutex_);
  std::shared_ptr<SlackAnswers> slack_ GUARDED_BY(mutex_);  // null: nobody presses there
};

}  // namespace bekci::app
