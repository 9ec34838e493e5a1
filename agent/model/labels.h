// Labels: a set of name/value pairs, the identity of a series. Immutable, sorted by name, kept in one string, so that a
// label set is one allocation, comparison is memcmp and the bytes themselves can be a map key.
//
// Invariants: names are unique and sorted bytewise; a pair with an empty value is not there (Prometheus: absent and
// empty are the same). The metric name is the label __name__. The idea is Prometheus' stringlabels.
//
// Encoding of data(): for each pair, varint length and bytes of the name, varint length and bytes of the value.
// Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bekci::model {

inline constexpr std::string_view kMetricName = "__name__";

class Labels {
 public:
  using Pair = std::pair<std::string_view, std::string_view>;

  Labels() = default;
  // Pairs in any order; the later of two equal names wins, empty values are dropped.
  Labels(std::initializer_list<Pair> pairs);
  static Labels FromPairs(std::vector<Pair> pairs);
  // What data() of another object gave: the caller vouches for the encoding and the invariants above.
  static Labels FromEncoded(std::string data);

  class Iterator {
   public:
    using value_type = Pair;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { Read(); }
    Pair operator*() const { return pair_; }
    Iterator& operator++() {
      rest_.remove_prefix(size_);
      Read();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return rest_.size() == other.rest_.size(); }

   private:
    void Read();
    std::string_view rest_;
    size_t size_ = 0;
    Pair pair_;
  };
  Iterator begin() const { return Iterator(data_); }
  Iterator end() const { return Iterator(std::string_view()); }

  bool empty() const { return data_.empty(); }
  size_t count() const;
  // The value, or empty when the label is absent.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const { return !Get(name).empty(); }

  // A copy with these pairs added or replaced; an empty value removes the label.
  Labels With(std::initializer_list<Pair> pairs) const;
  Labels With(const Labels& other) const;
  Labels Without(std::string_view name) const { return With({{name, ""}}); }

  uint64_t Hash() const;
  const std::string& data() const { return data_; }

  // {a="b", c="d"} with Go's quoting of values, as Prometheus prints label sets in messages; __name__ in front.
  std::string ToString() const;

  friend bool operator==(const Labels&, const Labels&) = default;
  // The order of Prometheus' labels.Compare: pair by pair, names then values, then the shorter first.
  friend std::strong_ordering operator<=>(const Labels& a, const Labels& b);

 private:
  std::string data_;
};

// Legacy names: [a-zA-Z_][a-zA-Z0-9_]* for labels, with ':' allowed for metrics. Everything else needs quoting.
bool IsLegacyLabelName(std::string_view name);
bool IsLegacyMetricName(std::string_view name);

}  // namespace bekci::model

template <>
struct std::hash<bekci::model::Labels> {
  size_t operator()(const bekci::model::Labels& labels) const noexcept { return labels.Hash(); }
};
