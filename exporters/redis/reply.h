// Replies of a Redis server (RESP2), parsed by hiredis' reader into an arena of ours.
//
// hiredis' reader lets its user build the objects. We use that: every reply is a node in one arena that is reused round
// after round, so a scrape allocates nothing once it is warm, and everything a hostile server can ask for (an array of
// two thousand million elements, a string of 512 MB) is refused by one byte budget per round. hiredis' own connection
// is never used: bytes come from net::Stream. Protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/.
//
// Thread rule: one thread at a time. Replies are valid until the next BeginRound or Forget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "agent/base/status.h"

struct redisReader;

namespace bekci::exporters::redis {

enum class ReplyType : unsigned char { kNil, kString, kStatus, kError, kInteger, kArray };

struct Reply {
  ReplyType type = ReplyType::kNil;
  int64_t integer = 0;              // kInteger
  std::string_view text;            // kString, kStatus, kError
  std::span<const Reply> elements;  // kArray

  bool IsText() const { return type == ReplyType::kString || type == ReplyType::kStatus; }
  bool IsError() const { return type == ReplyType::kError; }
  bool IsArray() const { return type == ReplyType::kArray; }
  // The value behind `name` in an array of alternating names and values, as XINFO and SENTINEL answer; null: not there.
  const Reply* Find(std::string_view name) const;
  // An integer, also one that is written as text; `fallback` for anything else.
  int64_t IntegerOr(int64_t fallback) const;
};

class ReplyReader {
 public:
  // `max_round_bytes` bounds what is received and what is kept of it, each, between two BeginRounds.
  explicit ReplyReader(size_t max_round_bytes = kMaxRoundBytes);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void BeginRound();  // replies given so far become invalid
  void Forget();      // the connection is another one: half a reply is dropped, replies given stay valid
  // Errors: limit, when the round's budget is used up. Corrupt, after an earlier error until Forget.
  base::Status Feed(std::string_view bytes);
  // The next whole reply, or null when more bytes are needed. Errors: corrupt (not RESP), limit.
  base::Result<const Reply*> Next();

  // Whether bytes were fed beyond the last reply given.
  bool HasLeftover() const;

  static constexpr size_t kMaxRoundBytes = 16 << 20;  // a CLIENT LIST of 10 000 clients is 4 MB

 private:
  friend struct ReplyBuilder;
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };
  void* Allocate(size_t bytes);  // null: over budget
  void CreateReader();

  const size_t max_round_bytes_;
  redisReader* reader_ = nullptr;
  std::vector<Chunk> chunks_;
  size_t chunk_ = 0;  // the one being filled
  size_t used_ = 0;   // of that one
  size_t allocated_ = 0;
  size_t fed_ = 0;
};

}  // namespace bekci::exporters::redis
