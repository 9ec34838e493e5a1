// RealFileSystem: the FileSystem of the host, on plain system calls so that every error keeps its errno.
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "agent/base/descriptor.h"
#include "agent/base/file_system.h"

namespace bekci::base {
namespace {

constexpr size_t kPage = 4096;

Status Failed(const char* call, const std::string& path) {
  const int error = errno;
  return FromErrno(error, std::string(call) + " " + path);
}

int OpenRetrying(const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// Whether a read that returns less than asked has reached the end. Not so in most of procfs: a seq_file ends a read at
// the record that no longer fits in its own buffer, however little came before it, and only a read of 0 bytes is the
// end. sysfs attributes and sysctls are one value handed over in one read of up to a page; there the second read would
// cost 0.4 of 1.6 us, and for fs/file-nr, which sums all CPUs on every call, 55 of 120 (measured on a 2-CPU virtual
// machine).
bool ShortReadIsEnd(int fd, const std::string& path) {
  struct statfs fs {};
  if (fstatfs(fd, &fs) != 0) return false;
  return fs.f_type == SYSFS_MAGIC || (fs.f_type == PROC_SUPER_MAGIC && path.find("/sys/") != std::string::npos);
}

class RealReadableFile : public ReadableFile {
 public:
  RealReadableFile(int fd, std::string path)
      : fd_(fd), path_(std::move(path)), short_is_end_(ShortReadIsEnd(fd, path_)) {}

  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) override {
    size_t done = 0;
    while (done < out.size()) {
      const size_t want = out.size() - done;
      const ssize_t got = pread(fd_.get(), out.data() + done, want, static_cast<off_t>(offset + done));
      if (got < 0) {
        if (errno == EINTR) continue;
        return Failed("read", path_);
      }
      done += static_cast<size_t>(got);
      if (got == 0 || (short_is_end_ && static_cast<size_t>(got) < std::min(want, kPage))) break;
    }
    return done;
  }

  bool IsUnchanged() override {
    pollfd poll_fd{fd_.get(), POLLIN | POLLOUT | POLLPRI, 0};
    // Files without such a signal are always ready for both; mount tables are never ready to be written.
    return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLIN;
  }

 private:
  Descriptor fd_;
  std::string path_;
  bool short_is_end_;
};

class RealWritableFile : public WritableFile {
 public:
  RealWritableFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Status Append(std::string_view data) override {
    while (!data.empty()) {
      const ssize_t wrote = write(fd_.get(), data.data(), data.size());
      if (wrote > 0) {
        data.remove_prefix(static_cast<size_t>(wrote));
      } else if (wrote == 0 || errno != EINTR) {
        return Failed("write", path_);
      }
    }
    return OkStatus();
  }

  // fdatasync also makes a changed length durable; what it leaves out are times.
  Status Sync() override { return fdatasync(fd_.get()) == 0 ? OkStatus() : Failed("sync", path_); }

  Status Close() override {
    const int fd = fd_.Release();
    // Linux closes the descriptor even when it answers EINTR; closing again could hit another thread's file.
    if (fd >= 0 && close(fd) != 0 && errno != EINTR) return Failed("close", path_);
    return OkStatus();
  }

 private:
  Descriptor fd_;
  std::string path_;
};

// An flock(2) lock: the kernel gives it up with the descriptor, so a killed process leaves nothing to clean up.
class RealInPlaceFile : public InPlaceFile {
 public:
  RealInPlaceFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<uint64_t> Size() override {
    struct stat st {};
    if (fstat(fd_.get(), &st) != 0) return Failed("stat", path_);
    return static_cast<uint64_t>(st.st_size);
  }

  Status Reserve(uint64_t size_bytes) override {
    int error = EINTR;
    while (error == EINTR) error = posix_fallocate(fd_.get(), 0, static_cast<off_t>(size_bytes));
    return error == 0 ? OkStatus() : FromErrno(error, "reserve " + path_);
  }

  Status WriteAt(uint64_t offset, std::string_view data) override {
    while (!data.empty()) {
      const ssize_t wrote = pwrite(fd_.get(), data.data(), data.size(), static_cast<off_t>(offset));
      if (wrote > 0) {
        data.remove_prefix(static_cast<size_t>(wrote));
        offset += static_cast<uint64_t>(wrote);
      } else if (wrote == 0 || errno != EINTR) {
        return Failed("write", path_);
      }
    }
    return OkStatus();
  }

  Status Sync() override { return fdatasync(fd_.get()) == 0 ? OkStatus() : Failed("sync", path_); }

 private:
  Descriptor fd_;
  std::string path_;
};

class RealFileLock : public FileLock {
 public:
  explicit RealFileLock(int fd) : fd_(fd) {}

 private:
  Descriptor fd_;
};

class RealMappedFile : public MappedFile {
 public:
  RealMappedFile(void* begin, size_t size) : begin_(begin), size_(size) {
    if (size_ > 0) guard_.emplace(begin_, size_);
  }
  ~RealMappedFile() override {
    guard_.reset();
    if (size_ > 0) munmap(begin_, size_);
  }
  RealMappedFile(const RealMappedFile&) = delete;
  RealMappedFile& operator=(const RealMappedFile&) = delete;

  std::string_view data() const override { return {static_cast<const char*>(begin_), size_}; }
  PageFaults faults() const override { return guard_.has_value() ? guard_->faults() : PageFaults(); }
  uint64_t fault_count() const override { return guard_.has_value() ? guard_->count() : 0; }
  void Forget() const override {
    if (size_ > 0) madvise(begin_, size_, MADV_DONTNEED);
  }

 private:
  void* begin_;
  size_t size_;
  std::optional<MappingGuard> guard_;
};

FileKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  if (S_ISDIR(mode)) return FileKind::kDirectory;
  if (S_ISLNK(mode)) return FileKind::kSymlink;
  return FileKind::kOther;
}

}  // namespace

Result<std::unique_ptr<ReadableFile>> RealFileSystem::OpenRead(const std::string& path) {
  // Non-blocking: opening a FIFO that somebody put into a directory we read must not hang the reader.
  const int fd = OpenRetrying(path, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return Failed("open", path);
  return std::unique_ptr<ReadableFile>(std::make_unique<RealReadableFile>(fd, path));
}

Result<std::unique_ptr<const MappedFile>> RealFileSystem::Map(const std::string& path) {
  const Descriptor fd(OpenRetrying(path, O_RDONLY | O_NONBLOCK));
  if (fd.get() < 0) return Failed("open", path);
  struct stat st {};
  if (fstat(fd.get(), &st) != 0) return Failed("stat", path);
  if (!S_ISREG(st.st_mode)) return Invalid("map " + path + ": not a regular file");
  const auto size = static_cast<size_t>(st.st_size);
  void* begin = size == 0 ? nullptr : mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (begin == MAP_FAILED) return Failed("map", path);
  return std::unique_ptr<const MappedFile>(std::make_unique<RealMappedFile>(begin, size));
}

Result<std::unique_ptr<WritableFile>> RealFileSystem::OpenWrite(const std::string& path, bool append) {
  const int fd = OpenRetrying(path, O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC), 0666);
  if (fd < 0) return Failed("open", path);
  return std::unique_ptr<WritableFile>(std::make_unique<RealWritableFile>(fd, path));
}

Result<std::unique_ptr<InPlaceFile>> RealFileSystem::OpenInPlace(const std::string& path) {
  const int fd = OpenRetrying(path, O_RDWR | O_CREAT, 0666);
  if (fd < 0) return Failed("open", path);
  return std::unique_ptr<InPlaceFile>(std::make_unique<RealInPlaceFile>(fd, path));
}

Result<std::vector<std::string>> RealFileSystem::ListDirectory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (directory == nullptr) return Failed("open directory", path);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return Failed("read directory", path);
  std::sort(names.begin(), names.end());
  return names;
}

Result<FileInfo> RealFileSystem::Stat(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return Failed("stat", path);
  FileInfo info;
  info.kind = KindOf(st.st_mode);
  info.size_bytes = static_cast<uint64_t>(st.st_size);
  info.mtime_ns = int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec;
  info.mode = st.st_mode & 07777u;
  info.uid = st.st_uid;
  info.inode = st.st_ino;
  return info;
}

Result<std::string> RealFileSystem::ReadLink(const std::string& path) {
  std::array<char, 4096> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  if (length < 0) return Failed("readlink", path);
  return std::string(target.data(), static_cast<size_t>(length));
}

Status RealFileSystem::CreateDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0777) == 0) return OkStatus();
  if (errno != EEXIST) return Failed("mkdir", path);
  ASSIGN_OR_RETURN(const FileInfo info, Stat(path));
  if (info.kind == FileKind::kDirectory) return OkStatus();
  return FromErrno(EEXIST, "mkdir " + path);
}

Status RealFileSystem::Rename(const std::string& from, const std::string& to) {
  return rename(from.c_str(), to.c_str()) == 0 ? OkStatus() : Failed("rename", from + " to " + to);
}

Status RealFileSystem::Remove(const std::string& path) {
  return remove(path.c_str()) == 0 ? OkStatus() : Failed("remove", path);
}

Status RealFileSystem::SyncDirectory(const std::string& path) {
  const Descriptor fd(OpenRetrying(path, O_RDONLY | O_DIRECTORY));
  if (fd.get() < 0) return Failed("open directory", path);
  return fsync(fd.get()) == 0 ? OkStatus() : Failed("sync directory", path);
}

Result<std::unique_ptr<FileLock>> RealFileSystem::Lock(const std::string& path) {
  Descriptor fd(OpenRetrying(path, O_RDWR | O_CREAT, 0666));
  if (fd.get() < 0) return Failed("open", path);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Unavailable("lock " + path + ": another process holds it");
    return Failed("lock", path);
  }
  return std::unique_ptr<FileLock>(std::make_unique<RealFileLock>(fd.Release()));
}

}  // namespace bekci::base
