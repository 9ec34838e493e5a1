// ReaderLimit: reads that can be much work, of which only so many run at once; further ones are refused as Alertmanager
// refuses them, so that handler threads are left for posts, scrapes and links that acknowledge.
//
// One limit is shared by all who read what the Notifier guards: each alone would leave no thread, together they would.
//
// Source: Alertmanager 0.34, api (its words). Thread rule: any thread; it outlives the handlers it made.
#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "agent/net/http.h"
#include "agent/web/route.h"

namespace bekci::web {

inline constexpr int kMaxReaders = 4;  // half of the handler threads that there are by default

class ReaderLimit {
 public:
  // Calls `read`, or answers 503 where kMaxReaders are being called.
  template <typename Read>
  net::HttpResponse Try(const Read& read) {
    struct Turn {
      std::atomic<int>& readers;
      const bool taken = readers.fetch_add(1, std::memory_order_relaxed) < kMaxReaders;
      ~Turn() { readers.fetch_sub(1, std::memory_order_relaxed); }
    };
    const Turn turn{readers_};
    if (turn.taken) return read();
    return TextAnswer(
        503, "Limit of concurrent GET requests reached (" + std::to_string(kMaxReaders) + "), try again later.");
  }

  // The same row whose reads (GET and HEAD) are limited; what it is posted is not.
  Route Limited(Route route) {
    route.handle = [this, handle = std::move(route.handle)](const net::HttpRequest& request) {
      const bool reads = request.method == "GET" || request.method == "HEAD";
      return reads ? Try([&] { return handle(request); }) : handle(request);
    };
    return route;
  }

 private:
  std::atomic<int> readers_ = 0;
};

}  // namespace bekci::web
