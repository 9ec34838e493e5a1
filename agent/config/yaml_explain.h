// ExplainYamlError: what yaml-cpp says, in the words of someone who looks at the file.
//
// yaml-cpp reports where its grammar broke ("illegal map value"), which is often a line below the mistake. The mistakes
// people make are few: a tab, a forgotten space after a colon, a quote or bracket that is not closed, a text that needs
// quotes, a line indented too far. Each is looked for near the reported place; what is not recognised is passed on.
// Source: the grammar of YAML 1.2; the messages are those of yaml-cpp 0.7 (yaml-cpp/exceptions.h).
// Thread rule: pure.
#pragma once

#include <string>

#include "agent/config/node.h"
#include "agent/config/yaml_text.h"

namespace bekci::config {

// `line` counts from 1, `byte` within it from 0; `bracket` is the innermost open bracket (line 0: none).
// Returns the whole error: "file:line:column: what is wrong".
std::string ExplainYamlError(const YamlText& text, int line, int byte, const std::string& message, const Mark& bracket);

}  // namespace bekci::config
