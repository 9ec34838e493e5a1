// Owner of the civetweb context: options, token, request assembly, answer writing. See civetweb_server.h.
//
// Measured of Debian's 1.15 and worked around here: it would answer CORS preflights itself with "*" (switched off), it
// decodes the URI in place (switched off, the raw one is ours to read), Nagle delays the second write of an answer
// (tcp_nodelay), and mg_stop sleeps until its accept loop's poll of 2 s ends (it is woken by connections).
#include "agent/net/civetweb_server.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <ctime>
#include <thread>

#include "agent/base/text.h"
#include "agent/net/answer.h"
#include "agent/net/handler_threads.h"
#include "agent/net/request_head.h"
#include "agent/net/upstream_head.h"

namespace bekci::net {
namespace {

std::string RandomToken() {
  unsigned char bytes[16];
  size_t have = 0;
  while (have < sizeof(bytes)) {
    const ssize_t got = getrandom(bytes + have, sizeof(bytes) - have, 0);
    if (got > 0) have += static_cast<size_t>(got);
  }
  std::string token;
  for (const unsigned char byte : bytes) {
    token.push_back("0123456789abcdef"[byte >> 4]);
    token.push_back("0123456789abcdef"[byte & 15]);
  }
  return token;
}

// An address out of 127.0.0.0/8 that nobody else would use by accident: neither 127.0.x.y nor the broadcast one.
uint32_t RandomLoopback() {
  uint32_t random = 0;
  while (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
  }
  return 0x7f000000u | (1 + random % 0xfeu) << 16 | (1 + (random >> 8) % 0xfeu) << 8 | (1 + (random >> 16) % 0xfeu);
}

std::string AddressText(uint32_t address) {
  char text[INET_ADDRSTRLEN] = "";
  const in_addr in{htonl(address)};
  inet_ntop(AF_INET, &in, text, sizeof(text));
  return text;
}

// Whether this kernel lets us use the address: some sandboxes give the loopback device 127.0.0.1 alone.
bool CanBind(uint32_t address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(address);
  const bool good = bind(fd, reinterpret_cast<const sockaddr*>(&in), sizeof(in)) == 0;
  close(fd);
  return good;
}

class CivetwebServerImpl final : public CivetwebServer {
 public:
  CivetwebServerImpl(const CivetwebOptions& options, Handler handler, base::Logger& log)
      : options_(options), log_(log), handlers_(std::move(handler), log) {
    gate_address_ = RandomLoopback();
    if (!CanBind(gate_address_)) gate_address_ = INADDR_LOOPBACK;
  }
  ~CivetwebServerImpl() override { Stop(); }

  base::Status Start();
  uint16_t port() const override { return port_; }
  const std::string& token() const override { return token_; }
  uint32_t gate_address() const override { return gate_address_; }

 private:
  static int OnRequest(mg_connection* connection, void* self);
  static int OnLogMessage(const mg_connection* connection, const char* message);
  int Serve(mg_connection* connection);
  bool IsFromGate(mg_connection* connection) const;
  int ReadRequest(mg_connection* connection, HttpRequest* request) const;
  int ReadBody(mg_connection* connection, int64_t length, std::string* body) const;
  void WriteAnswer(mg_connection* connection, const HttpResponse& response, bool head_only) const;
  std::string AnswerHeadText(const HttpResponse& response) const;
  void Stop();
  void WakeAcceptLoop() const;

  const CivetwebOptions options_;
  base::Logger& log_;
  HandlerThreads handlers_;
  const std::string token_ = RandomToken();
  uint32_t gate_address_ = 0;
  uint16_t port_ = 0;
  mg_context* context_ = nullptr;
  std::atomic<bool> stopping_{false};
  base::RealClock clock_;
};

base::Status CivetwebServerImpl::Start() {
  RETURN_IF_ERROR(handlers_.Start(options_.threads));
  const std::string threads = std::to_string(options_.threads);
  const std::string head_bytes = std::to_string(options_.max_head_bytes + 1024);  // and the gate's own headers
  // For one read or write that makes no progress. The gate never makes civetweb wait, unless an answer outgrew its
  // buffers; then the client's answer deadline holds.
  const std::string timeout = std::to_string(base::ToMillis(options_.answer_deadline));
  const std::string access = "-0.0.0.0/0,+" + AddressText(gate_address_);
  const char* settings[] = {"listening_ports",
                            "127.0.0.1:0",
                            "num_threads",
                            threads.c_str(),
                            "access_control_list",
                            access.c_str(),
                            "max_request_size",
                            head_bytes.c_str(),
                            "request_timeout_ms",
                            timeout.c_str(),
                            "enable_keep_alive",
                            "no",
                            "tcp_nodelay",
                            "1",
                            "decode_url",
                            "no",
                            "enable_auth_domain_check",
                            "no",
                            "enable_directory_listing",
                            "no",
                            "access_control_allow_origin",
                            "",
                            "access_control_allow_methods",
                            "",
                            "access_control_allow_headers",
                            "",
                            nullptr};
  mg_callbacks callbacks{};
  callbacks.log_message = &OnLogMessage;
  context_ = mg_start(&callbacks, this, settings);
  if (context_ == nullptr) return base::Unavailable("civetweb does not start on 127.0.0.1: no free port or no threads");
  mg_set_request_handler(context_, "**", &OnRequest, this);
  mg_server_port ports[1] = {};
  if (mg_get_server_ports(context_, 1, ports) != 1) return base::Unavailable("civetweb does not tell its port");
  port_ = static_cast<uint16_t>(ports[0].port);
  return base::OkStatus();
}

int CivetwebServerImpl::OnLogMessage(const mg_connection* connection, const char* message) {
  const mg_context* context = mg_get_context(connection);
  auto* self = context == nullptr ? nullptr : static_cast<CivetwebServerImpl*>(mg_get_user_data(context));
  if (self != nullptr && !self->stopping_.load(std::memory_order_relaxed)) {
    self->log_.Debug("civetweb", {{"message", message}});
  }
  return 1;  // it must not write to a file of its own
}

int CivetwebServerImpl::OnRequest(mg_connection* connection, void* self) {
  try {
    return static_cast<CivetwebServerImpl*>(self)->Serve(connection);
  } catch (const std::exception& e) {  // out of memory: nothing of C++ may pass through civetweb's C frames
    static_cast<CivetwebServerImpl*>(self)->log_.Error("request failed", {{"error", e.what()}});
    return 500;
  }
}

bool CivetwebServerImpl::IsFromGate(mg_connection* connection) const {
  const char* given = mg_get_header(connection, kTokenHeader);
  return given != nullptr && std::strlen(given) == token_.size() &&
         CRYPTO_memcmp(given, token_.data(), token_.size()) == 0;
}

int CivetwebServerImpl::Serve(mg_connection* connection) {
  HttpRequest request;
  int refused = 403;
  if (IsFromGate(connection)) refused = ReadRequest(connection, &request);
  if (refused != 0) {
    const std::string text = TextAnswer(refused, ReasonPhrase(refused), true, time(nullptr));
    mg_write(connection, text.data(), text.size());
    return refused;
  }
  const bool head_only = request.method == "HEAD";
  if (head_only) request.method = "GET";
  const HttpResponse response = handlers_.Answer(request);
  WriteAnswer(connection, response, head_only);
  return response.status;
}

// 0, or the status to refuse with.
int CivetwebServerImpl::ReadRequest(mg_connection* connection, HttpRequest* request) const {
  const mg_request_info* info = mg_get_request_info(connection);
  request->method = info->request_method;
  std::string_view unused_query;
  if (!ParseTarget(info->request_uri, &request->path, &unused_query)) return 400;
  if (info->query_string != nullptr && !ParseForm(info->query_string, &request->query)) return 400;
  request->headers.reserve(static_cast<size_t>(info->num_headers));
  for (int i = 0; i < info->num_headers; ++i) {
    const std::string_view name = info->http_headers[i].name;
    const std::string_view value = info->http_headers[i].value;
    if (name == kClientHeader) {
      request->client_address = value;
    } else if (name == kTlsHeader) {
      request->tls = value == "1";
    } else if (name != kTokenHeader) {
      request->headers.emplace_back(name, value);
    }
  }
  return ReadBody(connection, info->content_length, &request->body);
}

int CivetwebServerImpl::ReadBody(mg_connection* connection, int64_t length, std::string* body) const {
  if (length <= 0) return 0;
  if (static_cast<uint64_t>(length) > options_.max_body_bytes) return 413;
  const base::MonotonicTime deadline = clock_.Monotonic() + options_.body_deadline;
  body->resize(static_cast<size_t>(length));
  size_t have = 0;
  while (have < body->size()) {
    const int got = mg_read(connection, body->data() + have, body->size() - have);
    if (got <= 0) return 400;
    have += static_cast<size_t>(got);
    if (have < body->size() && clock_.Monotonic() > deadline) return 408;
  }
  return 0;
}

std::string CivetwebServerImpl::AnswerHeadText(const HttpResponse& response) const {
  std::string head;
  head.reserve(256);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(ReasonPhrase(response.status));
  head.append("\r\nDate: ").append(HttpDate(time(nullptr)));
  const auto append = [&](std::string_view name, std::string_view value) {
    // A value that came from a client and was not cleaned would end the header here: it must not.
    if (IsToken(name) && IsFieldValue(value)) {
      head.append("\r\n").append(name).append(": ").append(value);
    } else {
      log_.Bug("answer header with control bytes left out", {{"header", base::Quoted(name)}});
    }
  };
  if (!response.content_type.empty()) append("Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) append(name, value);
  if (response.status != 204 && response.status != 304) {
    head.append("\r\nContent-Length: ").append(std::to_string(response.body.size()));
  }
  head.append("\r\nConnection: close\r\n\r\n");
  return head;
}

void CivetwebServerImpl::WriteAnswer(mg_connection* connection, const HttpResponse& response, bool head_only) const {
  const bool has_body = !head_only && response.status != 204 && response.status != 304;
  std::string head = AnswerHeadText(response);
  // One packet for the usual small answer; a large body is not copied for it.
  const bool together = has_body && response.body.size() <= 16384;
  if (together) head.append(response.body);
  if (mg_write(connection, head.data(), head.size()) <= 0 || together || !has_body) return;
  constexpr size_t kPiece = 1 << 20;  // each piece has civetweb's time-out for itself
  for (size_t at = 0; at < response.body.size(); at += kPiece) {
    const size_t size = std::min(kPiece, response.body.size() - at);
    if (mg_write(connection, response.body.data() + at, size) != static_cast<int>(size)) return;
  }
}

void CivetwebServerImpl::Stop() {
  if (context_ == nullptr) return;
  stopping_.store(true, std::memory_order_relaxed);
  std::atomic<bool> stopped{false};
  std::thread waker([&] {
    while (!stopped.load()) {
      WakeAcceptLoop();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  mg_stop(context_);
  stopped.store(true);
  waker.join();
  context_ = nullptr;
}

// mg_stop waits for a poll of two seconds, which a connection (turned away by the access list) ends.
void CivetwebServerImpl::WakeAcceptLoop() const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  in.sin_port = htons(port_);
  (void)connect(fd, reinterpret_cast<const sockaddr*>(&in), sizeof(in));
  close(fd);
}

}  // namespace

base::Result<std::unique_ptr<CivetwebServer>> StartCivetweb(const CivetwebOptions& options, Handler handler,
                                                            base::Logger& log) {
  auto server = std::make_unique<CivetwebServerImpl>(options, std::move(handler), log);
  RETURN_IF_ERROR(server->Start());
  return std::unique_ptr<CivetwebServer>(std::move(server));
}

}  // namespace bekci::net
