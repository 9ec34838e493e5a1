#include "agent/wire/gzip_template.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "agent/base/text.h"
#include "agent/wire/compression.h"

namespace bekci::wire::gzip_template_test {
namespace {

// Text with numbers in it.
struct Page {
  std::string text;
  std::vector<TextSpan> numbers;

  void Number(std::string_view number) {
    const auto begin = static_cast<uint32_t>(text.size());
    text += number;
    numbers.push_back({begin, static_cast<uint32_t>(text.size())});
  }
};

// The pieces with a number between each two, or after each if there are as many.
Page PageOf(const std::vector<std::string>& pieces, const std::vector<std::string>& numbers) {
  Page page;
  for (size_t i = 0; i < pieces.size(); ++i) {
    page.text += pieces[i];
    if (i < numbers.size()) page.Number(numbers[i]);
  }
  return page;
}

// By zlib, which knows nothing of us: exactly one member, checksum and size right, nothing behind it.
std::string Inflated(const std::string& bytes, size_t expected_size) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(expected_size + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int answer = inflate(&stream, Z_FINISH);
  const bool whole = answer == Z_STREAM_END && stream.avail_in == 0;
  out.resize(stream.total_out);
  inflateEnd(&stream);
  CHECK(whole);
  return out;
}

void CheckPage(const GzipTemplate& gzip, const Page& page) {
  std::string packed;
  REQUIRE(gzip.Compress(page.text, page.numbers, &packed));
  CHECK(Inflated(packed, page.text.size()) == page.text);
  const auto again = Decompress(ContentEncoding::kGzip, packed, page.text.size());
  REQUIRE(again.ok());
  CHECK(*again == page.text);
}

// Made from one page, right for both.
void CheckBoth(const Page& learned, const Page& other) {
  const auto gzip = GzipTemplate::Make(learned.text, learned.numbers);
  REQUIRE(gzip != nullptr);
  CheckPage(*gzip, learned);
  CheckPage(*gzip, other);
}

std::string RandomNumber(std::mt19937_64& random) {
  constexpr double kOdd[] = {0.0,
                             -0.0,
                             1,
                             1e308,
                             -1e308,
                             5e-324,
                             -5e-324,
                             2.2250738585072014e-308,
                             -2.2250738585072014e-308,
                             std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()};
  switch (random() % 4) {
    case 0:
      return base::DoubleText(kOdd[random() % std::size(kOdd)]);
    case 1:
      return base::DoubleText(static_cast<double>(random() % 1000));
    case 2:
      return base::DoubleText(static_cast<double>(random() % 1'000'000'000) / 1000);
    default:
      return base::DoubleText(std::bit_cast<double>(random()));
  }
}

std::vector<std::string> RandomNumbers(std::mt19937_64& random, size_t count) {
  std::vector<std::string> numbers(count);
  for (std::string& number : numbers) number = RandomNumber(random);
  return numbers;
}

std::string RandomBytes(std::mt19937_64& random, size_t size, unsigned alphabet) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() % alphabet);
  return bytes;
}

// Text as metrics pages have it, `series` numbers.
std::vector<std::string> MetricsPieces(size_t series) {
  std::vector<std::string> pieces = {"# HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.\n"};
  for (size_t i = 0; i < series; ++i) {
    if (i % 9 == 8) pieces.back() += "# TYPE node_" + std::to_string(i * 7919 % 1000) + "_bytes gauge\n";
    pieces.back() +=
        "node_cpu_seconds_total{cpu=\"" + std::to_string(i / 8) + "\",mode=\"m" + std::to_string(i % 8) + "\"} ";
    pieces.push_back("\n");
  }
  return pieces;
}

}  // namespace

TEST_CASE("random text with random numbers comes back, also with numbers it was not made from") {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto alphabet = static_cast<unsigned>(1 + random() % (seed % 2 == 0 ? 4 : 256));
    std::vector<std::string> pieces(1 + random() % 60);
    for (std::string& piece : pieces) {
      piece = RandomBytes(random, random() % (1u << random() % 11), alphabet);
      if (random() % 3 == 0) piece += pieces[random() % pieces.size()];
    }
    const size_t holes = random() % 5 == 0 ? 0 : pieces.size() - random() % 2;
    CheckBoth(PageOf(pieces, RandomNumbers(random, holes)), PageOf(pieces, RandomNumbers(random, holes)));
  }
}

TEST_CASE("pages with hardly anything on them are right too") {
  CheckBoth({}, {});
  CheckBoth(PageOf({"a"}, {}), PageOf({"a"}, {}));
  CheckBoth(PageOf({"", ""}, {"1"}), PageOf({"", ""}, {"NaN"}));
  CheckBoth(PageOf({"", "", ""}, {"", ""}), PageOf({"", "", ""}, {"-1.7976931348623157e+308", "+Inf"}));
  CheckBoth(PageOf({"# EOF\n"}, {}), PageOf({"# EOF\n"}, {}));
  CheckBoth(PageOf({std::string(1, '\0')}, {}), PageOf({std::string(1, '\0')}, {}));
}

TEST_CASE("one symbol over and over, up to the size that is taken, and no further") {
  for (const size_t size : {size_t{3}, size_t{4}, size_t{258}, size_t{259}, size_t{65537}, size_t{300'000}}) {
    CAPTURE(size);
    const std::string same(size, 'x');
    CheckBoth(PageOf({same, same}, {"1"}), PageOf({same, same}, {"123456.789"}));
  }
  const std::string most(GzipTemplate::kMaxLiteralBytes, 'x');
  CheckBoth(PageOf({most}, {"1"}), PageOf({most}, {"2.5"}));
  CHECK(GzipTemplate::Make(most + "x", {}) == nullptr);
  CHECK(GzipTemplate::Make(std::string(5 << 20, 'x'), {}) == nullptr);
}

TEST_CASE("text that does not compress, longer than one step can copy") {
  std::mt19937_64 random(5);
  const std::string noise = RandomBytes(random, 100'000, 256);
  CheckBoth(PageOf({noise, noise}, {"1"}), PageOf({noise, noise}, {"2"}));
}

// Two copies of a text with noise between them. Their distance reaches the window when each number is longest: then the
// second is still a copy of the first, and one byte farther it no longer is.
TEST_CASE("a distance stays within the window however long the numbers become") {
  std::mt19937_64 random(6);
  const std::string copied = RandomBytes(random, 200, 256);
  const std::string longest = "-2.2250738585072014e-308";
  for (const size_t holes : {size_t{1}, size_t{10}, size_t{300}, size_t{1200}}) {
    CAPTURE(holes);
    const auto packed_size = [&](size_t literal_distance) {
      std::vector<std::string> pieces(holes + 1, RandomBytes(random, (literal_distance - 200) / (holes + 1), 256));
      for (std::string& piece : pieces) piece = RandomBytes(random, piece.size(), 256);
      pieces.front() = copied + pieces.front();
      pieces.back() += RandomBytes(random, (literal_distance - 200) % (holes + 1), 256) + copied;
      const Page low = PageOf(pieces, std::vector<std::string>(holes, "1"));
      const Page high = PageOf(pieces, std::vector<std::string>(holes, longest));
      CheckBoth(low, high);
      CheckBoth(high, low);
      std::string packed;
      REQUIRE(GzipTemplate::Make(low.text, low.numbers)->Compress(low.text, low.numbers, &packed));
      return packed.size();
    };
    const size_t edge = 32768 - holes * longest.size();
    CHECK(packed_size(edge - 1) < packed_size(edge + 1) - 100);
    CHECK(packed_size(edge) < packed_size(edge + 1) - 100);
    packed_size(32768 - holes);
    packed_size(32768);
    packed_size(32769);
  }
}

TEST_CASE("repetitions farther apart than the window, with numbers everywhere") {
  std::mt19937_64 random(7);
  const std::vector<std::string> pieces = MetricsPieces(3000);
  const size_t holes = pieces.size() - 1;
  CheckBoth(PageOf(pieces, RandomNumbers(random, holes)), PageOf(pieces, RandomNumbers(random, holes)));
  CheckBoth(PageOf(pieces, std::vector<std::string>(holes, "0")), PageOf(pieces, RandomNumbers(random, holes)));
}

TEST_CASE("a page that is not of this template is refused, with nothing written") {
  const std::vector<std::string> pieces = {"a ", "\nb ", "\n"};
  const Page learned = PageOf(pieces, {"1", "2"});
  const auto gzip = GzipTemplate::Make(learned.text, learned.numbers);
  REQUIRE(gzip != nullptr);
  const Page refused[] = {PageOf(pieces, {"1", "0x1p3"}),
                          PageOf(pieces, {"1", "\xC4"}),
                          PageOf(pieces, {"1", "1234567890123456789012345"}),
                          PageOf(pieces, {"1"}),
                          PageOf({"a ", "\nb ", "\nc ", ""}, {"1", "2", "3"}),
                          PageOf({"a ", "\n"}, {"1", "2"}),
                          {learned.text, {{2, 3}, {2, 8}}},
                          {learned.text, {{2, 3}, {6, 90}}},
                          {learned.text, {{2, 3}, {7, 6}}},
                          {"", {{0, 1}, {1, 2}}}};
  for (const Page& page : refused) {
    CAPTURE(page.text);
    std::string packed = "left over";
    CHECK_FALSE(gzip->Compress(page.text, page.numbers, &packed));
    CHECK(packed.empty());
  }
  CheckPage(*gzip, learned);
}

TEST_CASE("a template is not made of what are not numbers in a text") {
  const std::string text = "a 1\nb 2\n";
  for (const std::vector<TextSpan>& numbers :
       {std::vector<TextSpan>{{6, 7}, {2, 3}}, {{2, 7}, {6, 7}}, {{3, 2}}, {{2, 9}}}) {
    CHECK(GzipTemplate::Make(text, numbers) == nullptr);
  }
  const Page longer = PageOf({"a ", "\n"}, {"1234567890123456789012345"});
  CHECK(GzipTemplate::Make(longer.text, longer.numbers) == nullptr);
}

TEST_CASE("a metrics page becomes no longer than a fast compressor makes it, and the template is small") {
  std::mt19937_64 random(8);
  const std::vector<std::string> pieces = MetricsPieces(600);
  std::vector<std::string> numbers;
  for (size_t i = 0; i + 1 < pieces.size(); ++i)
    numbers.push_back(base::DoubleText(static_cast<double>(random() % 100'000) / 8));
  const Page page = PageOf(pieces, numbers);
  const auto gzip = GzipTemplate::Make(page.text, page.numbers);
  REQUIRE(gzip != nullptr);
  std::string packed;
  REQUIRE(gzip->Compress(page.text, page.numbers, &packed));
  const auto fast = Compress(ContentEncoding::kGzip, page.text);
  REQUIRE(fast.ok());
  CHECK(packed.size() <= fast->size());
  CHECK(gzip->size_bytes() < page.text.size());
}

}  // namespace bekci::wire::gzip_template_test
