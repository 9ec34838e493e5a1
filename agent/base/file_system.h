// FileSystem: everything bekci does to files goes through here, so tests can lose power, fill disks and tear writes.
//
// Three implementations: RealFileSystem, MemoryFileSystem (fast, hermetic; remembers what was synced and can "crash",
// dropping the rest), FaultyFileSystem (wraps another and fails the Nth operation). The idea is leveldb's Env and its
// fault-injection test. procfs and sysfs are read through it too, so a golden host is a directory of files.
//
// Errors: not_found, denied, limit (disk full, too many files), unavailable (EIO and the rest); each names call and
// path.
// Thread rule: a FileSystem may be used from any thread; a file object by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/mutex.h"
#include "agent/base/page_faults.h"
#include "agent/base/status.h"

namespace bekci::base {

enum class FileKind : unsigned char { kFile, kDirectory, kSymlink, kOther };

struct FileInfo {
  FileKind kind = FileKind::kOther;
  uint64_t size_bytes = 0;
  int64_t mtime_ns = 0;  // Unix epoch
  uint32_t mode = 0;     // permission bits, 07777
  uint32_t uid = 0;
  uint64_t inode = 0;
};

class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // Reads up to out.size() bytes at `offset`; fewer only at the end of the file.
  virtual Result<size_t> ReadAt(uint64_t offset, std::span<char> out) = 0;
  // True when the kernel vouches that the file is as it was at the last call: it does so for mount tables (proc(5):
  // poll reports POLLPRI after a change; the first call tells of changes since the file was opened). False for other
  // files.
  virtual bool IsUnchanged() { return false; }
};

class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status Append(std::string_view data) = 0;  // all of it, or an error after which the length is unknown
  virtual Status Sync() = 0;                         // returns when the data would survive a power loss
  virtual Status Close() = 0;
};

// A file that is written in place, for records that must find room on a disk that is full: what was reserved before
// needs no more.
class InPlaceFile {
 public:
  virtual ~InPlaceFile() = default;
  virtual Result<uint64_t> Size() = 0;
  // Makes the file at least so long; what is new reads as zeros and has its place on the disk.
  virtual Status Reserve(uint64_t size_bytes) = 0;
  // All of `data`, or an error after which these bytes may be anything. Beyond the end the file grows.
  virtual Status WriteAt(uint64_t offset, std::string_view data) = 0;
  virtual Status Sync() = 0;  // as WritableFile
};

// A claim on a directory or file that one process at a time can have; destroying it, or the end of the process however
// it comes, gives it up.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// A whole file as bytes in memory, for files that are written once and then only read. Mapped where the file system can
// (pages come from the page cache as they are touched), else read. Survives the file's removal; what cannot be read any
// more, because it was cut off or by an error of the disk, reads as zeros and is told by faults().
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  virtual std::string_view data() const = 0;
  // Pages that the disk could not give when they were touched: they read as zeros. What was decoded between two calls
  // with the same fault_count() is what the file holds (page_faults.h).
  virtual PageFaults faults() const { return {}; }
  virtual uint64_t fault_count() const { return 0; }
  // Hint: these bytes will not be needed soon; their pages may leave this process.
  virtual void Forget() const {}
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) = 0;
  // The default reads the file through OpenRead.
  virtual Result<std::unique_ptr<const MappedFile>> Map(const std::string& path);
  // Creates or, with `append`, continues a file; without it an existing file is truncated.
  virtual Result<std::unique_ptr<WritableFile>> OpenWrite(const std::string& path, bool append) = 0;
  // Opens a file as it is, or makes an empty one.
  virtual Result<std::unique_ptr<InPlaceFile>> OpenInPlace(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> ListDirectory(const std::string& path) = 0;  // names, sorted, no . or ..
  virtual Result<FileInfo> Stat(const std::string& path) = 0;                           // follows symlinks
  virtual Result<std::string> ReadLink(const std::string& path) = 0;
  virtual Status CreateDirectory(const std::string& path) = 0;  // parents must exist; an existing directory is fine
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  // Claims `path`, a file that is made when missing and that nobody should remove. Errors: unavailable when another
  // holder has it; it never waits.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;

  // Whole small file, at most `limit` bytes (more is an error of code limit). Works for procfs, whose sizes read as 0.
  Status ReadFile(const std::string& path, std::string* out, size_t limit = 64 << 20);
  Result<std::string> ReadFile(const std::string& path, size_t limit = 64 << 20);
  bool Exists(const std::string& path) { return Stat(path).ok(); }
  // Replaces `path` so that a reader or a crash sees the old or the new content, never a mix: write aside, sync,
  // rename.
  Status WriteFileAtomic(const std::string& path, std::string_view data);
};

class RealFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) override;
  Result<std::unique_ptr<const MappedFile>> Map(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> OpenWrite(const std::string& path, bool append) override;
  Result<std::unique_ptr<InPlaceFile>> OpenInPlace(const std::string& path) override;
  Result<std::vector<std::string>> ListDirectory(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::string> ReadLink(const std::string& path) override;
  Status CreateDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
};

// A file that is read whole again and again, as procfs and sysfs files are every 15 seconds: the descriptor and the
// buffer are kept, so a read costs one pread and no allocation. A file that vanished or was replaced (a device
// unplugged and plugged again answers ENODEV on the old descriptor) is opened anew. Not for files that are replaced by
// rename.
class RereadFile {
 public:
  RereadFile(FileSystem& fs, std::string path, size_t limit = 16 << 20);
  // The content now; the view is good until the next Read.
  Result<std::string_view> Read();
  // Whether Read would give what it gave last time; only ever true of mount tables, see ReadableFile::IsUnchanged.
  bool IsUnchanged() { return file_ != nullptr && file_->IsUnchanged(); }
  const std::string& path() const { return path_; }

 private:
  Result<std::string_view> ReadOpen();

  FileSystem& fs_;
  std::string path_;
  size_t limit_;
  std::unique_ptr<ReadableFile> file_;
  std::string buffer_;
};

}  // namespace bekci::base
