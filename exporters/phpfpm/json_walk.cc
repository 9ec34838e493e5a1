#include "exporters/phpfpm/json_walk.h"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "agent/base/text.h"

namespace bekci::exporters::phpfpm {
namespace {

using Visit = std::function<void(std::span<const std::string>, const JsonScalar&)>;

// The interface that nlohmann::json::sax_parse expects; returning false ends it.
class Walker {
 public:
  explicit Walker(const Visit& visit) : visit_(visit) {}

  bool null() { return Scalar({}); }
  bool boolean(bool value) { return Scalar({JsonScalar::Kind::kBool, value ? 1.0 : 0.0, {}}); }
  bool number_integer(int64_t value) { return Number(static_cast<double>(value)); }
  bool number_unsigned(uint64_t value) { return Number(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) { return Number(value); }
  bool string(const std::string& value) { return Scalar({JsonScalar::Kind::kString, 0, value}); }
  bool binary(const std::vector<uint8_t>&) { return false; }
  bool key(const std::string& name) {
    keys_[depth_ - 1] = name;
    return true;
  }
  bool start_object(size_t) { return Open(); }
  bool start_array(size_t) { return Open(); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) {
    status = base::Corrupt("no JSON at byte " + std::to_string(position));
    return false;
  }

  base::Status status;

 private:
  bool Number(double value) { return Scalar({JsonScalar::Kind::kNumber, value, {}}); }
  bool Scalar(const JsonScalar& value) {
    if (++values_ > kMaxJsonValues) return Refuse("too many values");
    visit_(std::span<const std::string>(keys_.data(), depth_), value);
    return true;
  }
  bool Open() {
    if (depth_ == kMaxJsonDepth) return Refuse("nested too deeply");
    keys_[depth_++].clear();
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }
  bool Refuse(std::string_view why) {
    status = base::LimitReached("JSON: " + std::string(why));
    return false;
  }

  const Visit& visit_;
  std::array<std::string, kMaxJsonDepth> keys_;
  size_t depth_ = 0;
  size_t values_ = 0;
};

}  // namespace

base::Status WalkJson(std::string_view text, const Visit& visit) {
  std::string cleaned;
  if (!base::IsValidUtf8(text)) {
    cleaned = text;
    for (char& c : cleaned) c = static_cast<unsigned char>(c) >= 0x80 ? '?' : c;
    text = cleaned;
  }
  Walker walker(visit);
  try {
    const bool good = nlohmann::json::sax_parse(text.begin(), text.end(), &walker);
    if (!good && walker.status.ok()) return base::Corrupt("no JSON");
  } catch (const std::exception& error) {
    return base::Corrupt(std::string("JSON: ") + error.what());
  }
  return walker.status;
}

}  // namespace bekci::exporters::phpfpm
