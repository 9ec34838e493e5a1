#include "agent/base/bad_sectors.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "agent/base/descriptor.h"

namespace bekci::base {

class BadSectors::Reader : public ReadableFile {
 public:
  Reader(std::shared_ptr<State> state, std::unique_ptr<ReadableFile> file, std::string path)
      : state_(std::move(state)), file_(std::move(file)), path_(std::move(path)) {}

  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) override {
    ASSIGN_OR_RETURN(const size_t got, file_->ReadAt(offset, out));
    MutexLock lock(state_->mutex);
    const auto next = state_->bad.lower_bound({path_, offset / kPageBytes});
    if (got > 0 && next != state_->bad.end() && next->first == path_ && next->second * kPageBytes < offset + got) {
      return FromErrno(EIO, "read " + path_);
    }
    return got;
  }

 private:
  std::shared_ptr<State> state_;
  std::unique_ptr<ReadableFile> file_;
  std::string path_;
};

// A copy of the file in pages of its own; bad ones belong to a file without bytes.
class BadSectors::Mapping : public MappedFile {
 public:
  Mapping(std::shared_ptr<State> state, std::string path, std::string_view content)
      : state_(std::move(state)),
        path_(std::move(path)),
        content_(content),
        size_(content.size()),
        empty_(memfd_create("bad", 0)) {
    if (size_ > 0) {
      void* const begin = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      BEKCI_CHECK(begin != MAP_FAILED && empty_.get() >= 0);
      begin_ = static_cast<char*>(begin);
      std::memcpy(begin_, content.data(), size_);
      guard_.emplace(begin_, size_);
    }
    MutexLock lock(state_->mutex);
    for (const auto& [path_of_bad, page] : state_->bad) {
      if (path_of_bad == path_) Break(page);
    }
    state_->mappings.insert(this);
  }
  ~Mapping() override {
    {
      MutexLock lock(state_->mutex);
      state_->mappings.erase(this);
    }
    guard_.reset();
    if (begin_ != nullptr) munmap(begin_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::string_view data() const override { return {begin_, size_}; }
  PageFaults faults() const override { return guard_.has_value() ? guard_->faults() : PageFaults(); }
  uint64_t fault_count() const override { return guard_.has_value() ? guard_->count() : 0; }

  const std::string& path() const { return path_; }
  // A page that was read as zeros stays so: only a new mapping has it again.
  void Heal(uint64_t page) {
    const uint64_t from = page * kPageBytes;
    if (from >= size_ || faults().Touch(from, from + kPageBytes)) return;
    void* const at = begin_ + from;
    BEKCI_CHECK(mmap(at, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
    std::memcpy(at, content_.data() + from, std::min(kPageBytes, size_ - from));
  }
  void Break(uint64_t page) {
    if (page * kPageBytes >= size_) return;
    void* const at = begin_ + page * kPageBytes;
    BEKCI_CHECK(mmap(at, kPageBytes, PROT_READ, MAP_SHARED | MAP_FIXED, empty_.get(), 0) == at);
  }

 private:
  std::shared_ptr<State> state_;
  std::string path_;
  const std::string content_;
  char* begin_ = nullptr;
  size_t size_;
  Descriptor empty_;
  std::optional<MappingGuard> guard_;
};

void BadSectors::Break(const std::string& path, uint64_t page) {
  MutexLock lock(state_->mutex);
  state_->bad.emplace(path, page);
  for (Mapping* mapping : state_->mappings) {
    if (mapping->path() == path) mapping->Break(page);
  }
}

void BadSectors::Repair() {
  MutexLock lock(state_->mutex);
  for (Mapping* mapping : state_->mappings) {
    for (const auto& [path, page] : state_->bad) {
      if (mapping->path() == path) mapping->Heal(page);
    }
  }
  state_->bad.clear();
}

Result<std::unique_ptr<ReadableFile>> BadSectors::OpenRead(const std::string& path) {
  ASSIGN_OR_RETURN(auto file, base_.OpenRead(path));
  return std::unique_ptr<ReadableFile>(std::make_unique<Reader>(state_, std::move(file), path));
}

Result<std::unique_ptr<const MappedFile>> BadSectors::Map(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content, base_.ReadFile(path, SIZE_MAX - 1));
  return std::unique_ptr<const MappedFile>(std::make_unique<Mapping>(state_, path, content));
}

}  // namespace bekci::base
