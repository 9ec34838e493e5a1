// PageLayout: how the rounds of many instances become one page of unique, sorted families.
//
// A page shows each family once (one HELP, one TYPE) although several instances have it, and each series once. Which
// families and series those are depends only on the schemas of the rounds and the labels added to them, and these are
// the same scrape after scrape. So the merge is done once: the schemas are joined by model::Schema::Build, which sorts,
// drops duplicates and lets the first of two conflicting types win, and what is kept is a text template and, for each
// of its holes, which number of which round goes there. A scrape then copies literals and prints doubles.
//
// A layout that is asked for gzip again and again also gets a compressor of its own, which knows the page but for its
// numbers (wire/gzip_template.h).
//
// Layouts are cached by schemas (held weakly: a schema that is gone takes its layout with it), added labels and format,
// in a bounded cache, least recently used out first.
//
// Thread rule: a PageLayout is immutable but for a hint of its page's length and the compressor it may get, and may be
// used from any thread; so may LayoutCache.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/model/schema.h"
#include "agent/wire/exposition.h"
#include "agent/wire/gzip_template.h"
#include "agent/wire/text_template.h"

namespace bekci::web {

// One contributor to a page.
struct PageSource {
  std::shared_ptr<const model::Round> round;  // not null
  model::Labels extra;                        // put on every series that has no such label of its own
};

// What identifies a layout.
struct LayoutKey {
  std::vector<std::weak_ptr<const model::Schema>> schemas;  // of sources that have one, in order
  std::vector<model::Labels> extras;                        // as long as schemas
  wire::Negotiated as;
  bool general = false;  // for the general writer: protobuf, or families without fixed shape on the page

  bool SameAs(const LayoutKey& other) const;
  bool Expired() const;
};
LayoutKey KeyOf(std::span<const PageSource> sources, const wire::Negotiated& as);

class PageLayout {
 public:
  PageLayout(std::span<const PageSource> sources, const LayoutKey& key);

  // The page's numbers in its order, from those of the sources.
  void Gather(std::span<const PageSource> sources, std::vector<double>* values) const;
  bool general() const { return text_ == nullptr; }                               // for the general writer
  const wire::TextTemplate& text() const { return *text_; }                       // unless general
  const std::shared_ptr<const model::Schema>& schema() const { return schema_; }  // only if general
  const std::vector<std::string>& problems() const { return problems_; }          // what was left out, and why
  size_t size_bytes() const;  // an estimate, for the cache; grows when the compressor is made
  // The page just written, as gzip, into `out`. False when it is to be compressed the general way: on the first pages,
  // for pages with too much text, and while another thread is making the compressor (some 5 ms for 60 KB).
  bool Gzip(std::string_view page, std::span<const wire::TextSpan> numbers, std::string* out) const;
  // Length of the last general page written with it: the next one is about as long.
  std::atomic<size_t>& page_bytes() const { return page_bytes_; }

 private:
  // Making the compressor takes as long as compressing some 40 pages the general way, and a layout that lives for a few
  // scrapes only (of a target whose series come and go) would never earn that back. After 16 pages, 4 minutes at the
  // usual interval, it is likely to stay.
  static constexpr uint32_t kGzipPagesBefore = 16;

  struct Place {
    uint32_t source;
    uint32_t slot;
  };
  std::vector<Place> places_;  // one per number on the page
  std::unique_ptr<const wire::TextTemplate> text_;
  std::shared_ptr<const model::Schema> schema_;
  std::vector<std::string> problems_;
  size_t label_bytes_ = 0;
  mutable std::atomic<size_t> page_bytes_{0};
  mutable std::atomic<uint32_t> gzip_pages_{0};  // asked for
  // Made by the one thread that asked for the page after kGzipPagesBefore; null before, and if it cannot be made.
  mutable std::unique_ptr<const wire::GzipTemplate> gzip_owned_;
  mutable std::atomic<const wire::GzipTemplate*> gzip_{nullptr};  // gzip_owned_, once it is ready
};

class LayoutCache {
 public:
  // A host's page takes about 0.1 MB per text format; 8 MB hold it in every format beside dozens of instance pages. The
  // bound is held whenever a layout comes in; compressors made since then may double it until the next one does.
  explicit LayoutCache(size_t max_layouts = 64, size_t max_bytes = 8 << 20)
      : max_layouts_(max_layouts), max_bytes_(max_bytes) {}

  // The layout for these sources; `built` says whether it had to be made. Never null.
  std::shared_ptr<const PageLayout> Get(std::span<const PageSource> sources, const LayoutKey& key, bool* built);
  size_t size() const;

 private:
  struct Entry {
    LayoutKey key;
    std::shared_ptr<const PageLayout> layout;
  };
  std::shared_ptr<const PageLayout> Find(const LayoutKey& key);
  void Insert(const LayoutKey& key, std::shared_ptr<const PageLayout> layout);

  const size_t max_layouts_;
  const size_t max_bytes_;
  mutable base::Mutex mutex_;
  std::list<Entry> entries_ GUARDED_BY(mutex_);  // most recently used first
};

}  // namespace bekci::web
