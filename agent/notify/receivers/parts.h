// Parts: what every medium is given from outside: time, files, chance, words, and who we are.
//
// Thread rule: a value of references; all of them may be used from any thread and outlive every integration.
#pragma once

#include <memory>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/random.h"
#include "agent/notify/message/texts.h"
#include "agent/notify/receivers/moved_chats.h"

namespace bekci::notify::receivers {

struct Parts {
  const base::Clock& clock;
  base::FileSystem& fs;
  base::Random& random;  // SystemRandom in the product: several threads take from it
  const message::Texts& texts;
  std::string user_agent;          // "bekci/1.4.0"
  std::string host_name;           // of this host: names our mails
  bool escalation_payload = true;  // escalation.yml: whether webhooks carry the key `escalation`
  // Whether presses of buttons in chats reach us; else buttons are links to the acknowledge page.
  bool slack_buttons = false;
  bool telegram_buttons = false;
  bool hooks_enabled = false;  // escalation.yml: hooks.enabled
  std::shared_ptr<MovedChats> moved_chats = std::make_shared<MovedChats>();
};

}  // namespace bekci::notify::receivers
