// Which format a scraper gets. The rules are client_golang's: the first acceptable item in order of preference whose
// type and version we write wins, anything else is text 0.0.4. Two points are ours: a wildcard stands for text at its
// own place in the order (client_golang passes over it), and `escaping=allow-utf-8` counts only beside a version that
// has quoted names, since a reader of 0.0.4 would refuse the whole page.
#include <optional>

#include "agent/base/text.h"
#include "agent/wire/accept_list.h"
#include "agent/wire/exposition.h"

namespace bekci::wire {
namespace {

constexpr std::string_view kProtobufType = "application/vnd.google.protobuf";
constexpr std::string_view kProtobufMessage = "io.prometheus.client.MetricFamily";
constexpr std::string_view kOpenMetricsType = "application/openmetrics-text";

std::string_view EscapingWord(Escaping escaping) {
  switch (escaping) {
    case Escaping::kUnderscores:
      return "underscores";
    case Escaping::kDots:
      return "dots";
    case Escaping::kValues:
      return "values";
    case Escaping::kAllowUtf8:
      return "allow-utf-8";
  }
  return "underscores";
}

// An unknown scheme is ignored, as client_golang does.
Escaping EscapingOf(const AcceptItem& item) {
  for (const Escaping escaping : {Escaping::kDots, Escaping::kValues, Escaping::kAllowUtf8}) {
    if (item.Param("escaping") == EscapingWord(escaping)) return escaping;
  }
  return Escaping::kUnderscores;
}

std::optional<Negotiated> Match(const AcceptItem& item) {
  Negotiated as;
  as.escaping = EscapingOf(item);
  const std::string_view version = item.Param("version");
  if (item.name == kProtobufType) {
    if (item.Param("proto") != kProtobufMessage || item.Param("encoding") != "delimited") return std::nullopt;
    as.format = Format::kProtobuf;
    as.version.clear();
    return as;
  }
  if (item.name == kOpenMetricsType && (version.empty() || version == "0.0.1" || version == "1.0.0")) {
    as.format = Format::kOpenMetrics;
    as.version = version == "1.0.0" ? "1.0.0" : "0.0.1";
  } else if (item.name == "text/plain" && (version.empty() || version == "0.0.4" || version == "1.0.0")) {
    as.version = version == "1.0.0" ? "1.0.0" : "0.0.4";
  } else if (item.name != "text/*" && item.name != "*/*" && item.name != "*") {
    return std::nullopt;
  }
  if (as.escaping == Escaping::kAllowUtf8 && as.version != "1.0.0") as.escaping = Escaping::kUnderscores;
  return as;
}

}  // namespace

Negotiated Negotiate(std::string_view accept) {
  for (const AcceptItem& item : ParseAcceptList(accept)) {
    if (item.q <= 0) break;
    if (auto as = Match(item)) return *std::move(as);
  }
  return {};
}

std::string Negotiated::ContentType() const {
  std::string type;
  switch (format) {
    case Format::kText:
      type = "text/plain; version=" + version + "; charset=utf-8";
      break;
    case Format::kOpenMetrics:
      type.append(kOpenMetricsType).append("; version=").append(version).append("; charset=utf-8");
      break;
    case Format::kProtobuf:
      type.append(kProtobufType).append("; proto=").append(kProtobufMessage).append("; encoding=delimited");
      break;
  }
  return type.append("; escaping=").append(EscapingWord(escaping));
}

}  // namespace bekci::wire
