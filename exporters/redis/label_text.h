// Label values from outside: they must be UTF-8, and a server's bytes need not be.
//
// Thread rule: one thread at a time.
#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace bekci::exporters::redis {

// Longer label values are cut: a client's name or a key can be 512 MB.
inline constexpr size_t kMaxLabelBytes = 256;

// Keeps the texts that had to be changed for as long as a round lasts.
class LabelTexts {
 public:
  void Clear() { changed_.clear(); }
  // `text` as it is when it can be a label's value; otherwise cut, and each byte that is no UTF-8 written as \xNN.
  // Valid until Clear, or as long as `text` is.
  std::string_view Of(std::string_view text);

 private:
  std::deque<std::string> changed_;
};

}  // namespace bekci::exporters::redis
