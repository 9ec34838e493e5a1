// The text that INFO answers: sections, "key:value" lines, and "a=1,b=2" values, walked without copying.
// Source: https://redis.io/docs/latest/commands/info/ and the servers' own answers (testdata/).
//
// Thread rule: values.
#pragma once

#include <optional>
#include <string_view>

#include "agent/base/text.h"

namespace bekci::exporters::redis {

enum class InfoSection : unsigned char {
  kOther,
  kServer,
  kReplication,
  kModules,
  kCommandstats,
  kErrorstats,
  kLatencystats,
  kKeyspace,
  kSentinel,
  kClusterInfo,  // Valkey 9: what CLUSTER INFO says, once more
};

class InfoReader {
 public:
  explicit InfoReader(std::string_view text) : lines_(text) {}
  // The next "key:value" line; false at the end. What is neither that nor a section's title is passed over.
  bool Next();
  InfoSection section() const { return section_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

 private:
  base::LineReader lines_;
  InfoSection section_ = InfoSection::kOther;
  std::string_view key_, value_;
};

// Walks "calls=21,usec=175,usec_per_call=8.33".
class PairReader {
 public:
  explicit PairReader(std::string_view text) : rest_(text) {}
  bool Next(std::string_view* name, std::string_view* value);

 private:
  std::string_view rest_;
};

// A field's number as redis_exporter reads it: ok and true are 1, err, fail and false are 0.
std::optional<double> InfoNumber(std::string_view value);

}  // namespace bekci::exporters::redis
