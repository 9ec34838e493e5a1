// RoundFile: a file of procfs that several parts need (the kernel works hardest for /proc/stat): read once a round, by
// whichever part comes first.
//
// Thread rule: as the parts of one Host: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/file_system.h"

namespace bekci::exporters::host {

class RoundFile {
 public:
  // `round` is counted up by the owner of the rounds and outlives this.
  RoundFile(base::FileSystem& fs, std::string path, const uint64_t& round)
      : file_(fs, std::move(path)), round_(round) {}

  // This round's content or error; the view is good until the next round.
  base::Result<std::string_view> Read() {
    if (read_in_ != round_) {
      content_ = file_.Read();
      read_in_ = round_;
    }
    return content_;
  }
  const std::string& path() const { return file_.path(); }

 private:
  base::RereadFile file_;
  const uint64_t& round_;
  uint64_t read_in_ = 0;  // rounds count from 1
  base::Result<std::string_view> content_ = std::string_view();
};

class RoundFiles {
 public:
  void NextRound() { ++round_; }
  // The one for this path; lives as long as this.
  RoundFile& Get(base::FileSystem& fs, const std::string& path) {
    std::unique_ptr<RoundFile>& file = files_[path];
    if (file == nullptr) file = std::make_unique<RoundFile>(fs, path, round_);
    return *file;
  }

 private:
  uint64_t round_ = 1;
  std::map<std::string, std::unique_ptr<RoundFile>> files_;
};

}  // namespace bekci::exporters::host
