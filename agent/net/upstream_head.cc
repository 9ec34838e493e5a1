// See upstream_head.h.
#include "agent/net/upstream_head.h"

#include "agent/base/text.h"

namespace bekci::net {
namespace {

bool StaysBehind(std::string_view name) {
  for (const std::string_view field : {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "te",
                                       "trailer", "upgrade", "content-length", "expect"}) {
    if (base::EqualsIgnoreCase(name, field)) return true;
  }
  constexpr std::string_view kOurs = "x-bekci-";
  return name.size() >= kOurs.size() && base::EqualsIgnoreCase(name.substr(0, kOurs.size()), kOurs);
}

void AppendField(std::string* out, std::string_view name, std::string_view value) {
  out->append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string UpstreamHead(const RequestHead& head, std::string_view token, std::string_view client, bool tls) {
  std::string out;
  out.reserve(512);
  out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
  AppendField(&out, kTokenHeader, token);
  AppendField(&out, kClientHeader, client);
  if (tls) AppendField(&out, kTlsHeader, "1");
  // RFC 9112 3.2.2: the target's authority counts, whatever Host says.
  if (!head.authority.empty()) AppendField(&out, "Host", head.authority);
  for (const HeadField& field : head.fields) {
    if (StaysBehind(field.name)) continue;
    if (!head.authority.empty() && base::EqualsIgnoreCase(field.name, "host")) continue;
    AppendField(&out, field.name, field.value);
  }
  out.append("Connection: close\r\n");
  return out;
}

}  // namespace bekci::net
