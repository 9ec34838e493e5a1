// Bytes of a stranger as the index of a block: opening it, every kind of query and verifying must neither crash nor
// hang.
//
// The check sums would refuse nearly everything, so they are set right first: what a forger would do.
#include <cstdint>
#include <string>

#include "agent/base/crc32c.h"
#include "agent/base/memory_file_system.h"
#include "agent/tsdb/block.h"
#include "agent/tsdb/block_verify.h"
#include "agent/tsdb/index_format.h"
#include "agent/tsdb/postings.h"

namespace {

using bekci::tsdb::ByteReader;

constexpr char kMeta[] = R"({"ulid": "01M7ZS4820J55AH0XRH96JPRNF", "minTime": -1152921504606846976,
  "maxTime": 1152921504606846976, "version": 1, "compaction": {"level": 1, "sources": []}})";

void StoreBig32(std::string* bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) (*bytes)[at + i] = static_cast<char>(value >> (24 - 8 * i));
}

// Sets the sum behind the section with a 4-byte length that begins at `offset`.
void MendSection(std::string* bytes, uint64_t offset) {
  if (offset > bytes->size()) return;
  ByteReader reader(std::string_view(*bytes).substr(offset));
  const std::string_view content = reader.Bytes(reader.Big32());
  if (!reader.ok() || reader.left() < 4) return;
  StoreBig32(bytes, bytes->size() - reader.left(), bekci::base::Crc32c(content));
}

void MendSeries(std::string* bytes, uint64_t offset) {
  if (offset > bytes->size()) return;
  ByteReader reader(std::string_view(*bytes).substr(offset));
  const std::string_view content = reader.String();
  if (!reader.ok() || reader.left() < 4) return;
  StoreBig32(bytes, bytes->size() - reader.left(), bekci::base::Crc32c(content));
}

std::string Mended(std::string bytes) {
  using namespace bekci::tsdb;
  if (bytes.size() < kIndexHeaderBytes + kTocBytes) return bytes;
  StoreBig32(&bytes, 0, kIndexMagic);
  bytes[4] = static_cast<char>(kIndexVersion);
  const size_t toc = bytes.size() - kTocBytes;
  StoreBig32(&bytes, bytes.size() - 4, bekci::base::Crc32c(std::string_view(bytes).substr(toc, kTocBytes - 4)));
  ByteReader reader(std::string_view(bytes).substr(toc));
  uint64_t offsets[6];
  for (uint64_t& offset : offsets) offset = reader.Big64();
  for (size_t at = kSeriesAlignment; at + kSeriesAlignment < toc && at < (1 << 16); at += kSeriesAlignment) {
    if (at >= offsets[1] && at < offsets[2]) MendSeries(&bytes, at);
  }
  for (uint64_t at = offsets[4]; at < offsets[5] && at < toc; at += 4) MendSection(&bytes, at);
  MendSection(&bytes, offsets[0]);
  MendSection(&bytes, offsets[5]);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bekci;
  base::MemoryFileSystem fs;
  const std::string input(reinterpret_cast<const char*>(data), size);
  fs.Put("/b/meta.json", kMeta);
  fs.Put("/b/chunks/000001", std::string("\x85\xbd\x40\xdd\x01\0\0\0", 8) + input.substr(0, 4096));
  for (const bool mended : {true, false}) {
    fs.Put("/b/index", mended ? Mended(input) : input);
    const auto block = tsdb::Block::Open(fs, "/b");
    if (!block.ok()) continue;
    (void)tsdb::VerifyBlock(**block);
    const auto querier = tsdb::MakeBlockQuerier(*block, INT64_MIN, INT64_MAX);
    const model::Matcher any[] = {std::move(model::Matcher::Make(model::MatchType::kRegex, "host", "web.*")).value(),
                                  std::move(model::Matcher::Make(model::MatchType::kNotEqual, "code", "200")).value()};
    (void)querier->LabelNames(any);
    (void)querier->LabelValues("host", any);
    auto list = querier->Select({}, {});
    storage::Samples samples;
    if (!list.ok()) continue;
    for (const auto& series : *list) (void)series->Read(INT64_MIN, INT64_MAX, &samples);
  }
  return 0;
}
