#include "agent/config/yaml_tree.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::config {
namespace {

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";
// yaml-cpp cannot read back a key beyond 1024 bytes, and no key of anyone's is that long.
constexpr size_t kLongestKey = 1000;

// "?" is yaml-cpp's mark for a plain text and for a collection, "!" for a quoted or block text.
bool IsUntagged(const std::string& tag) {
  return tag == "?" || tag == "!" || tag.empty();
}

bool IsCoreTag(const std::string& tag, std::string_view name) {
  return tag.size() == kCoreTag.size() + name.size() && tag.starts_with(kCoreTag) && tag.ends_with(name);
}

// A number or a bool in any notation has only such characters; anything else is a text however it was written.
bool CouldBePlainWord(const std::string& text) {
  return !text.empty() && text.find('\n') == std::string::npos;
}

// Whether `rest`, the document from a scalar on, begins with a quoted text that never ends: yaml-cpp lets it end with
// the file when a line end stands before that.
bool IsUnclosedQuote(std::string_view rest) {
  while (!rest.empty() && (rest.front() == '&' || rest.front() == '!')) {  // an anchor or tag before it
    rest.remove_prefix(std::min(rest.find_first_of(" \t\n"), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
  }
  if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return false;
  const char quote = rest.front();
  for (size_t i = 1; i < rest.size(); ++i) {
    if (quote == '"' && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == quote) {
      if (quote == '"' || i + 1 >= rest.size() || rest[i + 1] != quote) return false;
      ++i;
    }
  }
  return true;
}

std::string Shown(std::string_view key) {
  return base::Quoted(key.substr(0, 60));
}

}  // namespace

TreeBuilder::TreeBuilder(const YamlText& text, const YamlLimits& limits, bool many)
    : text_(text), limits_(limits), many_(many), file_(std::make_shared<const std::string>(text.file_name())) {
  roots_.front().mark = {file_, 1, 1};
}

void TreeBuilder::Refuse(const Mark& mark, const std::string& message) const {
  throw Refused{base::Invalid(text_.At(mark.line, mark.column, message))};
}

void TreeBuilder::RefuseLimit(const Mark& mark, const std::string& message) const {
  throw Refused{base::LimitReached(text_.At(mark.line, mark.column, message))};
}

Mark TreeBuilder::MarkAt(const YAML::Mark& mark) const {
  return {file_, mark.line + 1, text_.Column(mark.line + 1, mark.column)};
}

Mark TreeBuilder::OpenBracket() const {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    if (frame->flow) return frame->node.mark;
  }
  return {};
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  const Mark at = MarkAt(mark);
  if (started_ && many_ && text_.Line(at.line).starts_with("---")) {
    Charge({}, at);  // an empty document is memory too
    anchors_.clear();
    roots_.emplace_back().mark = at;
  } else if (started_) {
    const bool separated = text_.text().find("---") != std::string::npos;
    Refuse(at, separated && !many_ ? "a second document; a file holds one (remove the \"---\")"
                                   : "stands further left than the first line of the file; check the indentation");
  }
  started_ = true;
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node;
  node.mark = MarkAt(mark);
  if (!frames_.empty() && frames_.back().key.has_value()) {
    // yaml-cpp takes a lone word in a mapping for a key without a value, and gives that value the place of the key.
    const Mark& key = frames_.back().key->mark;
    if (key.line == node.mark.line && key.column == node.mark.column) {
      Refuse(key, "missing ':' after " + Shown(frames_.back().key->scalar));
    }
  }
  Place(std::move(node), {}, anchor);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  const Mark at = MarkAt(mark);
  if (found == anchors_.end()) Refuse(at, "this alias stands inside the node that it names");
  Charge(found->second.weight, at);
  // The copy keeps the marks of the original: that is where a mistake in it is mended.
  Place(found->second.node, found->second.weight, 0);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  Node node;
  node.mark = MarkAt(mark);
  const bool number_or_bool = IsCoreTag(tag, "int") || IsCoreTag(tag, "float") || IsCoreTag(tag, "bool");
  if (IsCoreTag(tag, "null")) {
    Place(std::move(node), {}, anchor);
    return;
  }
  if (!IsUntagged(tag) && !number_or_bool && !IsCoreTag(tag, "str")) {
    Refuse(node.mark, "tag " + Shown(tag) + " is not known here; remove it");
  }
  if (tag != "?" && IsUnclosedQuote(text_.From(mark.line + 1, mark.column))) {
    Refuse(node.mark, "the quote that begins here is never closed");
  }
  // The text of the file is good UTF-8 without NUL; escapes may still make bytes that are neither (yaml-cpp writes \N
  // and
  // \_ as single bytes).
  if (value.find('\0') != std::string::npos) Refuse(node.mark, "a text with a NUL character (\\0) in it");
  if (!base::IsValidUtf8(value)) {
    Refuse(node.mark, "an escape in this text makes bytes that are not UTF-8; write \\u0085 for \\N, \\u00a0 for \\_");
  }
  node.kind = Node::Kind::kScalar;
  node.scalar = value;
  node.quoted = !(tag == "?" || number_or_bool) || !CouldBePlainWord(value);
  Charge({1, value.size(), 0}, node.mark);
  Place(std::move(node), {1, value.size(), 0}, anchor);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value style) {
  if (!IsUntagged(tag) && !IsCoreTag(tag, "seq")) Refuse(MarkAt(mark), "tag " + Shown(tag) + " is not known here");
  Open(Node::Kind::kSequence, mark, tag, anchor, style == YAML::EmitterStyle::Flow);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value style) {
  if (!IsUntagged(tag) && !IsCoreTag(tag, "map")) Refuse(MarkAt(mark), "tag " + Shown(tag) + " is not known here");
  Open(Node::Kind::kMapping, mark, tag, anchor, style == YAML::EmitterStyle::Flow);
}

void TreeBuilder::Open(Node::Kind kind, const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       bool flow) {
  Frame frame;
  frame.node.kind = kind;
  frame.node.mark = MarkAt(mark);
  frame.weight.height = 1;
  frame.anchor = anchor;
  frame.flow = flow;
  if (static_cast<int>(frames_.size()) >= limits_.depth) {
    RefuseLimit(frame.node.mark, "nested deeper than " + std::to_string(limits_.depth) + " levels");
  }
  if (!frames_.empty() && frames_.back().node.is_mapping() && !frames_.back().key.has_value()) {
    Refuse(frame.node.mark,
           "a key must be a text, not a list or a mapping; put a text that begins with a bracket in quotes");
  }
  Charge({}, frame.node.mark);
  frames_.push_back(std::move(frame));
}

void TreeBuilder::Close() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame.merge.has_value()) Merge(frame);
  Place(std::move(frame.node), frame.weight, frame.anchor);
}

void TreeBuilder::Charge(const Weight& weight, const Mark& mark) {
  nodes_ += weight.nodes;
  bytes_ += weight.bytes;
  if (nodes_ > limits_.nodes) {
    RefuseLimit(mark, "more than " + std::to_string(limits_.nodes) + " values once aliases are expanded");
  }
  if (bytes_ > limits_.bytes) {
    RefuseLimit(mark, "more than " + std::to_string(limits_.bytes) + " bytes once aliases are expanded");
  }
}

void TreeBuilder::Place(Node node, Weight weight, YAML::anchor_t anchor) {
  if (static_cast<int>(frames_.size()) + weight.height > limits_.depth) {
    RefuseLimit(node.mark, "nested deeper than " + std::to_string(limits_.depth) + " levels once aliases are expanded");
  }
  if (anchor != 0) {
    Charge(weight, node.mark);  // the copy kept here is memory too
    anchors_.insert_or_assign(anchor, Anchored{node, weight});
  }
  if (frames_.empty()) {
    roots_.back() = std::move(node);
    return;
  }
  Frame& frame = frames_.back();
  frame.weight.nodes += weight.nodes;
  frame.weight.bytes += weight.bytes;
  frame.weight.height = std::max(frame.weight.height, weight.height + 1);
  if (frame.node.is_sequence()) {
    frame.node.items.push_back(std::move(node));
  } else if (!frame.key.has_value()) {
    PlaceKey(frame, std::move(node));
  } else {
    PlaceValue(frame, std::move(node));
  }
}

void TreeBuilder::PlaceKey(Frame& frame, Node node) {
  if (!node.is_scalar()) {
    Refuse(node.mark, node.is_null() ? "a key is missing, or is null; put it in quotes if it is meant"
                                     : "a key must be a text, not a list or a mapping");
  }
  if (node.scalar.size() > kLongestKey) Refuse(node.mark, "a key of more than 1000 bytes; is a line break missing?");
  const auto [existing, is_new] = frame.keys.emplace(node.scalar, node.mark.line);
  if (!is_new) {
    Refuse(node.mark, "duplicate key " + Shown(node.scalar) + ", first in line " + std::to_string(existing->second));
  }
  frame.key = std::move(node);
}

void TreeBuilder::PlaceValue(Frame& frame, Node node) {
  Node key = std::move(*frame.key);
  frame.key.reset();
  if (key.scalar == "<<" && !key.quoted) {
    frame.merge = std::move(node);
    return;
  }
  // yaml-cpp gives a value that is not there the place of what follows, a line or a page further down.
  if (node.is_null()) node.mark = key.mark;
  frame.node.entries.emplace_back(std::move(key), std::move(node));
}

void TreeBuilder::Merge(Frame& frame) {
  const Node& merge = *frame.merge;
  frame.keys.erase("<<");
  if (merge.is_mapping()) {
    MergeFrom(frame, merge);
    return;
  }
  if (!merge.is_sequence())
    Refuse(merge.mark, "\"<<\" merges a mapping or a list of mappings, usually an alias (*name)");
  for (const Node& source : merge.items) {
    if (!source.is_mapping()) Refuse(source.mark, "\"<<\" merges mappings; this is none");
    MergeFrom(frame, source);
  }
}

void TreeBuilder::MergeFrom(Frame& frame, const Node& source) {
  for (const auto& [key, value] : source.entries) {
    if (frame.keys.emplace(key.scalar, key.mark.line).second) frame.node.entries.emplace_back(key, value);
  }
}

}  // namespace bekci::config
