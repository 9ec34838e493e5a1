#include "agent/tsdb/wal_frames.h"

#include <algorithm>
#include <span>
#include <utility>

#include "agent/base/crc32c.h"
#include "agent/tsdb/wal_bytes.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kBlocksPerRead = 8;
constexpr std::string_view kMagic = "BEKCIWAL";
constexpr uint32_t kVersion = 1;
enum Type : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

uint8_t HeaderCheck(size_t length, uint8_t type) {
  const auto low = static_cast<uint8_t>(length);
  const auto high = static_cast<uint8_t>(length >> 8);
  return static_cast<uint8_t>(0xb5 ^ low ^ std::rotl(high, 3) ^ std::rotl(type, 5));
}

// `body` begins behind the checksum: length, type, check, payload.
uint32_t Checksum(uint32_t number, uint64_t offset, std::string_view body) {
  std::string place;
  PutLittle<uint32_t>(&place, number);
  PutLittle<uint64_t>(&place, offset);
  return base::Crc32c(body, base::Crc32c(place));
}

void AppendFragment(uint32_t number, uint64_t offset, uint8_t type, std::string_view payload, std::string* out) {
  const size_t start = out->size();
  PutLittle<uint32_t>(out, 0);
  PutLittle<uint16_t>(out, static_cast<uint16_t>(payload.size()));
  out->push_back(static_cast<char>(type));
  out->push_back(static_cast<char>(HeaderCheck(payload.size(), type)));
  out->append(payload);
  const uint32_t crc = Checksum(number, offset, std::string_view(*out).substr(start + 4));
  for (size_t i = 0; i < 4; ++i) (*out)[start + i] = static_cast<char>(crc >> (8 * i));
}

}  // namespace

std::string WalFileHeader(uint32_t number) {
  std::string header(kMagic);
  PutLittle<uint32_t>(&header, kVersion);
  PutLittle<uint32_t>(&header, number);
  return header;
}

void AppendWalFrames(uint32_t number, uint64_t offset, std::string_view record, std::string* out) {
  bool first = true;
  do {
    size_t left = kWalBlockBytes - static_cast<size_t>(offset % kWalBlockBytes);
    if (left < kWalFragmentHeaderBytes) {
      out->append(left, '\0');
      offset += left;
      left = kWalBlockBytes;
    }
    const size_t take = std::min(record.size(), left - kWalFragmentHeaderBytes);
    const bool last = take == record.size();
    const uint8_t type = first ? (last ? kFull : kFirst) : (last ? kLast : kMiddle);
    AppendFragment(number, offset, type, record.substr(0, take), out);
    record.remove_prefix(take);
    offset += kWalFragmentHeaderBytes + take;
    first = false;
    if (last) return;
  } while (true);
}

WalFrameReader::WalFrameReader(std::unique_ptr<base::ReadableFile> file, uint32_t number)
    : file_(std::move(file)), number_(number), buffer_(new char[kBlocksPerRead * kWalBlockBytes]) {
  if (!LoadBlock()) return;
  // The file header says what this is to a person; a reader knows it by the name, so damage here costs nothing.
  const size_t header = std::min(kWalFileHeaderBytes, block_.size());
  if (block_.substr(0, header) != std::string_view(WalFileHeader(number)).substr(0, header)) Lose(header);
  at_ = header;
}

bool WalFrameReader::LoadBlock() {
  block_start_ += block_.size();
  at_ = 0;
  if (block_start_ < buffer_start_ + buffer_size_) {
    const size_t from = static_cast<size_t>(block_start_ - buffer_start_);
    block_ = {buffer_.get() + from, std::min(kWalBlockBytes, buffer_size_ - from)};
    return true;
  }
  block_ = {};
  if (at_end_) return false;
  buffer_start_ = block_start_;
  auto read = file_->ReadAt(buffer_start_, std::span<char>(buffer_.get(), kBlocksPerRead * kWalBlockBytes));
  buffer_size_ = read.ok() ? *read : 0;
  if (!read.ok()) status_ = std::move(read).status();
  at_end_ = buffer_size_ < kBlocksPerRead * kWalBlockBytes;
  block_ = {buffer_.get(), std::min(kWalBlockBytes, buffer_size_)};
  return buffer_size_ > 0;
}

WalFrameReader::Header WalFrameReader::ReadHeader(size_t at, uint8_t* type, size_t* length) const {
  if (block_.size() - at < kWalFragmentHeaderBytes) return Header::kBad;
  const char* header = block_.data() + at;
  *length = LoadLittle<uint16_t>(header + 4);
  *type = static_cast<uint8_t>(header[6]);
  if (*type < kFull || *type > kLast || static_cast<uint8_t>(header[7]) != HeaderCheck(*length, *type)) {
    return Header::kBad;
  }
  if (at + kWalFragmentHeaderBytes + *length > kWalBlockBytes) return Header::kBad;
  return at + kWalFragmentHeaderBytes + *length > block_.size() ? Header::kBeyondEnd : Header::kGood;
}

bool WalFrameReader::ChecksumFits(size_t at, size_t length) const {
  const std::string_view body = block_.substr(at + 4, kWalFragmentHeaderBytes - 4 + length);
  return LoadLittle<uint32_t>(block_.data() + at) == Checksum(number_, block_start_ + at, body);
}

bool WalFrameReader::TakeAt(size_t at, Fragment* fragment) {
  uint8_t type = 0;
  size_t length = 0;
  if (ReadHeader(at, &type, &length) != Header::kGood || !ChecksumFits(at, length)) return false;
  *fragment = {type, block_.substr(at + kWalFragmentHeaderBytes, length)};
  at_ = at + kWalFragmentHeaderBytes + length;
  return true;
}

// Whether what stands behind a fragment with a damaged payload begins like a fragment, or is the end of the block.
bool WalFrameReader::LengthIsTrusted(size_t at, size_t length) const {
  const size_t next = at + kWalFragmentHeaderBytes + length;
  if (next + kWalFragmentHeaderBytes > kWalBlockBytes || next == block_.size()) return true;
  uint8_t type = 0;
  size_t next_length = 0;
  return ReadHeader(next, &type, &next_length) == Header::kGood && ChecksumFits(next, next_length);
}

// Moves over damage at at_, to where the next fragment may begin.
void WalFrameReader::SkipDamage() {
  uint8_t type = 0;
  size_t length = 0;
  const size_t from = at_;
  if (ReadHeader(at_, &type, &length) == Header::kGood && LengthIsTrusted(at_, length)) {
    at_ += kWalFragmentHeaderBytes + length;
  } else {
    for (++at_; at_ < block_.size(); ++at_) {
      if (ReadHeader(at_, &type, &length) == Header::kGood && ChecksumFits(at_, length)) break;
    }
  }
  Lose(at_ - from);
}

bool WalFrameReader::NextFragment(Fragment* fragment) {
  for (;;) {
    if (kWalBlockBytes - at_ < kWalFragmentHeaderBytes || at_ >= block_.size()) {
      if (!LoadBlock()) return false;
      continue;
    }
    if (TakeAt(at_, fragment)) return true;
    in_record_ = false;  // what it began is not whole
    Lose(record_.size());
    record_.clear();
    SkipDamage();
  }
}

void WalFrameReader::Lose(size_t bytes) {
  if (bytes == 0) return;
  if (lost_bytes_ == 0) lost_offset_ = block_start_ + at_;
  lost_bytes_ += bytes;
}

// A good record came: what was lost before it is damage, not a torn tail.
void WalFrameReader::SettleDamage() {
  if (lost_bytes_ == 0) return;
  if (damage_.places++ == 0) damage_.first_offset = lost_offset_;
  damage_.bytes += std::exchange(lost_bytes_, 0);
}

bool WalFrameReader::Next(std::string_view* record) {
  record_.clear();
  in_record_ = false;
  Fragment fragment;
  while (NextFragment(&fragment)) {
    const bool begins = fragment.type == kFull || fragment.type == kFirst;
    if (begins && in_record_) Lose(record_.size());
    if (begins) record_.clear();
    if (!begins && !in_record_) {
      Lose(fragment.payload.size());  // its beginning was damaged
      continue;
    }
    if (fragment.type == kFull) {
      SettleDamage();
      *record = fragment.payload;
      return true;
    }
    in_record_ = record_.size() + fragment.payload.size() <= kMaxWalRecordBytes;
    record_ += fragment.payload;
    if (!in_record_ || fragment.type != kLast) continue;
    SettleDamage();
    *record = record_;
    return true;
  }
  damage_.torn_bytes = std::exchange(lost_bytes_, 0) + record_.size();
  record_.clear();
  return false;
}

}  // namespace bekci::tsdb
