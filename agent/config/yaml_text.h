// YamlText: a document's bytes made safe for yaml-cpp, and its lines for error messages.
//
// yaml-cpp takes the byte 0x04 for the end of the file, guesses UTF-16 from a few bytes, and keeps about a hundred
// bytes per token of an open `[` or `{` before it reports anything (1 MB of "[" costs it 230 MB). So before it sees a
// byte: a byte order mark is dropped, CR LF and CR become LF, anything but printable UTF-8 is refused, and the brackets
// and commas are counted against a limit. The count ignores quoting: it may only ever count too many. Thread rule: a
// value.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/config/node.h"

namespace bekci::config {

class YamlText {
 public:
  // Errors as ParseYaml: "file:line:column: ...", invalid or limit.
  static base::Result<YamlText> Clean(std::string_view text, const std::string& file_name, const YamlLimits& limits);

  YamlText(YamlText&&) = default;
  YamlText& operator=(YamlText&&) = delete;

  const std::string& text() const { return *text_; }
  const std::string& file_name() const { return file_name_; }
  // Line `number`, from 1, without its line end; empty outside the document.
  std::string_view Line(int number) const;
  int line_count() const { return static_cast<int>(lines_.size()); }
  // The column people count (code points, from 1) of byte `offset` (from 0) in a line. Lines beyond 4 KiB are counted
  // in bytes, so that a document in one line costs linear time.
  int Column(int line, int offset) const;
  // The document from byte `offset` (from 0) of a line to its end.
  std::string_view From(int line, int offset) const;
  // "file:line:column: message".
  std::string At(int line, int column, std::string_view message) const;

 private:
  YamlText() = default;
  void Normalise(std::string_view text);
  base::Status CheckCharacters() const;
  base::Status CheckBrackets(const YamlLimits& limits) const;

  std::string file_name_;
  std::unique_ptr<std::string> text_;  // on the heap: lines_ points into it
  std::vector<std::string_view> lines_;
};

}  // namespace bekci::config
