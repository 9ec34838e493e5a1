#include "tests/style/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/base/text.h"

namespace bekci::style {

std::vector<SourceFile> LoadTree(const std::string& root, const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    const std::filesystem::path top = std::filesystem::path(root) / folder;
    if (!std::filesystem::exists(top)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
      const auto& path = entry.path();
      if (!entry.is_regular_file() || (path.extension() != ".h" && path.extension() != ".cc")) continue;
      std::ifstream in(path, std::ios::binary);
      std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      files.push_back({path.lexically_relative(root).string(), std::move(text)});
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::vector<Include> IncludesOf(const SourceFile& file) {
  std::vector<Include> includes;
  base::LineReader lines(file.text);
  size_t number = 0;
  for (std::string_view line; lines.Next(&line);) {
    ++number;
    line = base::Trim(line);
    if (!line.starts_with('#')) continue;
    line = base::Trim(line.substr(1));
    if (!line.starts_with("include")) continue;
    const size_t open = line.find_first_of("\"<");
    const size_t close = line.find_last_of("\">");
    if (open == std::string_view::npos || close <= open) continue;
    includes.push_back({number, std::string(line.substr(open + 1, close - open - 1))});
  }
  return includes;
}

std::string OpeningComment(const SourceFile& file) {
  std::string comment;
  base::LineReader lines(file.text);
  for (std::string_view line; lines.Next(&line) && line.starts_with("//");) {
    comment += base::Trim(line.substr(2));
    comment += '\n';
  }
  return comment;
}

size_t LineCount(const SourceFile& file) {
  return static_cast<size_t>(std::count(file.text.begin(), file.text.end(), '\n'));
}

std::string Report(const std::vector<std::string>& findings) {
  std::string out;
  for (const std::string& finding : findings) out += "\n  " + finding;
  return out;
}

}  // namespace bekci::style
