// FamilyAssembler: sample lines and metadata lines into families.
//
// A family of the model is a name with the type that was declared when its samples came. A sample belongs to the family
// of the metadata above it if its name and labels fit that type; else to one declared earlier under its name, or under
// its name without the last suffix; else it is an untyped family of its own. So everything a server of Prometheus takes
// finds a place: samples before their TYPE, a histogram's bucket without le, a counter without _total, two types of one
// name. Written again, each family stands under its own TYPE line and reads back the same.
//
// Histograms and summaries are gathered by labels and timestamp through a hash, so interleaved series cost linear time.
// Families come out in the order of their first samples; those without samples are dropped.
// Thread rule: one assembler per thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/metric_family.h"
#include "agent/wire/metadata_line.h"
#include "agent/wire/sample_scanner.h"

namespace bekci::wire {

class FamilyAssembler {
 public:
  explicit FamilyAssembler(Dialect dialect);
  ~FamilyAssembler();

  // Metadata. The last word on a name's help and unit counts; a type counts for the samples that follow.
  void SetHelp(std::string_view name, std::string help) { Declare(name).help = std::move(help); }
  void SetUnit(std::string_view name, std::string unit) { Declare(name).unit = std::move(unit); }
  void SetType(std::string_view name, model::MetricType type) { Declare(name).type = type; }

  // What a metadata line says of these; other lines are nothing. Its text is taken out of `line`.
  void Take(MetadataLine& line);

  void Add(const SampleLine& sample);

  // All families; the assembler is empty afterwards.
  std::vector<model::MetricFamily> Finish();

 private:
  enum class Role : unsigned char { kValue, kBucket, kQuantile, kSum, kCount, kCreated };
  struct Rule;
  static const Rule kRules[];

  struct Declared {
    std::string name;
    std::string help;
    std::string unit;
    std::optional<model::MetricType> type;
  };
  struct Building;
  struct Place {
    Building* family = nullptr;
    Role role = Role::kValue;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename Value>
  using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

  // What the labels and the value of a sample say about the roles it can have.
  struct Traits {
    bool le = false, good_le = false;
    bool quantile = false, good_quantile = false;
    friend bool operator==(const Traits&, const Traits&) = default;
  };
  static Traits TraitsOf(const SampleLine& sample);

  Declared& Declare(std::string_view name);
  Place Find(const SampleLine& sample, const Traits& traits);
  bool Fits(const Declared& declared, const SampleLine& sample, const Traits& traits, Place* place);
  Building* FamilyOf(const Declared& declared, std::string_view suffix, model::MetricType type);
  static model::Labels MetricLabels(const SampleLine& sample, Role role, double* bound);
  static bool AddExemplar(const SampleLine& sample, model::Metric* metric);
  static void AddPart(const SampleLine& sample, Place place);

  const Dialect dialect_;
  std::vector<std::unique_ptr<Declared>> declared_;
  TextMap<Declared*> by_name_;
  Declared* context_ = nullptr;
  std::vector<std::unique_ptr<Building>> families_;
  TextMap<Building*> by_name_and_type_;

  // The last answer of Find: most samples follow one of the same name.
  std::string last_name_;
  Traits last_traits_;
  Place last_place_;
};

}  // namespace bekci::wire
