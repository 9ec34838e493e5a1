// TextTemplate: a schema's families as literal text with holes for the numbers.
//
// Names and labels of a schema never change, so escaping and joining them is done once; a scrape then copies literals
// and prints doubles. The literals are made by the same writer that writes general families (text_writer), run against
// an output that records a hole where the other would print: there is one description of the format, not two.
//
// Thread rule: immutable after construction, shared between scrapes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/schema.h"
#include "agent/wire/exposition.h"
#include "agent/wire/text_span.h"

namespace bekci::wire {

class TextTemplate {
 public:
  // `extra` labels go on every series (the page's `instance` label); a series that has such a label keeps its own.
  // `as` must be a text format. The schema is not kept.
  TextTemplate(const model::Schema& schema, const Negotiated& as, const model::Labels& extra = {});

  // The whole page, trailer included, into `page` (replaced). `values` are the round's slots. `numbers`, if not null,
  // gets where each number stands: always as many, in the same order, with the same text between them.
  void Write(const std::vector<double>& values, std::string* page, std::vector<TextSpan>* numbers = nullptr) const;

  size_t size_bytes() const { return sizeof *this + literals_.capacity() + holes_.capacity() * sizeof(Hole); }

 private:
  struct Hole {
    uint32_t literal_end;  // the text before the number, from the hole before it on
    uint32_t slot;
  };
  std::string literals_;
  std::vector<Hole> holes_;
};

}  // namespace bekci::wire
