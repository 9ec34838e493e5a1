// Node: a YAML document as a tree with a position on every part, so every error can say file, line and column.
//
// ParseYaml is one bounded walk over yaml-cpp's events: duplicate keys are refused, `<<` merges are done, anchors are
// expanded under limits (depth, nodes, bytes), so an alias bomb is an error and not a dead host. yaml-cpp's exceptions
// stop here.
// Thread rule: values.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/status.h"

namespace bekci::config {

// A place in a file. Lines and columns count from 1; 0 means "the whole file".
struct Mark {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;
  std::string ToString() const;  // "bekci.yml:14" or "bekci.yml"
};

class Node {
 public:
  enum class Kind : unsigned char { kNull, kScalar, kSequence, kMapping };

  // Defined in node.cc, where pair<Node, Node> is a complete type: clang insists.
  Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  Kind kind = Kind::kNull;
  Mark mark;
  std::string scalar;                          // kScalar: the text as written, unquoted
  bool quoted = false;                         // kScalar: was in quotes, so never a number or a bool
  std::vector<Node> items;                     // kSequence
  std::vector<std::pair<Node, Node>> entries;  // kMapping: key (a scalar), value; in file order

  bool is_null() const { return kind == Kind::kNull; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  // The value of `key` in a mapping, or null.
  const Node* Find(std::string_view key) const;
};

struct YamlLimits {
  size_t bytes = 8 << 20;
  size_t nodes = 500'000;  // after aliases are expanded
  int depth = 64;
};

// The document's root (kNull for an empty file). Errors: "bekci.yml:3:7: ..." of code invalid or limit.
base::Result<Node> ParseYaml(std::string_view text, const std::string& file_name, const YamlLimits& limits = {});

// The same for a file of several documents with "---" between them: their roots, in order, those that say nothing left
// out. The limits hold for all of them together; anchors end with their document.
base::Result<std::vector<Node>> ParseYamlDocuments(std::string_view text, const std::string& file_name,
                                                   const YamlLimits& limits = {});

}  // namespace bekci::config
