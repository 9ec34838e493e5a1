// ExpositionPage: rounds in, a page of /metrics out, in the format a scraper asked for.
//
// Numbers go through a cached PageLayout. Families without a fixed shape (native histograms, exemplars, timestamps) and
// the protobuf format go through the general writer. What cannot stand on one page (a family name with two types, a
// series twice) is left out, counted, and logged once.
//
// Thread rule: Write may be called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "agent/base/log.h"
#include "agent/web/page_layout.h"
#include "agent/wire/compression.h"

namespace bekci::web {

class ExpositionPage {
 public:
  explicit ExpositionPage(base::Logger& log) : log_(log) {}

  // The whole page, sorted by family name. The first source wins a conflict.
  std::string Write(std::span<const PageSource> sources, const wire::Negotiated& as);

  struct Encoded {
    std::string body;
    wire::ContentEncoding encoding = wire::ContentEncoding::kIdentity;  // what it has: small pages stay as they are
    size_t page_bytes = 0;                                              // before encoding
  };
  // The same, encoded as asked where that saves something.
  Encoded WriteEncoded(std::span<const PageSource> sources, const wire::Negotiated& as, wire::ContentEncoding encoding);

  // Families and series left out of pages so far, each counted for each page it was left out of.
  uint64_t left_out() const { return left_out_.load(std::memory_order_relaxed); }
  // Layouts built so far: one per change of schema and format; more means the cache is too small.
  uint64_t layouts_built() const { return layouts_built_.load(std::memory_order_relaxed); }

 private:
  // The page and the layout it was made with; `numbers`, if not null, gets where the numbers of a text page stand.
  std::shared_ptr<const PageLayout> WriteTo(std::string* page, std::vector<wire::TextSpan>* numbers,
                                            std::span<const PageSource> sources, const wire::Negotiated& as);
  void WriteGeneral(const PageLayout& layout, std::vector<double> values, std::span<const PageSource> sources,
                    const wire::Negotiated& as, std::string* page);
  // Adds the extra families of the sources to `families` (sorted by name), leaving out what conflicts.
  void MergeExtra(std::span<const PageSource> sources, std::vector<model::MetricFamily>* families);
  void LeaveOut(const std::string& problem);

  base::Logger& log_;
  LayoutCache layouts_;
  std::atomic<uint64_t> left_out_{0};
  std::atomic<uint64_t> layouts_built_{0};
  base::Mutex mutex_;
  std::set<std::string> logged_ GUARDED_BY(mutex_);  // bounded
};

}  // namespace bekci::web
