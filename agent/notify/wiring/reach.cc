#include "agent/notify/wiring/reach.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/base/text.h"
#include "agent/notify/escalation/oncall.h"

namespace bekci::notify::wiring {
namespace {

// Options that say who gets a message, over all kinds of media.
constexpr std::string_view kAddressKeys[] = {"to",          "chat_id",     "channel",  "url",    "topic",
                                             "room_id",     "to_user",     "to_party", "to_tag", "phone_number",
                                             "routing_key", "service_key", "user_key", "device"};

std::string_view TrimAction(std::string_view text) {
  if (text.starts_with("- ")) text.remove_prefix(2);
  if (text.ends_with(" -")) text.remove_suffix(2);
  return base::Trim(text);
}

// The quoted word at the beginning of `text`, which is moved behind it; nullopt: there is none.
std::optional<std::string> TakeQuoted(std::string_view* text) {
  *text = base::Trim(*text);
  if (text->empty() || (text->front() != '"' && text->front() != '`')) return std::nullopt;
  const size_t end = text->find(text->front(), 1);
  if (end == std::string_view::npos || text->substr(0, end).find('\\') != std::string_view::npos) return std::nullopt;
  std::string word(text->substr(1, end - 1));
  text->remove_prefix(end + 1);
  return word;
}

// An action that is `.OnCall "schedule" "field"` and nothing else.
std::optional<std::pair<std::string, std::string>> OnCallOf(std::string_view action) {
  action = TrimAction(action);
  if (action.starts_with('$')) action.remove_prefix(1);
  constexpr std::string_view kMethod = ".OnCall ";
  if (!action.starts_with(kMethod)) return std::nullopt;
  action.remove_prefix(kMethod.size());
  auto schedule = TakeQuoted(&action);
  auto field = schedule ? TakeQuoted(&action) : std::nullopt;
  if (!field || !base::Trim(action).empty()) return std::nullopt;
  return std::pair(*std::move(schedule), *std::move(field));
}

}  // namespace

Reach::Address Reach::AskedIn(std::string_view text) {
  Address asked;
  for (size_t begin = text.find("{{"); begin != std::string_view::npos; begin = text.find("{{")) {
    text.remove_prefix(begin + 2);
    const size_t end = text.find("}}");
    auto on_call = OnCallOf(text.substr(0, end));
    // A fallback, a condition, a variable: such an address may be there though nobody is on call.
    if (!on_call || end == std::string_view::npos) return {};
    asked.push_back({std::move(on_call->first), std::move(on_call->second)});
    text.remove_prefix(end + 2);
  }
  return asked;
}

std::vector<Reach::Address> Reach::AddressesOf(const routing::IntegrationConfig& integration) {
  std::vector<Address> addresses;
  for (const std::string_view key : kAddressKeys) {
    const config::Node* const node = integration.values.node().Find(key);
    if (node == nullptr || !node->is_scalar()) continue;
    // Mail goes to several, separated by commas.
    std::vector<Address> of_key;
    for (const std::string_view one : base::Split(node->scalar, ',')) of_key.push_back(AskedIn(one));
    const bool asks = std::any_of(of_key.begin(), of_key.end(), [](const Address& one) { return !one.empty(); });
    if (asks) addresses.insert(addresses.end(), of_key.begin(), of_key.end());
  }
  return addresses;
}

Reach::Reach(std::span<const std::vector<routing::ReceiverConfig>* const> receivers,
             std::shared_ptr<const escalation::EscalationConfig> escalation)
    : escalation_(std::move(escalation)) {
  for (const auto* list : receivers) {
    for (const routing::ReceiverConfig& receiver : *list) {
      std::vector<std::vector<Address>> integrations;
      for (const routing::IntegrationConfig& one : receiver.integrations) integrations.push_back(AddressesOf(one));
      const bool all_ask = !integrations.empty() && std::none_of(integrations.begin(), integrations.end(),
                                                                 [](const auto& one) { return one.empty(); });
      if (all_ask) asking_.emplace(receiver.name, std::move(integrations));
    }
  }
}

bool Reach::Reaches(const std::vector<Address>& addresses, base::Timestamp at) const {
  return std::any_of(addresses.begin(), addresses.end(), [&](const Address& address) {
    return address.empty() || std::any_of(address.begin(), address.end(), [&](const Asked& asked) {
             return !escalation::Lookup(escalation_->schedules, asked.schedule, asked.field, at).empty();
           });
  });
}

bool Reach::CanBeTold(const std::string& receiver, base::Timestamp at) const {
  const auto found = asking_.find(receiver);
  if (found == asking_.end()) return true;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const std::vector<Address>& addresses) { return Reaches(addresses, at); });
}

}  // namespace bekci::notify::wiring
