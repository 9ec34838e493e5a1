// Trigger: a test collector behaves until a file appears.
//
// The file is only looked at with stat, which Landlock does not cover, so it may appear anywhere at any time.
// Thread rule: one thread at a time.
#pragma once

#include <string>

#include "agent/collect/collector.h"

namespace bekci::exporters {

inline constexpr config::Option kTriggerOptions[] = {
    {.key = "trigger_file", .type = config::Type::kString, .help = "Misbehaves once this file exists; empty: never."},
};

class Trigger {
 public:
  Trigger(const config::Values& options, const collect::Environment& environment)
      : fs_(*environment.fs), file_(options.String("trigger_file")) {}
  bool Pulled() const { return !file_.empty() && fs_.Exists(file_); }

 private:
  base::FileSystem& fs_;
  const std::string file_;
};

}  // namespace bekci::exporters
