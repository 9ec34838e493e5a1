#include "agent/collect/scrape_request.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/targets.h"
#include "agent/net/http.h"
#include "agent/wire/compression.h"

namespace bekci::collect {
namespace {

// What a kept buffer may hold beyond the page at hand, so that one large page is not paid for ever.
constexpr size_t kMaxSlack = 4;
constexpr uint64_t kLeastUnpacked = 64 << 10;

// What a gzip says it unpacks to (RFC 1952, ISIZE), as far as that is believable.
uint64_t SaidSize(std::string_view packed) {
  uint64_t said = 0;
  for (size_t i = 0; i < 4 && packed.size() >= 4; ++i) {
    said |= uint64_t{static_cast<uint8_t>(packed[packed.size() - 4 + i])} << (8 * i);
  }
  return std::min<uint64_t>(said, 32 * packed.size());
}

std::string StatusText(const net::HttpAnswer& answer) {
  const std::string reason = answer.reason.empty() ? std::string(net::ReasonPhrase(answer.status)) : answer.reason;
  return "server returned HTTP status " + std::to_string(answer.status) + " " + reason;
}

}  // namespace

ScrapeRequest::ScrapeRequest(const ScrapeOptions& options, net::Url url, std::string timeout_text, base::FileSystem& fs,
                             const base::Clock& clock, base::ByteBudget* budget)
    : options_(options),
      url_(std::move(url)),
      body_limit_(options.body_size_limit == 0 ? kDefaultBodyLimit : options.body_size_limit),
      fields_{{"User-Agent", "bekci"}, {"Accept", options.accept}},
      fetcher_(options.http.fetcher, clock),
      secrets_(options.http, fs, clock),
      charge_(budget) {
  if (options.compressed) fields_.emplace_back("Accept-Encoding", "gzip");
  fields_.emplace_back("X-Prometheus-Scrape-Timeout-Seconds", std::move(timeout_text));
  fields_.insert(fields_.end(), options.http.headers.begin(), options.http.headers.end());
}

base::Status ScrapeRequest::TooLarge(int64_t* body_bytes) const {
  *body_bytes = -1;
  return base::LimitReached("body size limit exceeded: the page has more than " + base::SizeText(body_limit_) +
                            " (body_size_limit)");
}

base::Result<wire::Format> ScrapeRequest::FormatOf(std::string_view content_type) const {
  const std::string media_type = base::ToLower(base::Trim(content_type.substr(0, content_type.find(';'))));
  if (media_type == "text/plain") return wire::Format::kText;
  if (media_type == "application/openmetrics-text") return wire::Format::kOpenMetrics;
  if (media_type == "application/vnd.google.protobuf") return wire::Format::kProtobuf;
  if (options_.fallback) return *options_.fallback;
  return base::Invalid((media_type.empty()
                            ? "the target sends no Content-Type"
                            : "the target sends Content-Type " + base::Quoted(content_type.substr(0, 100))) +
                       " and no fallback_scrape_protocol says how to read it");
}

base::Status ScrapeRequest::NoRoom(int64_t* body_bytes) const {
  *body_bytes = kNoRoomForBody;
  return base::LimitReached("no room for the page: pages being scraped hold the " +
                            base::SizeText(charge_.budget()->limit()) + " they may together (worker.scrape_memory)");
}

// A target may say how long its page is unpacked, and may lie: room is taken for what it says, then for twice that, and
// so on. An honest page is unpacked once.
base::Result<std::string> ScrapeRequest::Unpack(std::string_view packed, int64_t* body_bytes) {
  const uint64_t held = charge_.held();
  uint64_t room = std::min(std::max(SaidSize(packed), kLeastUnpacked), body_limit_);
  for (;; room = std::min(2 * room, body_limit_)) {
    if (!charge_.Set(held + room)) return NoRoom(body_bytes);
    auto unpacked = wire::Decompress(wire::ContentEncoding::kGzip, packed, room);
    if (unpacked.ok() || unpacked.status().code() != base::Code::kLimit) {
      return std::move(unpacked).WithContext("gzip");
    }
    if (room >= body_limit_) return TooLarge(body_bytes);
  }
}

base::Result<ScrapeRequest::Page> ScrapeRequest::Ask(base::MonotonicTime deadline, int64_t* body_bytes) {
  auto page = Receive(deadline, body_bytes);
  charge_.Set(page.ok() ? page->body.capacity() : 0);
  return page;
}

base::Result<ScrapeRequest::Page> ScrapeRequest::Receive(base::MonotonicTime deadline, int64_t* body_bytes) {
  net::HttpFetcher::Request request;
  request.fields = fields_;
  ASSIGN_OR_RETURN(request.secrets, secrets_.Fields(deadline));
  request.max_body_bytes = body_limit_;
  request.buffer = std::move(buffer_);
  request.charge = &charge_;
  auto answer = fetcher_.Ask(url_, std::move(request), deadline);
  if (!answer.ok() && charge_.refused()) return NoRoom(body_bytes);
  if (!answer.ok() && answer.status().code() == base::Code::kLimit &&
      answer.status().message().find("bytes") != std::string::npos) {
    return TooLarge(body_bytes);
  }
  if (!answer.ok()) return std::move(answer).status();
  if (answer->status != 200) return base::Invalid(StatusText(*answer));
  Page page;
  ASSIGN_OR_RETURN(page.format, FormatOf(answer->Field("content-type")));
  page.body = std::move(answer->body);
  const std::string encoding = base::ToLower(answer->Field("content-encoding"));
  if (encoding == "gzip") {
    ASSIGN_OR_RETURN(page.body, Unpack(page.body, body_bytes));
  } else if (!encoding.empty() && encoding != "identity") {
    return base::Invalid("the target sends Content-Encoding " + base::Quoted(encoding.substr(0, 40)) +
                         ", which it was not asked for");
  }
  *body_bytes = static_cast<int64_t>(page.body.size());
  if (page.body.capacity() > kMaxSlack * page.body.size() + (64 << 10)) page.body.shrink_to_fit();
  return page;
}

}  // namespace bekci::collect
