// The whole configuration as documentation, made from the tables that check it: `bekci config docs`.
// Thread rule: pure.
#pragma once

#include <span>
#include <string>

#include "agent/collect/collector.h"

namespace bekci::app {

// Markdown: bekci.yml, a chapter for each collector, the web configuration file.
std::string ConfigDocsMarkdown(std::span<const collect::CollectorSpec* const> collectors);

// A bekci.yml in which every key is commented out, with its meaning above it.
std::string ConfigDocsExample(std::span<const collect::CollectorSpec* const> collectors);

}  // namespace bekci::app
