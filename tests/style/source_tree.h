// The source tree as the style tests see it: files, their lines and their includes. Plain reading of text; what is in a
// comment or behind an #if counts as much as the rest, which is what a reader of the tree sees too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bekci::style {

struct SourceFile {
  std::string path;  // from the repository's root: "agent/base/text.h"
  std::string text;

  bool IsHeader() const { return path.ends_with(".h"); }
  bool IsTest() const { return path.ends_with("_test.cc"); }
};

struct Include {
  size_t line = 0;   // from 1
  std::string what;  // what stands between the quotes or brackets
};

// Every .h and .cc file under `folders` of `root`, sorted by path.
std::vector<SourceFile> LoadTree(const std::string& root, const std::vector<std::string>& folders);

std::vector<Include> IncludesOf(const SourceFile& file);
// The // comment a file opens with, without the slashes; empty when it opens with anything else.
std::string OpeningComment(const SourceFile& file);
size_t LineCount(const SourceFile& file);

// One finding per line, for a failing test to print.
std::string Report(const std::vector<std::string>& findings);

}  // namespace bekci::style
