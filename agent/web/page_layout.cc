#include "agent/web/page_layout.h"

#include <algorithm>
#include <utility>

namespace bekci::web {
namespace {

bool SameObject(const std::weak_ptr<const model::Schema>& a, const std::weak_ptr<const model::Schema>& b) {
  return !a.owner_before(b) && !b.owner_before(a);
}

// The labels of a series on the page: `extra` where the series says nothing itself.
model::Labels WithExtra(const model::Labels& labels, const model::Labels& extra) {
  return extra.empty() ? labels : extra.With(labels);
}

// Sources that take part in a layout: those whose round has the numbers its schema promises.
bool HasSlots(const PageSource& source) {
  return source.round->schema != nullptr && source.round->values.size() == source.round->schema->slots();
}

}  // namespace

bool LayoutKey::SameAs(const LayoutKey& other) const {
  return general == other.general && as == other.as && extras == other.extras &&
         std::equal(schemas.begin(), schemas.end(), other.schemas.begin(), other.schemas.end(), SameObject);
}

bool LayoutKey::Expired() const {
  return std::any_of(schemas.begin(), schemas.end(), [](const auto& schema) { return schema.expired(); });
}

LayoutKey KeyOf(std::span<const PageSource> sources, const wire::Negotiated& as) {
  LayoutKey key;
  key.as = as;
  key.general = as.format == wire::Format::kProtobuf;
  for (const PageSource& source : sources) {
    key.general = key.general || !source.round->extra.empty();
    if (!HasSlots(source)) continue;
    key.schemas.push_back(source.round->schema);
    key.extras.push_back(source.extra);
  }
  return key;
}

PageLayout::PageLayout(std::span<const PageSource> sources, const LayoutKey& key) {
  std::vector<model::FamilySchema> families;
  std::vector<model::Schema::Arrival> arrivals;
  std::vector<Place> arrived;  // one per number, in the order of arrivals
  for (uint32_t s = 0; s < sources.size(); ++s) {
    if (!HasSlots(sources[s])) continue;
    for (const model::FamilySchema& family : sources[s].round->schema->families()) {
      const auto index = static_cast<uint32_t>(families.size());
      families.push_back({family.name, family.help, family.unit, family.type, {}, family.label_names});
      for (const model::SeriesSchema& series : family.series) {
        arrivals.push_back({index, WithExtra(series.labels, sources[s].extra), series.bounds});
        label_bytes_ += arrivals.back().labels.data().size();
        const size_t count = model::SlotCount(family.type, series.bounds.size());
        for (uint32_t k = 0; k < count; ++k) arrived.push_back({s, series.first_slot + k});
      }
    }
  }
  const std::shared_ptr<const model::Schema> merged =
      model::Schema::Build(std::move(families), std::move(arrivals), &problems_);

  // Sending each number's own position through the schema tells which one ends up where.
  std::vector<double> positions(arrived.size());
  for (size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<double>(i);
  std::vector<double> slots;
  merged->Order(positions.data(), &slots);
  places_.reserve(slots.size());
  for (const double position : slots) places_.push_back(arrived[static_cast<size_t>(position)]);

  if (key.general) {
    schema_ = merged;
  } else {
    text_ = std::make_unique<const wire::TextTemplate>(*merged, key.as);
  }
}

void PageLayout::Gather(std::span<const PageSource> sources, std::vector<double>* values) const {
  std::vector<const double*> from(sources.size());
  for (size_t s = 0; s < sources.size(); ++s) from[s] = sources[s].round->values.data();
  values->clear();
  values->reserve(places_.size());
  for (const Place& place : places_) values->push_back(from[place.source][place.slot]);
}

bool PageLayout::Gzip(std::string_view page, std::span<const wire::TextSpan> numbers, std::string* out) const {
  const wire::GzipTemplate* gzip = gzip_.load(std::memory_order_acquire);
  if (gzip == nullptr) {
    // The count passes the mark in exactly one thread, however many ask at once.
    if (gzip_pages_.fetch_add(1, std::memory_order_relaxed) != kGzipPagesBefore) return false;
    gzip_owned_ = wire::GzipTemplate::Make(page, numbers);
    gzip = gzip_owned_.get();
    gzip_.store(gzip, std::memory_order_release);
  }
  return gzip != nullptr && gzip->Compress(page, numbers, out);
}

size_t PageLayout::size_bytes() const {
  size_t bytes = sizeof(*this) + places_.capacity() * sizeof(Place);
  if (text_) bytes += text_->size_bytes();
  // Names, separators and the schema's bookkeeping come to about 80 bytes per number beside the labels.
  if (schema_) bytes += label_bytes_ + places_.size() * 80;
  if (const wire::GzipTemplate* gzip = gzip_.load(std::memory_order_acquire)) bytes += gzip->size_bytes();
  return bytes;
}

std::shared_ptr<const PageLayout> LayoutCache::Get(std::span<const PageSource> sources, const LayoutKey& key,
                                                   bool* built) {
  *built = false;
  if (auto layout = Find(key)) return layout;
  // Built outside the lock: two scrapers that come first together build it twice, and nobody waits.
  *built = true;
  auto layout = std::make_shared<const PageLayout>(sources, key);
  Insert(key, layout);
  return layout;
}

size_t LayoutCache::size() const {
  base::MutexLock lock(mutex_);
  return entries_.size();
}

std::shared_ptr<const PageLayout> LayoutCache::Find(const LayoutKey& key) {
  base::MutexLock lock(mutex_);
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (!it->key.SameAs(key)) continue;
    entries_.splice(entries_.begin(), entries_, it);
    return entries_.front().layout;
  }
  return nullptr;
}

void LayoutCache::Insert(const LayoutKey& key, std::shared_ptr<const PageLayout> layout) {
  std::list<Entry> gone;  // freed after the lock is released
  base::MutexLock lock(mutex_);
  entries_.push_front({key, std::move(layout)});
  size_t bytes = 0;
  size_t kept = 0;
  for (auto it = entries_.begin(); it != entries_.end();) {
    const auto next = std::next(it);
    const size_t size = it->layout->size_bytes();
    const bool duplicate = kept > 0 && it->key.SameAs(key);
    // The newest always stays: one page larger than the cache must not be built for nothing each time.
    if (kept > 0 && (duplicate || it->key.Expired() || kept >= max_layouts_ || bytes + size > max_bytes_)) {
      gone.splice(gone.end(), entries_, it);
    } else {
      bytes += size;
      ++kept;
    }
    it = next;
  }
}

}  // namespace bekci::web
