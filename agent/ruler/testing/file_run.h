// A test file, run: read, its rule files found and loaded, its tests run one after the other.
//
// Source: promtool's cmd/promtool/unittest.go. Thread rule: one thread.
#pragma once

#include <functional>
#include <string>

#include "agent/base/file_system.h"
#include "agent/ruler/testing/test_report.h"
#include "agent/ruler/testing/test_run.h"

namespace bekci::ruler::testing {

struct FileRunOptions {
  TestRunOptions run = {};
  bool ignore_unknown_fields = false;  // in test and rule files
  // Which tests run, by the name as written (may be empty); null: all.
  std::function<bool(const std::string& name)> wanted = nullptr;
  // Before each test: its number among those of the file, from 1, and how many there are. May be null.
  std::function<void(const std::string& title, size_t number, size_t of)> on_test = nullptr;
};

FileReport RunTestFile(base::FileSystem& fs, const std::string& path, const FileRunOptions& options);

}  // namespace bekci::ruler::testing
