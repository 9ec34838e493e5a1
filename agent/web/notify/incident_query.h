// Which incidents of the records somebody asks for, and what a list says of each.
//
// Thread rule: values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/matcher.h"
#include "agent/net/http.h"
#include "agent/web/notify/views.h"

namespace bekci::web::notify {

// Where an alert's life stands.
enum class Stage : unsigned char { kFiring, kAcknowledged, kResolved };
std::string_view StageName(Stage stage);  // "firing": nobody has taken it
Stage StageOf(const bekci::notify::Incident& incident);

struct IncidentSummary {
  std::string id;
  model::Labels labels;
  Stage stage = Stage::kFiring;
  base::Timestamp fired_at;
  base::Timestamp acknowledged_at;  // 0: it was not
  base::Timestamp resolved_at;      // 0: it is not
  size_t messages = 0;              // of the events that are kept: somebody was told
  size_t failed_messages = 0;
};
IncidentSummary SummaryOf(const bekci::notify::Incident& incident);

struct IncidentList {
  std::vector<IncidentSummary> incidents;  // the newest first
  bool more = false;                       // than the limit
};

class IncidentQuery {
 public:
  static constexpr size_t kDefaultLimit = 100;
  static constexpr size_t kMaxLimit = 10'000;
  static constexpr size_t kMaxMatchers = 20;

  // state=firing|acknowledged|resolved|open (repeatable, or with commas), matcher= (repeatable; filter= is the same),
  // limit=. Errors: invalid, naming the parameter.
  static base::Result<IncidentQuery> Read(const net::HttpRequest& request);

  bool Wants(const bekci::notify::Incident& incident) const;
  IncidentList Run(const IncidentSources& sources) const;
  size_t limit() const { return limit_; }

 private:
  unsigned stages_ = 0;  // a bit for each that is wanted; 0: all
  std::vector<model::Matcher> matchers_;
  size_t limit_ = kDefaultLimit;
};

}  // namespace bekci::web::notify
