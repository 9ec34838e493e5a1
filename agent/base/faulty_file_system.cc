#include "agent/base/faulty_file_system.h"

#include <algorithm>
#include <utility>

namespace bekci::base {

class FaultyFileSystem::Faults {
 public:
  void SetPlan(FaultPlan plan) {
    MutexLock lock(mutex_);
    plan_ = std::move(plan);
    operations_ = failures_ = 0;
  }

  // Counts the operation and says whether it is to fail.
  Status Next(const char* call, const std::string& path) {
    MutexLock lock(mutex_);
    if (path.find(plan_.path_contains) == std::string::npos) return OkStatus();
    ++operations_;
    const bool fails =
        plan_.fail_at != 0 && (plan_.keep_failing ? operations_ >= plan_.fail_at : operations_ == plan_.fail_at);
    if (!fails) return OkStatus();
    ++failures_;
    return FromErrno(plan_.error_number, std::string(call) + " " + path);
  }

  bool tear_writes() const {
    MutexLock lock(mutex_);
    return plan_.tear_writes;
  }

  // Takes up to `bytes` of the room left and returns how many it got.
  size_t TakeRoom(size_t bytes) {
    MutexLock lock(mutex_);
    if (!plan_.room.has_value()) return bytes;
    const size_t got = std::min<uint64_t>(bytes, *plan_.room);
    *plan_.room -= got;
    if (got < bytes) ++failures_;
    return got;
  }

  uint64_t operations() const {
    MutexLock lock(mutex_);
    return operations_;
  }
  uint64_t failures() const {
    MutexLock lock(mutex_);
    return failures_;
  }

 private:
  mutable Mutex mutex_;
  FaultPlan plan_ GUARDED_BY(mutex_);
  uint64_t operations_ GUARDED_BY(mutex_) = 0;
  uint64_t failures_ GUARDED_BY(mutex_) = 0;
};

class FaultyFileSystem::Reader : public ReadableFile {
 public:
  Reader(std::shared_ptr<Faults> faults, std::unique_ptr<ReadableFile> file, std::string path)
      : faults_(std::move(faults)), file_(std::move(file)), path_(std::move(path)) {}

  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) override {
    RETURN_IF_ERROR(faults_->Next("read", path_));
    return file_->ReadAt(offset, out);
  }

 private:
  std::shared_ptr<Faults> faults_;
  std::unique_ptr<ReadableFile> file_;
  std::string path_;
};

class FaultyFileSystem::Writer : public WritableFile {
 public:
  Writer(std::shared_ptr<Faults> faults, std::unique_ptr<WritableFile> file, std::string path)
      : faults_(std::move(faults)), file_(std::move(file)), path_(std::move(path)) {}

  Status Append(std::string_view data) override {
    if (Status fault = faults_->Next("write", path_); !fault.ok()) {
      if (faults_->tear_writes()) RETURN_IF_ERROR(file_->Append(data.substr(0, data.size() / 2)));
      return fault;
    }
    const size_t room = faults_->TakeRoom(data.size());
    RETURN_IF_ERROR(file_->Append(data.substr(0, room)));
    return room == data.size() ? OkStatus() : FromErrno(ENOSPC, "write " + path_);
  }

  Status Sync() override {
    RETURN_IF_ERROR(faults_->Next("sync", path_));
    return file_->Sync();
  }

  Status Close() override {
    RETURN_IF_ERROR(faults_->Next("close", path_));
    return file_->Close();
  }

 private:
  std::shared_ptr<Faults> faults_;
  std::unique_ptr<WritableFile> file_;
  std::string path_;
};

class FaultyFileSystem::InPlace : public InPlaceFile {
 public:
  InPlace(std::shared_ptr<Faults> faults, std::unique_ptr<InPlaceFile> file, std::string path)
      : faults_(std::move(faults)), file_(std::move(file)), path_(std::move(path)) {}

  Result<uint64_t> Size() override { return file_->Size(); }

  Status Reserve(uint64_t size_bytes) override {
    RETURN_IF_ERROR(faults_->Next("reserve", path_));
    RETURN_IF_ERROR(TakeRoomUpTo(size_bytes, "reserve"));
    return file_->Reserve(size_bytes);
  }

  Status WriteAt(uint64_t offset, std::string_view data) override {
    if (Status fault = faults_->Next("write", path_); !fault.ok()) {
      if (faults_->tear_writes()) RETURN_IF_ERROR(file_->WriteAt(offset, data.substr(0, data.size() / 2)));
      return fault;
    }
    RETURN_IF_ERROR(TakeRoomUpTo(offset + data.size(), "write"));
    return file_->WriteAt(offset, data);
  }

  Status Sync() override {
    RETURN_IF_ERROR(faults_->Next("sync", path_));
    return file_->Sync();
  }

 private:
  // Room for the file to be `size_bytes` long.
  Status TakeRoomUpTo(uint64_t size_bytes, const char* call) {
    ASSIGN_OR_RETURN(const uint64_t size, file_->Size());
    if (size_bytes <= size) return OkStatus();
    const uint64_t more = size_bytes - size;
    return faults_->TakeRoom(more) == more ? OkStatus() : FromErrno(ENOSPC, std::string(call) + " " + path_);
  }

  std::shared_ptr<Faults> faults_;
  std::unique_ptr<InPlaceFile> file_;
  std::string path_;
};

FaultyFileSystem::FaultyFileSystem(FileSystem& base) : base_(base), faults_(std::make_shared<Faults>()) {}

void FaultyFileSystem::set_plan(FaultPlan plan) {
  faults_->SetPlan(std::move(plan));
}
uint64_t FaultyFileSystem::operations() const {
  return faults_->operations();
}
uint64_t FaultyFileSystem::failures() const {
  return faults_->failures();
}

Result<std::unique_ptr<ReadableFile>> FaultyFileSystem::OpenRead(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("open", path));
  ASSIGN_OR_RETURN(auto file, base_.OpenRead(path));
  return std::unique_ptr<ReadableFile>(std::make_unique<Reader>(faults_, std::move(file), path));
}

Result<std::unique_ptr<const MappedFile>> FaultyFileSystem::Map(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("map", path));
  return base_.Map(path);
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::OpenWrite(const std::string& path, bool append) {
  RETURN_IF_ERROR(faults_->Next("open", path));
  ASSIGN_OR_RETURN(auto file, base_.OpenWrite(path, append));
  return std::unique_ptr<WritableFile>(std::make_unique<Writer>(faults_, std::move(file), path));
}

Result<std::unique_ptr<InPlaceFile>> FaultyFileSystem::OpenInPlace(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("open", path));
  ASSIGN_OR_RETURN(auto file, base_.OpenInPlace(path));
  return std::unique_ptr<InPlaceFile>(std::make_unique<InPlace>(faults_, std::move(file), path));
}

Result<std::vector<std::string>> FaultyFileSystem::ListDirectory(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("open directory", path));
  return base_.ListDirectory(path);
}

Result<FileInfo> FaultyFileSystem::Stat(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("stat", path));
  return base_.Stat(path);
}

Result<std::string> FaultyFileSystem::ReadLink(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("readlink", path));
  return base_.ReadLink(path);
}

Status FaultyFileSystem::CreateDirectory(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("mkdir", path));
  return base_.CreateDirectory(path);
}

Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(faults_->Next("rename", from + " to " + to));
  return base_.Rename(from, to);
}

Status FaultyFileSystem::Remove(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("remove", path));
  return base_.Remove(path);
}

Status FaultyFileSystem::SyncDirectory(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("sync directory", path));
  return base_.SyncDirectory(path);
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::Lock(const std::string& path) {
  RETURN_IF_ERROR(faults_->Next("lock", path));
  return base_.Lock(path);
}

}  // namespace bekci::base
