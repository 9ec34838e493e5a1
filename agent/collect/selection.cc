#include "agent/collect/selection.h"

#include <algorithm>
#include <string_view>

#include "agent/base/text.h"

namespace bekci::collect {
namespace {

std::vector<std::string_view> KnownNames() {
  std::vector<std::string_view> names;
  for (const CollectorSpec* spec : AllCollectors()) {
    names.push_back(spec->name);
    names.insert(names.end(), spec->parts.begin(), spec->parts.end());
  }
  return names;
}

base::Status CheckKnown(const std::string& name, const std::vector<std::string_view>& known) {
  if (std::ranges::find(known, name) != known.end()) return base::OkStatus();
  const std::string_view nearest = base::Nearest(name, known);
  return base::NotFound("no collector is named " + base::Quoted(name) +
                        (nearest.empty() ? "" : ", did you mean " + base::Quoted(nearest) + "?"));
}

// Those of `names` that are parts of the collector, sorted, each once.
std::vector<std::string> PartsAmong(const std::vector<std::string>& names, const CollectorSpec& spec) {
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    if (std::ranges::find(spec.parts, name) != spec.parts.end()) parts.push_back(name);
  }
  std::ranges::sort(parts);
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

bool Names(const std::vector<std::string>& names, const CollectorSpec& spec) {
  return std::ranges::find(names, spec.name) != names.end();
}

}  // namespace

std::string Wanted::Key() const {
  std::string key;
  for (const std::string& part : only) key += "+" + part;
  for (const std::string& part : exclude) key += "-" + part;
  return key;
}

base::Status CheckNames(const Selection& selection) {
  if (selection.only.empty() && selection.exclude.empty()) return base::OkStatus();
  const std::vector<std::string_view> known = KnownNames();
  for (const std::string& name : selection.only) RETURN_IF_ERROR(CheckKnown(name, known));
  for (const std::string& name : selection.exclude) RETURN_IF_ERROR(CheckKnown(name, known));
  return base::OkStatus();
}

Wanted Select(const Selection& selection, const CollectorSpec& spec, const std::string& instance) {
  Wanted result;
  if (!selection.collector.empty() && selection.collector != spec.name) return result;
  if (!selection.instance.empty() && selection.instance != instance) return result;
  if (Names(selection.exclude, spec)) return result;
  if (!selection.only.empty() && !Names(selection.only, spec)) {
    result.only = PartsAmong(selection.only, spec);
    if (result.only.empty()) return result;
  }
  result.exclude = PartsAmong(selection.exclude, spec);
  // exclude[] of everything that collect[] asked for leaves nothing to collect.
  result.wanted = result.only.empty() || !std::ranges::includes(result.exclude, result.only);
  return result;
}

}  // namespace bekci::collect
