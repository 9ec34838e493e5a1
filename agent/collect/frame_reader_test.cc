#include "agent/collect/frame_reader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace bekci::collect::frame_reader_test {
namespace {

std::string Framed(const std::string& content) {
  std::string out(4, '\0');
  out += content;
  FinishFrame(&out, 0);
  return out;
}

// Feeds `bytes` in pieces of `piece` and returns the frames, or what the error says.
std::vector<std::string> ReadAll(std::string_view bytes, size_t piece, size_t cap) {
  FrameReader reader(cap);
  std::vector<std::string> frames;
  while (!bytes.empty()) {
    const std::span<char> space = reader.Space();
    const size_t n = std::min({piece, bytes.size(), space.size()});
    std::memcpy(space.data(), bytes.data(), n);
    reader.Filled(n);
    bytes.remove_prefix(n);
    std::string_view frame;
    while (true) {
      const auto whole = reader.Next(&frame);
      if (!whole.ok()) {
        frames.push_back("error: " + whole.status().message());
        return frames;
      }
      if (!*whole) break;
      frames.emplace_back(frame);
    }
  }
  return frames;
}

TEST_CASE("frames come out as they went in, however the stream is cut") {
  const std::vector<std::string> contents = {"a", std::string(70'000, 'b'), "ccc", std::string(200'000, 'd')};
  std::string stream;
  for (const std::string& content : contents) stream += Framed(content);
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{4096}, size_t{100'000}}) {
    CAPTURE(piece);
    CHECK(ReadAll(stream, piece, 1 << 20) == contents);
  }
}

TEST_CASE("hostile lengths end the stream before they cost memory") {
  struct Row {
    int line;
    std::string bytes;
    std::vector<std::string> expected;
  };
  const std::string too_large = "error: frame of 4294967295 bytes; allowed are 1 to 100";
  const Row rows[] = {
      {__LINE__, std::string("\xff\xff\xff\xff", 4), {too_large}},
      {__LINE__, std::string("\x00\x00\x00\x00", 4), {"error: frame of 0 bytes; allowed are 1 to 100"}},
      {__LINE__, std::string("\x65\x00\x00\x00", 4), {"error: frame of 101 bytes; allowed are 1 to 100"}},
      {__LINE__, Framed("ok") + std::string("\xff\xff\xff\xff", 4), {"ok", too_large}},
      {__LINE__, std::string("\x64\x00\x00\x00", 4) + std::string(99, 'x'), {}},
      {__LINE__, std::string("\x01\x00\x00", 3), {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(ReadAll(row.bytes, 64, 100) == row.expected);
  }
}

TEST_CASE("a large frame's buffer is given back") {
  FrameReader reader(8 << 20);
  std::string stream = Framed(std::string(4 << 20, 'x'));
  std::string_view rest = stream;
  std::string_view frame;
  while (!rest.empty()) {
    const std::span<char> space = reader.Space();
    const size_t n = std::min(rest.size(), space.size());
    std::memcpy(space.data(), rest.data(), n);
    reader.Filled(n);
    rest.remove_prefix(n);
  }
  REQUIRE(reader.Next(&frame).value());
  CHECK(frame.size() == 4 << 20);
  CHECK(reader.Space().size() < 100'000);
}

}  // namespace
}  // namespace bekci::collect::frame_reader_test
