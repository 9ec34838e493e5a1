#include "exporters/redis/label_text.h"

#include "agent/base/text.h"

namespace bekci::exporters::redis {

std::string_view LabelTexts::Of(std::string_view text) {
  if (text.size() <= kMaxLabelBytes && base::IsValidUtf8(text)) return text;
  std::string& out = changed_.emplace_back();
  constexpr char kHex[] = "0123456789abcdef";
  for (size_t i = 0; i < text.size() && out.size() < kMaxLabelBytes;) {
    size_t length = 1;  // of the valid character that begins here, or 0
    while (length <= 4 && i + length <= text.size() && !base::IsValidUtf8(text.substr(i, length))) ++length;
    if (length <= 4 && i + length <= text.size()) {
      out.append(text.substr(i, length));
      i += length;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[i++]);
    out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return out;
}

}  // namespace bekci::exporters::redis
