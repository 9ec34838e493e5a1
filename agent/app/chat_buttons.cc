#include "agent/app/chat_buttons.h"

#include <utility>

namespace bekci::app {

ChatButtons::ChatButtons(const TelegramPoller::World& world, web::notify::EscalationSources sources)
    : world_(world), sources_(std::move(sources)) {}

ChatButtons::~ChatButtons() {
  Stop();
}

void ChatButtons::Start(const ChatSetup& setup) {
  Stop();
  base::MutexLock lock(mutex_);
  for (const ChatSetup::Bot& bot : setup.bots) {
    pollers_.push_back(std::make_unique<TelegramPoller>(world_, sources_, bot, setup.telegram_users));
  }
  if (!setup.slack_secret.given()) return;
  slack_ =
      std::make_shared<SlackAnswers>(setup.slack, world_.runtime.user_agent(), world_.fs, world_.clock, world_.log);
}

void ChatButtons::Stop() {
  std::vector<std::unique_ptr<TelegramPoller>> pollers;
  std::shared_ptr<SlackAnswers> slack;
  {
    base::MutexLock lock(mutex_);
    pollers.swap(pollers_);
    slack.swap(slack_);
  }
}

void ChatButtons::OnSlackPress(const web::notify::ChatPress& press) {
  const web::notify::PressOutcome outcome =
      web::notify::ActOnPress(sources_, press, web::notify::Door::kSlack, world_.refusals);
  std::shared_ptr<SlackAnswers> slack;
  {
    base::MutexLock lock(mutex_);
    slack = slack_;
  }
  if (slack != nullptr) slack->Say(press, outcome);
}

}  // namespace bekci::app
