#include "agent/notify/receivers/smtp_transfer.h"

#include <algorithm>
#include <cstring>

#include "agent/base/text.h"
#include "agent/notify/receivers/reply.h"
#include "agent/notify/receivers/smtp_library.h"

namespace bekci::notify::receivers {
namespace {

// After the mail was taken only QUIT is left, and nobody waits for its answer.
constexpr base::Duration kQuitTime = base::seconds(1);

// The conversation as it goes on.
struct Conversation {
  const base::Clock& clock;
  base::MonotonicTime deadline;
  std::string_view data;  // what is not sent yet
  SmtpResult result;
  std::string recipient;  // of the RCPT that waits for its answer
  bool over_time = false;
  bool leaving = false;  // QUIT was said
};

// "250 2.1.5 Ok" or "250-SIZE".
void TakeAnswer(std::string_view line, Conversation* talk) {
  line = base::Trim(line);
  const auto code = line.size() >= 3 ? base::ParseUint(line.substr(0, 3)) : std::nullopt;
  if (!code || (line.size() > 3 && line[3] == '-')) return;
  SmtpResult& result = talk->result;
  if (result.accepted || talk->leaving) return;  // what QUIT is answered changes nothing
  result.code = static_cast<int>(*code);
  result.answer = Excerpt(line);
  if (!talk->recipient.empty()) {
    if (result.code >= 400) result.refused.emplace_back(talk->recipient, result.code);
    talk->recipient.clear();
  }
  if (result.data_sent && result.code >= 200 && result.code < 300) {
    result.accepted = true;
    talk->deadline = std::min(talk->deadline, talk->clock.Monotonic() + kQuitTime);
  }
}

void TakeCommand(std::string_view line, Conversation* talk) {
  if (line.starts_with("AUTH ")) talk->result.logging_in = true;
  if (line.starts_with("QUIT")) talk->leaving = true;
  if (!line.starts_with("RCPT TO:<")) return;
  const std::string_view address = line.substr(9);
  talk->recipient = address.substr(0, address.find('>'));
}

int OnTalk(CURL*, curl_infotype type, char* data, size_t size, void* context) {
  auto* const talk = static_cast<Conversation*>(context);
  const std::string_view line(data, size);
  if (type == CURLINFO_HEADER_IN) TakeAnswer(line, talk);
  if (type == CURLINFO_HEADER_OUT) TakeCommand(line, talk);
  return 0;
}

size_t OnRead(char* out, size_t size, size_t count, void* context) {
  auto* const talk = static_cast<Conversation*>(context);
  const size_t n = std::min(size * count, talk->data.size());
  memcpy(out, talk->data.data(), n);
  talk->data.remove_prefix(n);
  // The library knows the length and does not ask again.
  if (talk->data.empty()) talk->result.data_sent = true;
  return n;
}

// The library's own limits do not hold for the answers to commands that end a conversation.
int OnProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto* const talk = static_cast<Conversation*>(context);
  talk->over_time = talk->clock.Monotonic() >= talk->deadline;
  return talk->over_time ? 1 : 0;
}

size_t OnAnswerBody(char*, size_t size, size_t count, void*) {
  return size * count;
}

long TlsVersion(const std::string& name, bool newest) {
  struct Row {
    std::string_view name;
    long oldest;
    long newest;
  };
  static constexpr Row kRows[] = {
      {"TLS10", CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_0},
      {"TLS11", CURL_SSLVERSION_TLSv1_1, CURL_SSLVERSION_MAX_TLSv1_1},
      {"TLS12", CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_2},
      {"TLS13", CURL_SSLVERSION_TLSv1_3, CURL_SSLVERSION_MAX_TLSv1_3},
      {"", CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_MAX_DEFAULT},
  };
  for (const Row& row : kRows) {
    if (row.name == name) return newest ? row.newest : row.oldest;
  }
  return newest ? long{CURL_SSLVERSION_MAX_DEFAULT} : long{CURL_SSLVERSION_TLSv1_2};
}

// A handle and the lists that must live as long as it.
class Transfer {
 public:
  explicit Transfer(const SmtpLibrary& library) : library_(library), handle_((library.curl_easy_init)()) {}
  ~Transfer() {
    if (handle_ != nullptr) (library_.curl_easy_cleanup)(handle_);
    for (curl_slist* const list : lists_) (library_.curl_slist_free_all)(list);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  bool ok() const { return handle_ != nullptr; }
  template <typename Value>
  void Set(CURLoption option, Value value) {
    (library_.curl_easy_setopt)(handle_, option, value);
  }
  void SetText(CURLoption option, const std::string& text) {
    if (!text.empty()) Set(option, text.c_str());
  }
  void SetPem(CURLoption option, const std::string& pem) {
    if (pem.empty()) return;
    curl_blob blob = {const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
    Set(option, &blob);
  }
  void SetList(CURLoption option, const std::vector<std::string>& texts) {
    curl_slist* list = nullptr;
    for (const std::string& text : texts) list = (library_.curl_slist_append)(list, text.c_str());
    lists_.push_back(list);
    Set(option, list);
  }
  CURLcode Perform() { return (library_.curl_easy_perform)(handle_); }

 private:
  const SmtpLibrary& library_;
  CURL* const handle_;
  std::vector<curl_slist*> lists_;
};

// "[::1]" of "::1".
std::string Bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

void SetServer(const SmtpServer& server, Transfer* transfer) {
  const net::ClientTlsOptions& tls = server.tls_options;
  const std::string port = std::to_string(server.port);
  // The library checks the certificate against the host of the URL, so that is the name it shall be for.
  const std::string& name = tls.server_name.empty() ? server.host : tls.server_name;
  const std::string scheme = server.tls == SmtpTls::kImplicit ? "smtps://" : "smtp://";
  transfer->SetText(CURLOPT_URL, scheme + Bracketed(name) + ":" + port + "/" + server.hello);
  if (name != server.host) {
    transfer->SetList(CURLOPT_CONNECT_TO, {Bracketed(name) + ":" + port + ":" + Bracketed(server.host) + ":" + port});
  }
  transfer->Set(CURLOPT_USE_SSL, static_cast<long>(server.tls == SmtpTls::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  transfer->Set(CURLOPT_SSL_VERIFYPEER, tls.insecure_skip_verify ? 0L : 1L);
  transfer->Set(CURLOPT_SSL_VERIFYHOST, tls.insecure_skip_verify ? 0L : 2L);
  transfer->Set(CURLOPT_SSLVERSION, TlsVersion(tls.min_version, false) | TlsVersion(tls.max_version, true));
  transfer->SetText(CURLOPT_CAINFO, tls.ca_file);
  transfer->SetText(CURLOPT_SSLCERT, tls.cert_file);
  transfer->SetText(CURLOPT_SSLKEY, tls.key_file);
  transfer->SetPem(CURLOPT_CAINFO_BLOB, server.ca_pem);
  transfer->SetPem(CURLOPT_SSLCERT_BLOB, server.cert_pem);
  transfer->SetPem(CURLOPT_SSLKEY_BLOB, server.key_pem);
}

void SetLogin(const SmtpLogin& login, Transfer* transfer) {
  if (login.username.empty()) return;
  transfer->Set(CURLOPT_USERNAME, login.username.c_str());
  transfer->Set(CURLOPT_PASSWORD, login.password.c_str());
  transfer->Set(CURLOPT_LOGIN_OPTIONS, login.cram_md5 ? "AUTH=CRAM-MD5" : "AUTH=PLAIN;AUTH=LOGIN");
  transfer->SetText(CURLOPT_SASL_AUTHZID, login.identity);
  transfer->Set(CURLOPT_SASL_IR, 1L);
}

void SetMail(const SmtpMail& mail, Conversation* talk, Transfer* transfer) {
  transfer->SetText(CURLOPT_MAIL_FROM, "<" + mail.from + ">");
  std::vector<std::string> recipients;
  for (const std::string& address : mail.to) recipients.push_back("<" + address + ">");
  transfer->SetList(CURLOPT_MAIL_RCPT, recipients);
  transfer->Set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  transfer->Set(CURLOPT_UPLOAD, 1L);
  transfer->Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.data.size()));
  transfer->Set(CURLOPT_READFUNCTION, &OnRead);
  transfer->Set(CURLOPT_READDATA, talk);
}

void SetLimits(Conversation* talk, Transfer* transfer) {
  const base::Duration left = std::max<base::Duration>(talk->deadline - talk->clock.Monotonic(), base::milliseconds(1));
  const long ms = static_cast<long>(std::min<int64_t>(std::max<int64_t>(base::ToMillis(left), 1), 3'600'000));
  transfer->Set(CURLOPT_TIMEOUT_MS, ms);
  transfer->Set(CURLOPT_CONNECTTIMEOUT_MS, std::min(ms, 10'000L));
  transfer->Set(CURLOPT_NOSIGNAL, 1L);
  transfer->Set(CURLOPT_QUICK_EXIT, 1L);  // a resolver that hangs is left behind
  transfer->Set(CURLOPT_FORBID_REUSE, 1L);
  transfer->Set(CURLOPT_NOPROXY, "*");
  transfer->Set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  transfer->Set(CURLOPT_NOPROGRESS, 0L);
  transfer->Set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
  transfer->Set(CURLOPT_XFERINFODATA, talk);
  transfer->Set(CURLOPT_WRITEFUNCTION, &OnAnswerBody);
  transfer->Set(CURLOPT_VERBOSE, 1L);
  transfer->Set(CURLOPT_DEBUGFUNCTION, &OnTalk);
  transfer->Set(CURLOPT_DEBUGDATA, talk);
}

}  // namespace

base::Result<SmtpResult> SendBySmtp(const SmtpServer& server, const SmtpLogin& login, const SmtpMail& mail,
                                    base::MonotonicTime deadline, const base::Clock& clock) {
  ASSIGN_OR_RETURN(const SmtpLibrary* library, LoadSmtpLibrary());
  Conversation talk{.clock = clock, .deadline = deadline, .data = mail.data, .result = {}, .recipient = {}};
  Transfer transfer(*library);
  if (!transfer.ok()) return base::Unavailable("libcurl gives no handle");
  SetLimits(&talk, &transfer);
  SetServer(server, &transfer);
  SetLogin(login, &transfer);
  SetMail(mail, &talk, &transfer);
  const CURLcode code = transfer.Perform();
  SmtpResult& result = talk.result;
  result.failure = static_cast<int>(code);
  if (code != CURLE_OK) result.words = (library->curl_easy_strerror)(code);
  result.timed_out = !result.accepted && (code == CURLE_OPERATION_TIMEDOUT || talk.over_time);
  result.no_tls = code == CURLE_USE_SSL_FAILED;
  result.denied = code == CURLE_LOGIN_DENIED;
  return std::move(result);
}

}  // namespace bekci::notify::receivers
