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
#include <string_view>
#include <vector>

#include "agent/model/schema.h"
#include "agent/wire/exposition.h"

namespace bekci::wire {

class TextTemplate {
 public:
  // `extra` labels go on every series (the page's `instance` label); a series that has such a label keeps its own.
  // `as` must be a text format. The schema is not kept.
  TextTemplate(const model::Schema& schema, const Negotiated& as, const model::Labels& extra = {});

  struct Family {
    std::string_view name;  // unescaped
    model::MetricType type;
  };
  size_t families() const { return families_.size(); }
  Family family(size_t i) const;
  // "# HELP ...\n# TYPE ...\n" of family i.
  void AppendHeader(size_t i, std::string* out) const;
  // All series of family i with their numbers; `values` are the round's slots.
  void AppendSeries(size_t i, const std::vector<double>& values, std::string* out) const;

 private:
  struct Entry {
    std::string name;
    model::MetricType type;
    uint32_t header_begin, header_end;  // into literals_
    uint32_t first_hole, holes;
    uint32_t tail_begin, tail_end;  // literal after the last hole
  };
  struct Hole {
    uint32_t literal_begin, literal_end;  // text before the number
    uint32_t slot;
  };
  std::string literals_;
  std::vector<Entry> families_;
  std::vector<Hole> holes_;
};

}  // namespace bekci::wire
