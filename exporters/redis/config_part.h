// ConfigPart: CONFIG GET. A class of its own in a header since INFO's walk needs the number of databases it learns.
//
// Thread rule: as Part.
#pragma once

#include <string>

#include "agent/base/file_system.h"
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {

class ConfigPart : public Part {
 public:
  ConfigPart(const Settings& settings, base::FileSystem& fs);
  void Ask(const ServerFacts& facts, Pipeline* pipeline) override;
  base::Status Take(const RoundView& round, Replies replies, FamilySink& sink) override;

  int64_t databases() const { return databases_; }  // 0: not known
  static std::span<const MetricSpec* const> metrics();

 private:
  void Show(const RoundView& round, std::string_view key, std::string_view value, FamilySink& sink);

  const std::string command_;
  const bool all_;
  const bool rdb_;
  base::FileSystem& fs_;
  int64_t databases_ = 0;
};

}  // namespace bekci::exporters::redis
