// AttributeFile: one sysfs attribute, a file of one short value that is read every round.
//
// A host has hundreds of them (netclass alone reads 19 per interface), so unlike base::RereadFile they share one buffer
// through their AttributeReader, and only the first `max_open` of a reader keep their descriptor: a kept one costs a
// read of about 0.5 us, the others open and close around it, about 3 us. The caps of all parts together stay well under
// the usual limit of 1024 descriptors.
//
// A descriptor of a device that is gone answers ENODEV; the path is then opened anew, as a device of the same name may
// have come. Every other read error (EINVAL: an interface that is down has no speed) keeps the descriptor.
//
// Invariant: a reader outlives its files. Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"

namespace bekci::exporters::host {

class AttributeFile;

class AttributeReader {
 public:
  AttributeReader(base::FileSystem& fs, size_t max_open) : fs_(fs), max_open_(max_open) {}
  AttributeReader(const AttributeReader&) = delete;
  AttributeReader& operator=(const AttributeReader&) = delete;

  // The value now without white space around it, or why there is none. A value longer than a page is an error (limit).
  // Good until the next read.
  base::Result<std::string_view> Read(AttributeFile& file);

  // The same as a number in Go's notation with base 0: decimal, 0x hexadecimal, 0 octal; nullopt when it is none or
  // cannot be read.
  std::optional<int64_t> ReadInt(AttributeFile& file);
  std::optional<uint64_t> ReadUint(AttributeFile& file);
  std::optional<double> ReadDouble(AttributeFile& file);
  // The value as a label value (LabelText); empty when it cannot be read. Allocates only when the text grew.
  void ReadLabel(AttributeFile& file, std::string* out);

  size_t open_files() const { return open_; }
  base::FileSystem& fs() const { return fs_; }

 private:
  friend class AttributeFile;
  base::Result<std::string_view> ReadOpen(AttributeFile& file);

  base::FileSystem& fs_;
  const size_t max_open_;
  size_t open_ = 0;
  std::array<char, 4097> buffer_;  // a page, which is sysfs' own limit, and one byte to see that there was more
};

class AttributeFile {
 public:
  AttributeFile(AttributeReader& reader, std::string path) : reader_(&reader), path_(std::move(path)) {}
  AttributeFile(AttributeFile&& other) noexcept
      : reader_(other.reader_), path_(std::move(other.path_)), file_(std::move(other.file_)) {}
  AttributeFile& operator=(AttributeFile&& other) noexcept;
  ~AttributeFile() { Close(); }

  const std::string& path() const { return path_; }

 private:
  friend class AttributeReader;
  void Close();

  AttributeReader* reader_;
  std::string path_;
  std::unique_ptr<base::ReadableFile> file_;
};

// Number parsing as Go's ParseInt and ParseUint with base 0 read sysfs values: "0x1003", "-1", "0777".
std::optional<int64_t> ParseIntAnyBase(std::string_view text);
std::optional<uint64_t> ParseUintAnyBase(std::string_view text);

// `text` as a label value: bytes that are no UTF-8 (an interface alias, a sensor label, a mount point may hold any)
// become U+FFFD, one for each run of them.
std::string LabelText(std::string_view text);

// `names` that begin with `prefix` and go on with a digit ("cpu0", not "cpufreq"), in their order.
std::vector<std::string> NumberedNames(const std::vector<std::string>& names, std::string_view prefix);

}  // namespace bekci::exporters::host
