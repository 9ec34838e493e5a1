// What the files of Grammar share: the scopes that follow its recursion.
//
// Thread rule: that of Grammar.
#pragma once

#include "agent/promql/grammar.h"

namespace bekci::promql {

// The context of "unexpected ..." while a rule is read.
class Grammar::ContextScope {
 public:
  ContextScope(Grammar* grammar, Context context) : grammar_(grammar), outer_(grammar->context_) {
    grammar_->context_ = context;
  }
  ~ContextScope() { grammar_->context_ = outer_; }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  Grammar* grammar_;
  Context outer_;
};

// Counts how deep the parser's own recursion is.
class Grammar::Depth {
 public:
  explicit Depth(Grammar* grammar) : grammar_(grammar) { ++grammar_->depth_; }
  ~Depth() { --grammar_->depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  bool exceeded() const { return grammar_->depth_ > kMaxDepth; }

 private:
  Grammar* grammar_;
};

}  // namespace bekci::promql
