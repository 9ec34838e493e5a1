// Exposition: which format a scraper wants, and families written in it.
//
// Formats: Prometheus text 0.0.4 (and 1.0.0, the same with UTF-8 names in quotes), OpenMetrics 1.0.0, and the protobuf
// format (delimited io.prometheus.client.MetricFamily). Names outside the legacy character set are escaped as the
// scraper asked (`escaping=` in Accept) or quoted where the format and the scraper allow UTF-8. Source: the Prometheus
// exposition formats and content negotiation documents, the OpenMetrics 1.0 specification. Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/model/metric_family.h"

namespace bekci::wire {

enum class Format : unsigned char { kText, kOpenMetrics, kProtobuf };
enum class Escaping : unsigned char { kUnderscores, kDots, kValues, kAllowUtf8 };

struct Negotiated {
  Format format = Format::kText;
  Escaping escaping = Escaping::kUnderscores;
  // For the answer's Content-Type, e.g. "text/plain; version=0.0.4; charset=utf-8; escaping=underscores".
  std::string ContentType() const;
  // Version in ContentType and whether quoted UTF-8 names may be written.
  std::string version = "0.0.4";
  friend bool operator==(const Negotiated&, const Negotiated&) = default;
};

// From an Accept header (may be empty): q-values, version=, escaping=, wildcards. Never fails: the fallback is text
// 0.0.4.
Negotiated Negotiate(std::string_view accept);

// Appends families in the format; OpenMetrics gets its "# EOF". Families should be sorted and unique by name.
void WriteExposition(std::span<const model::MetricFamily> families, const Negotiated& as, std::string* out);
// "# EOF\n" for OpenMetrics, nothing else: for callers that write a page in pieces.
void WriteTrailer(const Negotiated& as, std::string* out);

// Name escaping of the Prometheus escaping schemes, and back (values scheme only).
std::string EscapeName(std::string_view name, Escaping scheme, bool is_metric_name);
std::string UnescapeName(std::string_view name, Escaping scheme);

// --- reading ---

struct ParseOptions {
  size_t max_series = 1'000'000;
  size_t max_label_bytes = 1 << 20;  // of one series
};
// Whole documents into families, in order of appearance; points of one family that are not contiguous are gathered.
// Errors: invalid, "line 12: ..." with what was expected; limit.
base::Result<std::vector<model::MetricFamily>> ParseText(std::string_view text, const ParseOptions& options = {});
base::Result<std::vector<model::MetricFamily>> ParseOpenMetrics(std::string_view text,
                                                                const ParseOptions& options = {});
base::Result<std::vector<model::MetricFamily>> ParseProtobuf(std::string_view bytes, const ParseOptions& options = {});

}  // namespace bekci::wire
