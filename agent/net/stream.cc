// Reading and writing of an outgoing connection under an absolute deadline. See dialer.h.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "agent/net/dialer.h"

namespace bekci::net {

Stream::Stream(int fd, const base::Clock& clock, std::string name, const Interruption* interruption)
    : fd_(fd), clock_(clock), name_(std::move(name)), interruption_(interruption) {}

Stream::~Stream() {
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_) == 1) {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_);  // a word of goodbye if it fits into the socket's buffer; nobody waits for the answer
    ERR_clear_error();
  }
  SSL_free(ssl_);
  close(fd_);
}

base::Status Stream::Wait(short events, base::MonotonicTime deadline, std::string_view what) const {
  for (;;) {
    const base::Duration left = deadline - clock_.Monotonic();
    if (left <= base::Duration(0)) break;
    // A negative descriptor is passed over.
    pollfd poll_fds[] = {{fd_, events, 0}, {interruption_ == nullptr ? -1 : interruption_->fd(), POLLIN, 0}};
    const int ready = poll(poll_fds, 2, static_cast<int>(std::min<int64_t>(base::ToMillis(left) + 1, 60'000)));
    if (interruption_ != nullptr && interruption_->interrupted()) {
      return base::Unavailable(name_ + ": given up, since this part stops");
    }
    if (ready > 0) return base::OkStatus();  // also errors: the next call tells which
    if (ready < 0 && errno != EINTR) return base::FromErrno(errno, "poll " + name_);
  }
  return base::Timeout(name_ + ": " + std::string(what) + " in time");
}

// What to do after an SSL call that did not succeed: ok means again.
base::Status Stream::TlsWait(int result, base::MonotonicTime deadline, std::string_view what) {
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ) return Wait(POLLIN, deadline, what);
  if (error == SSL_ERROR_WANT_WRITE) return Wait(POLLOUT, deadline, what);
  std::string reason = "the connection broke";
  if (const long verified = SSL_get_verify_result(ssl_); verified != X509_V_OK) {
    reason = std::string("the certificate is not accepted: ") + X509_verify_cert_error_string(verified);
  } else if (const char* text = ERR_reason_error_string(ERR_peek_error()); text != nullptr) {
    reason = text;
  } else if (error == SSL_ERROR_SYSCALL && errno != 0) {
    reason = std::strerror(errno);
  }
  ERR_clear_error();
  return base::Unavailable(name_ + ": TLS: " + reason);
}

base::Status Stream::StartTls(void* context, const std::string& server_name, bool verify,
                              base::MonotonicTime deadline) {
  ssl_ = SSL_new(static_cast<SSL_CTX*>(context));
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd_) != 1) return base::LimitReached("TLS: no memory");
  SSL_set_connect_state(ssl_);
  if (!server_name.empty()) {
    // An address is compared with the certificate's addresses, a name with its names; only names are sent (RFC 6066).
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl_);
    const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, server_name.c_str()) == 1;
    if (!is_address) SSL_set_tlsext_host_name(ssl_, server_name.c_str());
    if (!is_address && verify) SSL_set1_host(ssl_, server_name.c_str());
  }
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return base::OkStatus();
    RETURN_IF_ERROR(TlsWait(result, deadline, "the TLS handshake did not end"));
  }
}

base::Status Stream::WriteAll(std::string_view data, base::MonotonicTime deadline) {
  while (!data.empty()) {
    size_t written = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      errno = 0;
      const int result = SSL_write_ex(ssl_, data.data(), data.size(), &written);
      if (result != 1) RETURN_IF_ERROR(TlsWait(result, deadline, "the request was not taken"));
    } else {
      const ssize_t sent = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        return base::Unavailable(name_ + ": write: " + std::strerror(errno));
      }
      if (sent < 0 && errno == EAGAIN) RETURN_IF_ERROR(Wait(POLLOUT, deadline, "the request was not taken"));
      if (sent > 0) written = static_cast<size_t>(sent);
    }
    data.remove_prefix(written);
  }
  return base::OkStatus();
}

base::Result<size_t> Stream::Read(std::span<char> out, base::MonotonicTime deadline) {
  constexpr std::string_view kWhat = "no whole answer came";
  // A peer that always has one more byte never makes us wait, so the deadline is looked at here too.
  if (clock_.Monotonic() >= deadline) return base::Timeout(name_ + ": " + std::string(kWhat) + " in time");
  for (;;) {
    if (ssl_ != nullptr) {
      ERR_clear_error();
      errno = 0;
      size_t got = 0;
      const int result = SSL_read_ex(ssl_, out.data(), out.size(), &got);
      if (result == 1) return got;
      if (SSL_get_error(ssl_, result) == SSL_ERROR_ZERO_RETURN) return size_t{0};
      RETURN_IF_ERROR(TlsWait(result, deadline, kWhat));
    } else {
      const ssize_t got = recv(fd_, out.data(), out.size(), 0);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EAGAIN && errno != EINTR) return base::Unavailable(name_ + ": read: " + std::strerror(errno));
      if (errno == EAGAIN) RETURN_IF_ERROR(Wait(POLLIN, deadline, kWhat));
    }
  }
}

bool Stream::IsFresh() const {
  // Under TLS a session ticket may wait in the socket: that is nothing unasked for, so only an end counts there.
  char byte = 0;
  const ssize_t got = recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  return got > 0 && ssl_ != nullptr;
}

}  // namespace bekci::net
