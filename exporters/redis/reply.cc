// The arena behind hiredis' reader. See reply.h.
#include "exporters/redis/reply.h"

#include <hiredis/read.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "agent/base/text.h"

namespace bekci::exporters::redis {

const Reply* Reply::Find(std::string_view name) const {
  for (size_t i = 0; i + 1 < elements.size(); i += 2) {
    if (elements[i].IsText() && elements[i].text == name) return &elements[i + 1];
  }
  return nullptr;
}

int64_t Reply::IntegerOr(int64_t fallback) const {
  if (type == ReplyType::kInteger) return integer;
  if (!IsText()) return fallback;
  return base::ParseInt(text).value_or(fallback);
}

// What the reader calls. A child's place is ready in its parent's block; only a reply's root is allocated by itself.
// Null tells the reader to stop with an error.
struct ReplyBuilder {
  static Reply* Place(const redisReadTask* task) {
    auto* owner = static_cast<ReplyReader*>(task->privdata);
    if (task->parent != nullptr) {
      auto* parent = static_cast<Reply*>(task->parent->obj);
      return const_cast<Reply*>(&parent->elements[static_cast<size_t>(task->idx)]);
    }
    void* memory = owner->Allocate(sizeof(Reply));
    return memory == nullptr ? nullptr : new (memory) Reply();
  }

  static void* String(const redisReadTask* task, char* text, size_t size) {
    auto* owner = static_cast<ReplyReader*>(task->privdata);
    Reply* reply = Place(task);
    auto* copy = static_cast<char*>(owner->Allocate(size));
    if (reply == nullptr || copy == nullptr) return nullptr;
    std::memcpy(copy, text, size);
    reply->type = task->type == REDIS_REPLY_ERROR    ? ReplyType::kError
                  : task->type == REDIS_REPLY_STATUS ? ReplyType::kStatus
                                                     : ReplyType::kString;
    reply->text = {copy, size};
    return reply;
  }

  static void* Array(const redisReadTask* task, int count) {
    auto* owner = static_cast<ReplyReader*>(task->privdata);
    Reply* reply = Place(task);
    const size_t size = count < 0 ? 0 : static_cast<size_t>(count);
    if (reply == nullptr || size > owner->max_round_bytes_ / sizeof(Reply)) return nullptr;
    auto* elements = static_cast<Reply*>(owner->Allocate(size * sizeof(Reply)));
    if (elements == nullptr) return nullptr;
    std::uninitialized_value_construct_n(elements, size);
    reply->type = ReplyType::kArray;
    reply->elements = {elements, size};
    return reply;
  }

  static void* Integer(const redisReadTask* task, long long value) {
    Reply* reply = Place(task);
    if (reply == nullptr) return nullptr;
    reply->type = ReplyType::kInteger;
    reply->integer = value;
    return reply;
  }

  static void* Nil(const redisReadTask* task) { return Place(task); }
  static void Free(void*) {}  // the arena owns everything
};

namespace {

redisReplyObjectFunctions functions = {ReplyBuilder::String, ReplyBuilder::Array, ReplyBuilder::Integer,
                                       ReplyBuilder::Nil, ReplyBuilder::Free};

constexpr size_t kChunkBytes = 64 << 10;
// What stays allocated between rounds: a scrape of defaults takes about 40 KiB.
constexpr size_t kKeptBytes = 512 << 10;

}  // namespace

ReplyReader::ReplyReader(size_t max_round_bytes) : max_round_bytes_(max_round_bytes) {
  CreateReader();
}

ReplyReader::~ReplyReader() {
  redisReaderFree(reader_);
}

void ReplyReader::CreateReader() {
  if (reader_ != nullptr) redisReaderFree(reader_);
  reader_ = redisReaderCreateWithFunctions(&functions);
  BEKCI_CHECK(reader_ != nullptr);
  reader_->privdata = this;
  // The reader gives its buffer back when it is empty and larger than this; the usual INFO must not cause that.
  reader_->maxbuf = 128 << 10;
}

void ReplyReader::BeginRound() {
  size_t kept = 0;
  for (const Chunk& chunk : chunks_) kept += chunk.size;
  while (!chunks_.empty() && kept > kKeptBytes) {
    kept -= chunks_.back().size;
    chunks_.pop_back();
  }
  chunk_ = used_ = allocated_ = fed_ = 0;
  // Half a reply would point into the arena that is about to be reused.
  if (reader_->ridx != -1 || reader_->err != 0) CreateReader();
}

void ReplyReader::Forget() {
  CreateReader();
}

void* ReplyReader::Allocate(size_t bytes) {
  bytes = (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
  if (bytes > max_round_bytes_ - allocated_) return nullptr;
  while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < bytes) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    Chunk& added = chunks_.emplace_back();
    added.size = std::max(bytes, kChunkBytes);
    added.bytes.reset(new (std::nothrow) char[added.size]);
    if (added.bytes == nullptr) {
      chunks_.pop_back();
      return nullptr;
    }
  }
  void* place = chunks_[chunk_].bytes.get() + used_;
  used_ += bytes;
  allocated_ += bytes;
  return place;
}

base::Status ReplyReader::Feed(std::string_view bytes) {
  if (reader_->err != 0) return base::Corrupt("an earlier reply could not be read");
  if (bytes.size() > max_round_bytes_ - fed_) {
    return base::LimitReached("the replies are larger than " + std::to_string(max_round_bytes_ >> 20) + " MiB");
  }
  fed_ += bytes.size();
  if (redisReaderFeed(reader_, bytes.data(), bytes.size()) != 0) {
    return base::LimitReached("no memory for the replies");
  }
  return base::OkStatus();
}

base::Result<const Reply*> ReplyReader::Next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_, &reply) == 0) return static_cast<const Reply*>(reply);
  if (reader_->err == REDIS_ERR_OOM) return base::LimitReached("a reply is too large to be one");
  return base::Corrupt(std::string("this is not the Redis protocol: ") + reader_->errstr);
}

bool ReplyReader::HasLeftover() const {
  return reader_->len > reader_->pos;
}

}  // namespace bekci::exporters::redis
