// NameFilter: which devices, units or fields a part reports, by the two regular expressions node_exporter's flags know.
//
// Expressions are not anchored, as in node_exporter. Each name is matched once and the answer kept, so a steady host
// costs one hash lookup per name. The memory is bounded: a host that keeps inventing names (containers) makes the
// filter forget and ask again. Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/config/option.h"

namespace bekci::exporters::host {

class NameFilter {
 public:
  // A name is wanted when it matches `include` (empty: all do) and does not match `exclude` (empty: none does).
  // Errors: invalid when an expression does not compile.
  static base::Result<NameFilter> Make(const std::string& include, const std::string& exclude);
  // From two options. As with node_exporter's flags they exclude each other: a file that sets `include_key` drops the
  // default of `exclude_key`, and one that sets both is refused.
  static base::Result<NameFilter> FromOptions(const config::Values& options, std::string_view include_key,
                                              std::string_view exclude_key);
  NameFilter(NameFilter&&) noexcept;
  NameFilter& operator=(NameFilter&&) noexcept;
  ~NameFilter();

  bool Wants(std::string_view name);

 private:
  struct State;
  explicit NameFilter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bekci::exporters::host
