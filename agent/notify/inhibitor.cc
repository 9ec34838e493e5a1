#include "agent/notify/inhibitor.h"

#include <algorithm>
#include <string_view>

#include "agent/model/matcher.h"

namespace bekci::notify {
namespace {

// The source that holds longest, if it still fires.
const Alert* Firing(const auto& sources, base::Timestamp now) {
  if (sources.empty()) return nullptr;
  const Alert& last = *sources.rbegin()->second;
  return last.ResolvedAt(now) ? nullptr : &last;
}

}  // namespace

Inhibitor::Inhibitor(const std::vector<routing::InhibitRule>& rules) {
  for (const routing::InhibitRule& rule : rules) rules_.push_back({&rule, {}});
}

std::string Inhibitor::EqualKey(const routing::InhibitRule& rule, const model::Labels& labels) {
  std::string key;
  for (const std::string& name : rule.equal) {
    const std::string_view value = labels.Get(name);
    key += std::to_string(value.size());
    key += ':';
    key += value;
  }
  return key;
}

void Inhibitor::Update(const AlertPtr& known, const AlertPtr& alert) {
  const model::Labels& labels = (alert != nullptr ? alert : known)->labels;
  for (Rule& rule : rules_) {
    if (!model::MatchesAll(rule.text->source, labels)) continue;
    std::string key = EqualKey(*rule.text, labels);
    Sources& sources = rule.sources[key];
    auto& side = model::MatchesAll(rule.text->target, labels) ? sources.two_sided : sources.one_sided;
    if (known != nullptr) side.erase({known->ends_at, known->version});
    if (alert != nullptr) side[{alert->ends_at, alert->version}] = alert;
    if (sources.one_sided.empty() && sources.two_sided.empty()) rule.sources.erase(key);
  }
}

const Alert* Inhibitor::FindSource(const Rule& rule, const model::Labels& labels, base::Timestamp now) {
  if (rule.sources.empty() || !model::MatchesAll(rule.text->target, labels)) return nullptr;
  const auto found = rule.sources.find(EqualKey(*rule.text, labels));
  if (found == rule.sources.end()) return nullptr;
  if (const Alert* source = Firing(found->second.one_sided, now); source != nullptr) return source;
  const Alert* source = Firing(found->second.two_sided, now);
  return source != nullptr && !model::MatchesAll(rule.text->source, labels) ? source : nullptr;
}

std::vector<uint64_t> Inhibitor::Inhibiting(const model::Labels& labels, base::Timestamp now) const {
  std::vector<uint64_t> fingerprints;
  for (const Rule& rule : rules_) {
    const Alert* source = FindSource(rule, labels, now);
    if (source == nullptr) continue;
    if (std::find(fingerprints.begin(), fingerprints.end(), source->fingerprint) == fingerprints.end()) {
      fingerprints.push_back(source->fingerprint);
    }
  }
  return fingerprints;
}

bool Inhibitor::Inhibits(const model::Labels& labels, base::Timestamp now) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Rule& rule) { return FindSource(rule, labels, now) != nullptr; });
}

}  // namespace bekci::notify
