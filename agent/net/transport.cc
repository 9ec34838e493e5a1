// See transport.h.
#include "agent/net/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "agent/net/tls_context.h"

namespace bekci::net {
namespace {

IoResult FromSystemCall(ssize_t result) {
  if (result > 0) return {IoState::kDone, static_cast<size_t>(result)};
  if (result == 0) return {IoState::kEnd};
  return {errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? IoState::kAgain : IoState::kFailed};
}

}  // namespace

Transport::~Transport() {
  SSL_free(ssl_);
  close(fd_);
}

bool Transport::StartTls(std::shared_ptr<const TlsContext> context) {
  ssl_ = SSL_new(context->get());
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd_) != 1) return false;
  SSL_set_accept_state(ssl_);
  context_ = std::move(context);
  return true;
}

IoState Transport::TlsState(int result) {
  const int error = SSL_get_error(ssl_, result);
  wants_write_ = error == SSL_ERROR_WANT_WRITE;
  if (wants_write_ || error == SSL_ERROR_WANT_READ) return IoState::kAgain;
  if (error == SSL_ERROR_ZERO_RETURN) return IoState::kEnd;
  tls_broken_ = true;
  return IoState::kFailed;
}

IoState Transport::Handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) {
    wants_write_ = false;
    if (!context_->demands_name()) return IoState::kDone;
    X509* certificate = SSL_get1_peer_certificate(ssl_);  // also of a resumed session
    const bool allowed = context_->AllowsName(certificate);
    X509_free(certificate);
    return allowed ? IoState::kDone : IoState::kFailed;
  }
  const IoState state = TlsState(result);
  if (state == IoState::kFailed) {
    const int reason = ERR_GET_REASON(ERR_peek_error());
    ERR_clear_error();
    if (reason == SSL_R_HTTP_REQUEST) return IoState::kEnd;
  }
  return state;
}

IoResult Transport::Read(std::span<char> out) {
  if (ssl_ == nullptr) return FromSystemCall(recv(fd_, out.data(), out.size(), 0));
  ERR_clear_error();
  size_t got = 0;
  const int result = SSL_read_ex(ssl_, out.data(), out.size(), &got);
  if (result == 1) {
    wants_write_ = false;
    return {IoState::kDone, got};
  }
  return {TlsState(result)};
}

IoResult Transport::Write(std::string_view data) {
  if (ssl_ == nullptr) {
    return FromSystemCall(send(fd_, data.data(), data.size(), MSG_NOSIGNAL));
  }
  ERR_clear_error();
  size_t written = 0;
  const int result = SSL_write_ex(ssl_, data.data(), data.size(), &written);
  if (result == 1) {
    wants_write_ = false;
    return {IoState::kDone, written};
  }
  return {TlsState(result)};
}

void Transport::FinishWriting() {
  if (ssl_ != nullptr && !tls_broken_ && SSL_is_init_finished(ssl_) == 1) {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_);  // close_notify, so the client knows that nothing was cut off
    ERR_clear_error();
  }
  shutdown(fd_, SHUT_WR);
}

void Transport::AbandonTls() {
  SSL_free(ssl_);
  ssl_ = nullptr;
}

}  // namespace bekci::net
