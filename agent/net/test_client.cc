// See test_client.h.
#include "agent/net/test_client.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "agent/base/text.h"

namespace bekci::net {
namespace {

int ConnectTo(const std::string& address) {
  timeval limit{10, 0};
  int fd = -1;
  if (address.starts_with("unix:")) {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, address.data() + 5, address.size() - 5);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&un), sizeof(un)) != 0) return -1;
  } else {
    const size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.front() == '[') host = host.substr(1, host.size() - 2);
    addrinfo* list = nullptr;
    if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), nullptr, &list) != 0) return -1;
    fd = socket(list->ai_family, SOCK_STREAM, 0);
    const int failed = connect(fd, list->ai_addr, list->ai_addrlen);
    freeaddrinfo(list);
    if (failed != 0) return -1;
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  return fd;
}

}  // namespace

struct TestClient::State {
  int fd = -1;
  SSL* ssl = nullptr;
  std::string buffer;
  bool timed_out = false;
};

std::string TestAnswer::Header(std::string_view name) const {
  base::LineReader lines(head);
  for (std::string_view line; lines.Next(&line);) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !base::EqualsIgnoreCase(line.substr(0, colon), name)) continue;
    return std::string(base::Trim(line.substr(colon + 1)));
  }
  return {};
}

TestClient::TestClient(const std::string& address) : state_(std::make_unique<State>()) {
  state_->fd = ConnectTo(address);
}

TestClient::TestClient(TestClient&&) noexcept = default;

TestClient::~TestClient() {
  if (state_ == nullptr) return;
  SSL_free(state_->ssl);
  if (state_->fd >= 0) close(state_->fd);
}

bool TestClient::StartTls(ssl_ctx_st* context, TestClient* resume) {
  state_->ssl = SSL_new(context);
  SSL_set_fd(state_->ssl, state_->fd);
  static constexpr unsigned char kProtocols[] = "\x02h2\x08http/1.1";
  SSL_set_alpn_protos(state_->ssl, kProtocols, sizeof(kProtocols) - 1);
  if (resume != nullptr) {
    SSL_SESSION* session = SSL_get1_session(resume->state_->ssl);
    SSL_set_session(state_->ssl, session);
    SSL_SESSION_free(session);
  }
  return SSL_connect(state_->ssl) == 1;
}

bool TestClient::resumed() const {
  return SSL_session_reused(state_->ssl) == 1;
}

std::string TestClient::peer_common_name() const {
  X509* certificate = SSL_get1_peer_certificate(state_->ssl);
  char name[64] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
  X509_free(certificate);
  return name;
}

std::string TestClient::alpn() const {
  const unsigned char* data = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(state_->ssl, &data, &length);
  return std::string(reinterpret_cast<const char*>(data), length);
}

bool TestClient::Send(std::string_view data) {
  while (!data.empty()) {
    const ssize_t sent = state_->ssl != nullptr ? SSL_write(state_->ssl, data.data(), static_cast<int>(data.size()))
                                                : send(state_->fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void TestClient::FinishSending() {
  shutdown(state_->fd, SHUT_WR);
}

bool TestClient::Fill() {
  char buffer[65536];
  errno = 0;
  const ssize_t got = state_->ssl != nullptr ? SSL_read(state_->ssl, buffer, sizeof(buffer))
                                             : recv(state_->fd, buffer, sizeof(buffer), 0);
  if (got <= 0) {
    state_->timed_out = errno == EAGAIN;
    return false;
  }
  state_->buffer.append(buffer, static_cast<size_t>(got));
  return true;
}

std::string TestClient::ReadUntil(std::string_view end) {
  size_t at = std::string::npos;
  while ((at = state_->buffer.find(end)) == std::string::npos) {
    if (!Fill()) return {};
  }
  return Read(at + end.size());
}

std::string TestClient::Read(size_t bytes) {
  while (state_->buffer.size() < bytes && Fill()) {
  }
  std::string out = state_->buffer.substr(0, bytes);
  state_->buffer.erase(0, bytes);
  return out;
}

TestAnswer TestClient::ReadAnswer() {
  TestAnswer answer;
  answer.head = ReadUntil("\r\n\r\n");
  if (answer.head.size() < 12) return answer;
  const size_t length = base::ParseUint(answer.Header("Content-Length")).value_or(0);
  answer.body = Read(length);
  if (answer.body.size() == length) answer.status = static_cast<int>(*base::ParseInt(answer.head.substr(9, 3)));
  return answer;
}

bool TestClient::AtEnd() {
  return state_->buffer.empty() && !Fill() && !state_->timed_out && state_->buffer.empty();
}

void SleepMillisecond() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace bekci::net
