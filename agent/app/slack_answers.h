// SlackAnswers: the thread that tells Slack what came of a press, at the URL that the press brought along.
//
// An answer is a line in the channel when somebody has taken it, and a line for the presser alone when it was refused.
// It is tried once, by the way (ChatSetup::SlackWay) of a Slack receiver that was told of the incident.
// Thread rule: any thread; made and destroyed by one.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "agent/app/chat_setup.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/queue.h"
#include "agent/net/interruption.h"
#include "agent/web/notify/chat_press.h"

namespace bekci::app {

class SlackAnswers {
 public:
  // fs, clock and log outlive it.
  SlackAnswers(std::vector<ChatSetup::SlackWay> ways, std::string user_agent, base::FileSystem& fs, base::Clock& clock,
               base::Logger& log);
  ~SlackAnswers();
  SlackAnswers(const SlackAnswers&) = delete;
  SlackAnswers& operator=(const SlackAnswers&) = delete;

  // Never waits: of very many answers some are left out.
  void Say(const web::notify::ChatPress& press, const web::notify::PressOutcome& outcome);

 private:
  struct Answer {
    std::string url;
    std::string body;
    size_t way = 0;
  };
  void Run();
  void Send(const Answer& answer);

  const std::vector<ChatSetup::SlackWay> ways_;
  const std::string user_agent_;
  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Logger& log_;
  net::Interruption interruption_;
  base::BoundedQueue<Answer> queue_{100};
  std::thread thread_;
};

}  // namespace bekci::app
