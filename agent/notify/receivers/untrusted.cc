#include "agent/notify/receivers/untrusted.h"

#include <algorithm>
#include <vector>

namespace bekci::notify::receivers {
namespace {

struct Replacement {
  std::string from;
  std::string to;
};

model::Labels Escaped(const model::Labels& labels, Escape escape, std::vector<Replacement>* changed) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, value] : labels) {
    texts.emplace_back(name, escape(value));
    if (texts.back().second != value) changed->push_back({std::string(value), texts.back().second});
  }
  if (changed->empty()) return labels;
  std::vector<model::Labels::Pair> pairs(texts.begin(), texts.end());
  return model::Labels::FromPairs(std::move(pairs));
}

// One walk, so that what was put in is not looked at again.
std::string Replaced(std::string_view text, const std::vector<Replacement>& replacements) {
  std::string out;
  while (!text.empty()) {
    const auto match = std::find_if(replacements.begin(), replacements.end(),
                                    [&](const Replacement& r) { return text.starts_with(r.from); });
    if (match == replacements.end()) {
      out.push_back(text.front());
      text.remove_prefix(1);
    } else {
      out.append(match->to);
      text.remove_prefix(match->from.size());
    }
  }
  return out;
}

}  // namespace

message::Notification WithEscapedValues(const message::Notification& notification, Escape escape) {
  message::Notification copy = notification;
  for (message::Alert& alert : copy.alerts) {
    std::vector<Replacement> changed;
    alert.labels = Escaped(alert.labels, escape, &changed);
    if (changed.empty()) continue;
    // The longest first: one value may begin with another.
    std::sort(changed.begin(), changed.end(),
              [](const Replacement& a, const Replacement& b) { return a.from.size() > b.from.size(); });
    for (auto& [name, value] : alert.annotations) value = Replaced(value, changed);
  }
  std::vector<Replacement> ignored;
  copy.group_labels = Escaped(copy.group_labels, escape, &ignored);
  ignored.clear();
  copy.route_labels = Escaped(copy.route_labels, escape, &ignored);
  return copy;
}

}  // namespace bekci::notify::receivers
