// For tests of the media: a vendor that answers as it is told and remembers what it was asked, words without templates,
// and configurations from YAML.
//
// Thread rule: a Vendor is asked by the server's threads; everything else belongs to the test.
#pragma once

#include <doctest/doctest.h>
#include <memory>

#include <functional>
#include <string>
#include <vector>

#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "agent/net/server.h"
#include "agent/notify/receivers/make_integration.h"

namespace bekci::notify::receivers {

// "{{ x }}" in a text becomes what `words` say of x, so a test sees where which text ends up.
class TestTexts : public message::Texts {
 public:
  base::Result<std::string> Expand(const std::string& text, const message::Notification& notification) const override;
  base::Result<std::string> ExpandHtml(const std::string& text,
                                       const message::Notification& notification) const override;
  std::string WebhookBody(const message::Notification& notification, uint64_t max_alerts,
                          bool with_escalation) const override;
  base::Result<std::string> CustomPayload(const config::Node& payload,
                                          const message::Notification& notification) const override;

  std::vector<std::pair<std::string, std::string>> words;
};

struct Answer {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// An HTTP server on the loopback interface.
class Vendor {
 public:
  explicit Vendor(const net::TlsOptions& tls = {});

  // What is answered next, in this order; then 200 with nothing for ever.
  void Says(std::vector<Answer> answers);
  std::string url() const;  // "http://127.0.0.1:1234"
  std::vector<net::HttpRequest> Asked() const;
  net::HttpRequest Last() const;

 private:
  net::HttpResponse Handle(const net::HttpRequest& request);

  base::CaptureLogger log_;
  mutable base::Mutex mutex_;
  std::vector<Answer> answers_ GUARDED_BY(mutex_);
  std::vector<net::HttpRequest> asked_ GUARDED_BY(mutex_);
  const bool tls_;
  std::unique_ptr<net::Server> server_;
};

struct TestParts {
  TestParts();
  base::RealClock clock;
  base::MemoryFileSystem fs;
  base::SeededRandom random{7};
  TestTexts texts;
  Parts parts;
};

// An entry of `kind`'s list as it stands in a file, checked against the keys of alertmanager-semantics.md section 1.5
// (or against our own tables).
routing::IntegrationConfig ConfigOf(std::string_view kind, const std::string& yaml);
std::unique_ptr<Integration> MakeOf(std::string_view kind, const std::string& yaml, const Parts& parts);

// One alert {alertname="A", severity="page"}; group key {}:{alertname="A"}.
message::Notification Firing();
message::Notification Resolved();
// The same from level L2 of an incident, with a link to acknowledge.
message::Notification OfLevel();
inline constexpr const char* kAckUrl = "https://bekci.example.test/e/01JD?a=ack&l=L2&s=sig";

Delivery DeliverNow(Integration& integration, const message::Notification& notification,
                    base::Duration within = base::seconds(10));

}  // namespace bekci::notify::receivers
