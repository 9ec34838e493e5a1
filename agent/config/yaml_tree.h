// TreeBuilder: yaml-cpp's events in, our tree out, under limits.
//
// This is where a document is held to what a configuration file may be: keys are texts, each once; `<<` merges are done
// (YAML 1.1, type "merge": a key of the mapping itself wins, then the first of several merged ones); aliases become
// copies, each counted, so ten lines cannot become a billion nodes; tags other than YAML's core ones are refused.
// It throws Refused, as the only way to stop yaml-cpp between two events; ParseYaml catches it.
// Thread rule: one document, one thread.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/status.h"
#include "agent/config/node.h"
#include "agent/config/yaml_text.h"

namespace bekci::config {

struct Refused {
  base::Status status;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  // `many`: the file may hold several documents with "---" between them.
  TreeBuilder(const YamlText& text, const YamlLimits& limits, bool many);

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { Close(); }

  // One for each document, at least one.
  std::vector<Node> TakeRoots() { return std::move(roots_); }
  // Where the innermost collection in brackets that is still open began; line 0 when none is.
  Mark OpenBracket() const;

 private:
  // What a node costs once it is copied: the price of an alias.
  struct Weight {
    size_t nodes = 1;
    size_t bytes = 0;
    int height = 0;  // levels of collections in it
  };
  struct Anchored {
    Node node;
    Weight weight;
  };
  struct Frame {
    Node node;
    Weight weight;
    YAML::anchor_t anchor = 0;
    bool flow = false;
    std::optional<Node> key;                    // of a mapping, waiting for its value
    std::unordered_map<std::string, int> keys;  // of a mapping: key -> line
    std::optional<Node> merge;                  // value of `<<`
  };

  [[noreturn]] void Refuse(const Mark& mark, const std::string& message) const;
  [[noreturn]] void RefuseLimit(const Mark& mark, const std::string& message) const;
  Mark MarkAt(const YAML::Mark& mark) const;
  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool flow);
  void Close();
  void Charge(const Weight& weight, const Mark& mark);
  void Place(Node node, Weight weight, YAML::anchor_t anchor);
  void PlaceKey(Frame& frame, Node node);
  void PlaceValue(Frame& frame, Node node);
  void Merge(Frame& frame);
  void MergeFrom(Frame& frame, const Node& source);

  const YamlText& text_;
  const YamlLimits limits_;
  const bool many_;
  std::shared_ptr<const std::string> file_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
  bool started_ = false;
  std::vector<Node> roots_ = std::vector<Node>(1);
};

}  // namespace bekci::config
