// What Alertmanager's API asks of whoever has the alerts, groups and silences (app: of the Notifier).
//
// The API says of which alerts it wants a view, and filters by the view itself; all views of an answer are of one
// consistent moment. Thread rule: values; the
// functions are called from several threads at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/notify/alert.h"
#include "agent/notify/notifier.h"
#include "agent/notify/silences.h"

namespace bekci::web::alertmanager {

struct ReceiverView {
  std::string name;
  model::Labels labels;
};

struct StatusView {
  std::string config;  // alertmanager.yml with defaults, secrets masked
  base::Timestamp started;
  std::string version, revision, date;
};

struct Sources {
  base::Clock& clock;
  // False: nobody is told anything here, and the rest is not asked.
  std::function<bool()> ready = nullptr;
  // Firing alerts, and all groups with their firing alerts in the order in which they are told.
  std::function<std::vector<bekci::notify::AlertView>(const bekci::notify::AlertFilter&)> alerts = nullptr;
  std::function<std::vector<bekci::notify::GroupView>(const bekci::notify::AlertFilter&)> groups = nullptr;
  std::function<std::vector<ReceiverView>()> receivers = nullptr;
  std::function<StatusView()> status = nullptr;
  // Takes what is good; what is wrong with the rest, joined as Alertmanager joins it. Errors: invalid; unavailable.
  std::function<base::Status(std::vector<bekci::notify::PostedAlert>)> post = nullptr;
  std::function<std::vector<bekci::notify::SilencePtr>()> silences = nullptr;  // in the order of the API
  std::function<bekci::notify::SilencePtr(const std::string& id)> silence = nullptr;
  std::function<base::Result<std::string>(bekci::notify::Silence)> set_silence = nullptr;
  std::function<base::Status(const std::string& id)> expire_silence = nullptr;
};

}  // namespace bekci::web::alertmanager
