#include <doctest/doctest.h>

#include "agent/wire/compression.h"
#include "agent/wire/exposition.h"

namespace bekci::wire::negotiation_test {
namespace {

constexpr const char* kText004 = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
constexpr const char* kText100 = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
constexpr const char* kOpen001 = "application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=underscores";
constexpr const char* kOpen100 = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
constexpr const char* kOpen100Utf8 = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
constexpr const char* kProto =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; "
    "escaping=underscores";
constexpr const char* kProtoUtf8 =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; "
    "escaping=allow-utf-8";

}  // namespace

TEST_CASE("each scraper gets the format it asks for") {
  struct Row {
    int line;
    const char* accept;
    const char* content_type;
  };
  const Row rows[] = {
      {__LINE__, "", kText004},
      {__LINE__, "*/*", kText004},  // curl
      // Prometheus 2.42, then with native-histograms
      {__LINE__,
       "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       kOpen100},
      {__LINE__,
       "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
       "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       kProto},
      // Prometheus 2.5x
      {__LINE__,
       "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
       "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       kOpen100},
      // Prometheus 3, default; with scrape_protocols [PrometheusProto ...]; with text first; with escaping legacy
      {__LINE__,
       "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
       "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
       "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       kOpen100Utf8},
      {__LINE__,
       "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
       "escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.2",
       kProtoUtf8},
      {__LINE__, "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2",
       kText100},
      {__LINE__, "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,*/*;q=0.2", kOpen100},
      // VictoriaMetrics' vmagent
      {__LINE__, "text/plain;version=0.0.4;q=1,*/*;q=0.1", kText004},
      // Firefox, Chrome
      {__LINE__, "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", kText004},
      {__LINE__,
       "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,image/apng,*/*;q=0.8,"
       "application/signed-exchange;v=b3;q=0.7",
       kText004},
      {__LINE__, "application/openmetrics-text", kOpen001},
      {__LINE__, "Application/OpenMetrics-Text; Version=1.0.0", kOpen100},
      {__LINE__, "application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", kOpen100},
      {__LINE__, "application/openmetrics-text;version=2.0.0,text/plain;q=0.1", kText004},
      {__LINE__, "text/plain;q=0.2,application/openmetrics-text;version=1.0.0;q=0.3", kOpen100},
      {__LINE__, "application/openmetrics-text;version=1.0.0;q=0,text/plain;q=0.1", kText004},
      {__LINE__, "application/openmetrics-text;version=1.0.0;q=0", kText004},
      {__LINE__, "*/*,application/openmetrics-text;version=1.0.0", kOpen100},
      {__LINE__, "text/plain;version=0.0.4;escaping=allow-utf-8", kText004},
      {__LINE__, "text/plain;version=0.0.4;escaping=rot13", kText004},
      {__LINE__, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", kText004},
      {__LINE__, "application/vnd.google.protobuf", kText004},
      {__LINE__, "application/json", kText004},
      {__LINE__, ";;;,,,q=1;\"", kText004},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(Negotiate(row.accept).ContentType() == row.content_type);
  }
  CHECK(Negotiate("text/plain;version=0.0.4;escaping=dots").escaping == Escaping::kDots);
  CHECK(Negotiate("text/plain;escaping=values").escaping == Escaping::kValues);
}

TEST_CASE("the encoding is the best that Accept-Encoding allows") {
  struct Row {
    int line;
    const char* accept;
    const char* encoding;
  };
  const Row rows[] = {
      {__LINE__, "", ""},
      {__LINE__, "gzip", "gzip"},  // Prometheus, VictoriaMetrics
      {__LINE__, "gzip, deflate, br, zstd", "zstd"},
      {__LINE__, "gzip, deflate, br", "gzip"},
      {__LINE__, "zstd;q=0.5, gzip", "gzip"},
      {__LINE__, "GZIP;q=0.1", "gzip"},
      {__LINE__, "x-gzip", "gzip"},
      {__LINE__, "gzip;q=0", ""},
      {__LINE__, "*;q=0.1, zstd;q=0", "gzip"},
      {__LINE__, "identity, gzip;q=0.5", ""},
      {__LINE__, "identity;q=0.5, gzip", "gzip"},
      {__LINE__, "br", ""},
      {__LINE__, "*;q=0", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(ContentEncodingName(NegotiateEncoding(row.accept)) == row.encoding);
  }
}

TEST_CASE("of two encodings that the client likes equally the server's preference wins, and no other") {
  constexpr ContentEncoding kGzip = ContentEncoding::kGzip, kZstd = ContentEncoding::kZstd;
  const struct {
    const char* accept;
    ContentEncoding preferred, expected;
  } rows[] = {{"gzip, zstd", kGzip, kGzip},
              {"gzip, zstd", kZstd, kZstd},
              {"*", kGzip, kGzip},
              {"*", kZstd, kZstd},
              {"gzip;q=0.9, zstd", kGzip, kZstd},
              {"gzip, zstd;q=0.9", kZstd, kGzip},
              {"zstd", kGzip, kZstd},
              {"gzip", kZstd, kGzip},
              {"", kGzip, ContentEncoding::kIdentity}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.accept));
    CHECK(NegotiateEncoding(row.accept, row.preferred) == row.expected);
  }
}

}  // namespace bekci::wire::negotiation_test
