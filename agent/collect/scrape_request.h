// ScrapeRequest: asks a target for its page, and says what the answer is.
//
// Secrets are read from their files at every scrape, so that a renewed token counts at once, and stand in no message.
// The body is bounded as it comes and again as it is unpacked; time is bounded by the deadline alone, whatever the
// pace. All pages being scraped have a bound together too (worker.scrape_memory): each holds what its body and its
// unpacked form take until it is read. Without room a scrape fails at once rather than waits: the next one is soon, and
// waiting would keep the threads from targets whose pages are small.
//
// Source: Prometheus, scrape (targetScraper) and its content negotiation. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/client/http_secrets.h"
#include "agent/collect/scrape_options.h"
#include "agent/net/http_fetcher.h"
#include "agent/wire/exposition.h"

namespace bekci::collect {

// Of a page for which body_size_limit says nothing.
inline constexpr uint64_t kDefaultBodyLimit = 16 << 20;

class ScrapeRequest {
 public:
  // `timeout_text`: seconds, for the header that tells the target. fs and clock outlive it.
  ScrapeRequest(const ScrapeOptions& options, net::Url url, std::string timeout_text, base::FileSystem& fs,
                const base::Clock& clock, base::ByteBudget* budget);

  struct Page {
    wire::Format format = wire::Format::kText;
    std::string body;
  };
  // `*body_bytes` as ScrapeCounts has it. Errors: those of the connection; denied or not_found (a secret's file);
  // limit (of the page, or no room beside others); invalid (a status other than 200, a Content-Type that no parser
  // knows).
  base::Result<Page> Ask(base::MonotonicTime deadline, int64_t* body_bytes);
  // Gives a page's memory back for the next.
  void Recycle(Page page) {
    buffer_ = std::move(page.body);
    charge_.Set(0);
  }

 private:
  base::Result<wire::Format> FormatOf(std::string_view content_type) const;
  base::Result<Page> Receive(base::MonotonicTime deadline, int64_t* body_bytes);
  base::Result<std::string> Unpack(std::string_view packed, int64_t* body_bytes);
  base::Status TooLarge(int64_t* body_bytes) const;
  base::Status NoRoom(int64_t* body_bytes) const;

  const ScrapeOptions& options_;  // its owner's, who owns this too
  const net::Url url_;
  const uint64_t body_limit_;
  net::HttpFetcher::Fields fields_;
  net::HttpFetcher fetcher_;
  client::HttpSecrets secrets_;
  std::string buffer_;
  base::ByteCharge charge_;  // for the page under way
};

}  // namespace bekci::collect
