// A tree back to YAML: for `bekci config show` and the page that shows the configuration, with secrets masked.
//
// What is printed parses to the same tree: same kinds, texts, order; a word that was not quoted stays unquoted, so
// numbers stay numbers. Comments, anchors and merges of the original are gone: this is what they came to mean. Thread
// rule: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/config/node.h"
#include "agent/config/option.h"

namespace bekci::config {

inline constexpr std::string_view kMaskedSecret = "<secret>";

// Block style, two spaces a level, ends with a line end.
std::string PrintYaml(const Node& node);

// A copy of `node` with what must not be shown replaced by <secret>: the values of secret options of `table`, and, in
// any text anywhere, the password of an URL (redis://user:password@host).
Node MaskSecrets(const Node& node, std::span<const Option> table);

// The mapping that says all of `values` in words: what the file says, and the defaults of what it leaves out. Options
// without either are left out. Not masked.
Node WithDefaults(const Values& values);

// `text` in double quotes, with escapes, as it stands in a file.
std::string QuotedYaml(std::string_view text);

// True for a text that can stand without quotes and reads back as itself, not as null.
bool IsPlainText(std::string_view text);

}  // namespace bekci::config
