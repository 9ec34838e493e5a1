#include "exporters/host/ipvs_table.h"

#include <array>
#include <optional>

#include "agent/base/text.h"
#include "exporters/host/numbers.h"

namespace bekci::exporters::host {
namespace {

using Groups = std::array<uint16_t, 8>;  // of an IPv6 address

std::string FormatIpv4(uint32_t address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (shift != 24) text += '.';
    base::AppendInt(&text, (address >> shift) & 0xff);
  }
  return text;
}

// The first longest run of two or more zero groups, [begin, end), which is written as "::".
std::pair<size_t, size_t> ZeroRun(const Groups& groups) {
  std::pair<size_t, size_t> best{0, 0};
  for (size_t begin = 0; begin < groups.size(); ++begin) {
    size_t end = begin;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - begin > best.second - best.first && end - begin >= 2) best = {begin, end};
  }
  return best;
}

// RFC 5952, but a mapped IPv4 address is written as that address alone, as Go writes it.
std::string FormatIpv6(const Groups& groups) {
  const bool mapped =
      groups[0] == 0 && groups[1] == 0 && groups[2] == 0 && groups[3] == 0 && groups[4] == 0 && groups[5] == 0xffff;
  if (mapped) return FormatIpv4(uint32_t{groups[6]} << 16 | groups[7]);
  const auto [zero_begin, zero_end] = ZeroRun(groups);
  std::string text;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i == zero_begin && zero_end > zero_begin) {
      text += "::";
      i = zero_end - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    constexpr char kDigits[] = "0123456789abcdef";
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
      const unsigned digit = (groups[i] >> shift) & 0xfu;
      started = started || digit != 0 || shift == 0;
      if (started) text += kDigits[digit];
    }
  }
  return text;
}

// "2620:0000:...:0001", eight groups.
std::optional<Groups> ParseIpv6(std::string_view text) {
  Groups groups{};
  for (size_t i = 0; i < groups.size(); ++i) {
    const size_t colon = text.find(':');
    if ((colon == std::string_view::npos) != (i + 1 == groups.size())) return std::nullopt;
    const auto group = base::ParseUint(text.substr(0, colon), 16);
    if (!group || *group > 0xffff) return std::nullopt;
    groups[i] = static_cast<uint16_t>(*group);
    text.remove_prefix(colon == std::string_view::npos ? text.size() : colon + 1);
  }
  return groups;
}

// "C0A80016:0CEA" or "[2620:...:0001]:0050"
bool ParseEndpoint(std::string_view text, std::string* address, std::string* port) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto number = base::ParseUint(text.substr(colon + 1), 16);
  if (!number || *number > UINT16_MAX) return false;
  *port = std::to_string(*number);
  text = text.substr(0, colon);
  if (text.starts_with('[') && text.ends_with(']')) {
    const auto groups = ParseIpv6(text.substr(1, text.size() - 2));
    if (groups) *address = FormatIpv6(*groups);
    return groups.has_value();
  }
  const auto ipv4 = base::ParseUint(text, 16);
  if (!ipv4 || text.size() != 8) return false;
  *address = FormatIpv4(static_cast<uint32_t>(*ipv4));
  return true;
}

// The line's words after the first. False: it is damaged.
bool ReadService(std::string_view proto, base::FieldReader& fields, IpvsBackend* service) {
  *service = {};
  service->proto = proto;
  const std::string_view what = fields.Next();
  if (proto != "FWM") return ParseEndpoint(what, &service->local_address, &service->local_port);
  service->local_mark = what;
  service->local_port = "0";
  return base::ParseUint(what, 16).has_value();
}

bool ReadServer(base::FieldReader& fields, IpvsBackend* backend) {
  const std::string_view remote = fields.Next();
  fields.Next();  // how packets are forwarded: Masq, Tunnel, Route
  uint64_t numbers[3];
  if (!ReadColumns(fields, 3, numbers)) return false;
  backend->weight = static_cast<double>(numbers[0]);
  backend->active = static_cast<double>(numbers[1]);
  backend->inactive = static_cast<double>(numbers[2]);
  return ParseEndpoint(remote, &backend->remote_address, &backend->remote_port);
}

}  // namespace

base::Result<IpvsTotals> ParseIpvsTotals(const std::string& path, std::string_view text) {
  base::LineReader lines(text);
  std::string_view line;
  for (int i = 0; i < 3; ++i) {  // two lines of headings
    if (!lines.Next(&line)) return base::Corrupt(path + ": ends before its third line");
  }
  base::FieldReader fields(line);
  uint64_t numbers[5];
  if (!ReadColumns(fields, 5, numbers, 16)) return DamagedLine(path, 3, "expected five hexadecimal numbers");
  return IpvsTotals{static_cast<double>(numbers[0]), static_cast<double>(numbers[1]), static_cast<double>(numbers[2]),
                    static_cast<double>(numbers[3]), static_cast<double>(numbers[4])};
}

base::Status ParseIpvsBackends(const std::string& path, std::string_view text,
                               const std::function<void(const IpvsBackend&)>& each) {
  base::LineReader lines(text);
  std::string_view line;
  IpvsBackend backend;
  for (size_t number = 1; lines.Next(&line); ++number) {
    base::FieldReader fields(line);
    const std::string_view first = fields.Next();
    if (first == "TCP" || first == "UDP" || first == "SCTP" || first == "FWM") {
      if (!ReadService(first, fields, &backend)) return DamagedLine(path, number, "expected a service's address");
    } else if (first == "->" && line.find("RemoteAddress:Port") == std::string_view::npos) {
      if (backend.proto.empty()) return DamagedLine(path, number, "a server without a service before it");
      if (!ReadServer(fields, &backend)) return DamagedLine(path, number, "expected a server and three numbers");
      each(backend);
    }
  }
  return base::OkStatus();
}

}  // namespace bekci::exporters::host
