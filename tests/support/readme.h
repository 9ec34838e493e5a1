// Tables in a README that the code writes, between two marks:
//
//   <!-- generated: options -->  ...  <!-- end -->
//
// A test holds each against what the code says; BEKCI_UPDATE_README=1 writes it anew instead.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "agent/base/file_system.h"

namespace bekci::testing {

// `path` from the root of the tree; `table` ends with a line end.
inline void CheckReadmeTable(const std::string& path, const std::string& name, const std::string& table) {
  CAPTURE(path);
  CAPTURE(name);
  base::RealFileSystem fs;
  const std::string file = BEKCI_SOURCE_DIR "/" + path;
  const auto text = fs.ReadFile(file);
  REQUIRE_MESSAGE(text.ok(), text.status().message());
  const std::string mark = "<!-- generated: " + name + " -->\n";
  const size_t begin = text->find(mark);
  const size_t end = begin == std::string::npos ? begin : text->find("<!-- end -->", begin);
  REQUIRE_MESSAGE(end != std::string::npos, "the marks of the table are there");
  const size_t from = begin + mark.size();
  if (std::getenv("BEKCI_UPDATE_README") != nullptr) {
    std::string current = *text;
    REQUIRE(fs.WriteFileAtomic(file, current.replace(from, end - from, table)).ok());
  } else {
    CHECK_MESSAGE(text->substr(from, end - from) == table,
                  "run it with BEKCI_UPDATE_README=1 and look at the difference");
  }
}

// The table of a collector's parts: what `PartSpec` of the host and mysql collectors say of themselves.
template <typename Parts>
std::string PartTable(const Parts& parts) {
  std::string table = "| part | by default | what it reports |\n|---|---|---|\n";
  for (const auto* part : parts) {
    table.append("| `").append(part->name).append(part->on_by_default ? "` | on | " : "` | off | ");
    table.append(part->help).append(" |\n");
  }
  return table;
}

}  // namespace bekci::testing
