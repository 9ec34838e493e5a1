// Fuzz target: any bytes as a page with numbers in it. The template made from it must compress that page, and one with
// other numbers, to what reads back as exactly the page.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "agent/base/status.h"
#include "agent/base/text.h"
#include "agent/wire/compression.h"
#include "agent/wire/gzip_template.h"

namespace {

using bekci::wire::TextSpan;

struct Page {
  std::string text;
  std::vector<TextSpan> numbers;
  void Number(double value) {
    const auto begin = static_cast<uint32_t>(text.size());
    bekci::base::AppendDouble(&text, value);
    numbers.push_back({begin, static_cast<uint32_t>(text.size())});
  }
};

// Takes the input apart: 0..63 that many bytes of text; 64..127 the last bytes of it again, several times (which makes
// long pages from short inputs); else a number, small or with any bits, and another one for the second page.
class Reader {
 public:
  Reader(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}

  void Read(Page* one, Page* two) {
    constexpr size_t kMostBytes = 128 << 10;
    while (at_ < end_ && one->text.size() < kMostBytes) {
      const uint8_t what = *at_++;
      if (what < 64) {
        const std::string text = Bytes(what);
        one->text += text;
        two->text += text;
        last_ = text.empty() ? last_ : text;
      } else if (what < 128) {
        const size_t times = at_ < end_ ? *at_++ : 1;
        const std::string text = last_.substr(0, what - 63u);
        for (size_t i = 0; i < times; ++i) {
          one->text += text;
          two->text += text;
        }
      } else if (what < 192) {
        one->Number(what - 128);
        two->Number(what * 1.7e-300);
      } else {
        uint64_t bits = 0;
        const std::string raw = Bytes(sizeof bits);
        std::memcpy(&bits, raw.data(), raw.size());
        one->Number(std::bit_cast<double>(bits));
        two->Number(std::bit_cast<double>(std::rotl(bits, what & 63)));
      }
    }
  }

 private:
  std::string Bytes(size_t count) {
    count = std::min(count, static_cast<size_t>(end_ - at_));
    std::string bytes(reinterpret_cast<const char*>(at_), count);
    at_ += count;
    return bytes;
  }

  const uint8_t* at_;
  const uint8_t* const end_;
  std::string last_;
};

void Check(const bekci::wire::GzipTemplate& gzip, const Page& page) {
  using namespace bekci::wire;
  std::string packed;
  BEKCI_CHECK(gzip.Compress(page.text, page.numbers, &packed));
  const auto back = Decompress(ContentEncoding::kGzip, packed, page.text.size());
  BEKCI_CHECK(back.ok() && *back == page.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Page one, two;
  Reader(data, size).Read(&one, &two);
  const auto gzip = bekci::wire::GzipTemplate::Make(one.text, one.numbers);
  BEKCI_CHECK(gzip != nullptr);
  Check(*gzip, one);
  Check(*gzip, two);
  return 0;
}
