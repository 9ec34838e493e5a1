// clients: connected clients one by one, bounded: those that take the most memory.
//
// CLIENT LIST has no limit of its own and the server serves nobody while it writes it, so beyond ten times the clients
// that would be shown it is not asked for.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "agent/base/text.h"
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr MetricSpec kClientInfo = {"redis_connected_client_info", kGauge, "connected_client_info metric",
                                    "id,name,user,flags,db,host,resp"};
constexpr MetricSpec kClientInfoWithPort = {"redis_connected_client_info", kGauge, "connected_client_info metric",
                                            "id,name,user,flags,db,host,resp,port"};

#define BEKCI_CLIENT_METRIC(constant, name)                                                                    \
  constexpr MetricSpec constant = {"redis_connected_client_" name, kGauge, "connected_client_" name " metric", \
                                   "id,name"}
BEKCI_CLIENT_METRIC(kCreated, "created_at_timestamp");
BEKCI_CLIENT_METRIC(kIdle, "idle_since_timestamp");
BEKCI_CLIENT_METRIC(kChannels, "channel_subscriptions_count");
BEKCI_CLIENT_METRIC(kPatterns, "pattern_matching_subscriptions_count");
BEKCI_CLIENT_METRIC(kShardChannels, "shard_channel_subscriptions_count");
BEKCI_CLIENT_METRIC(kWatched, "shard_channel_watched_keys");
BEKCI_CLIENT_METRIC(kQuery, "query_buffer_length_bytes");
BEKCI_CLIENT_METRIC(kQueryFree, "query_buffer_free_space_bytes");
BEKCI_CLIENT_METRIC(kOutput, "output_buffer_length_bytes");
BEKCI_CLIENT_METRIC(kOutputList, "output_list_length");
BEKCI_CLIENT_METRIC(kOutputMemory, "output_buffer_memory_usage_bytes");
BEKCI_CLIENT_METRIC(kMemory, "total_memory_consumed_bytes");
#undef BEKCI_CLIENT_METRIC

constexpr const MetricSpec* kMetrics[] = {&kClientInfo,    &kCreated,      &kIdle,  &kChannels,  &kPatterns,
                                          &kShardChannels, &kWatched,      &kQuery, &kQueryFree, &kOutput,
                                          &kOutputList,    &kOutputMemory, &kMemory};

// Fields of a CLIENT LIST line that are shown as they are.
constexpr std::pair<std::string_view, const MetricSpec*> kNumbers[] = {
    {"sub", &kChannels},      {"psub", &kPatterns},       {"ssub", &kShardChannels}, {"watch", &kWatched},
    {"qbuf", &kQuery},        {"qbuf-free", &kQueryFree}, {"obl", &kOutput},         {"oll", &kOutputList},
    {"omem", &kOutputMemory}, {"tot-mem", &kMemory},
};

struct Client {
  std::string_view line;
  double memory = 0;
};

// The value of `name` in "id=4 addr=127.0.0.1:4 name=x"; empty: not there.
std::string_view Field(std::string_view line, std::string_view name) {
  base::FieldReader fields(line);
  for (std::string_view field = fields.Next(); !field.empty(); field = fields.Next()) {
    if (field.size() > name.size() && field[name.size()] == '=' && field.starts_with(name)) {
      return field.substr(name.size() + 1);
    }
  }
  return {};
}

double MemoryOf(std::string_view line) {
  if (const auto total = base::ParseDouble(Field(line, "tot-mem"))) return *total;
  return base::ParseDouble(Field(line, "omem")).value_or(0) + base::ParseDouble(Field(line, "qbuf")).value_or(0);
}

class ClientsPart : public Part {
 public:
  explicit ClientsPart(const Settings& settings) : max_clients_(settings.max_clients), port_(settings.client_port) {}

  base::Status Converse(const RoundView& round, Channel& channel, FamilySink& sink) override {
    if (round.facts.connected_clients > static_cast<int64_t>(max_clients_ * 10)) {
      return base::LimitReached("more than " + std::to_string(max_clients_ * 10) +
                                " clients are connected: they are not listed (max_clients)");
    }
    pipeline_.Clear();
    pipeline_.Add({"CLIENT", "LIST"});
    ASSIGN_OR_RETURN(const Replies replies, channel.Run(pipeline_, round.deadline));
    if (replies[0]->IsError()) return ErrorReply(replies[0]->text, "CLIENT LIST");
    if (!replies[0]->IsText()) return base::Corrupt("CLIENT LIST: the answer is no text");
    Choose(replies[0]->text);
    for (const Client& client : clients_) Show(round, client.line, sink);
    return base::OkStatus();
  }

 private:
  // The largest, in the order in which the server lists them.
  void Choose(std::string_view text) {
    clients_.clear();
    base::LineReader lines(text);
    for (std::string_view line; lines.Next(&line);) {
      if (!Field(line, "id").empty()) clients_.push_back({line, MemoryOf(line)});
    }
    if (clients_.size() <= max_clients_) return;
    const auto bound = clients_.begin() + static_cast<std::ptrdiff_t>(max_clients_);
    std::ranges::nth_element(clients_, bound, std::greater<>(), &Client::memory);
    clients_.erase(bound, clients_.end());
    std::ranges::sort(clients_, {}, [](const Client& client) { return client.line.data(); });
  }

  void Show(const RoundView& round, std::string_view line, FamilySink& sink) const {
    const auto label = [&](std::string_view name) { return round.labels.Of(Field(line, name)); };
    const std::string_view address = Field(line, "addr");
    const size_t colon = address.rfind(':');
    const std::string_view id = label("id"), name = label("name");
    const std::array<std::string_view, 8> info = {
        id,
        name,
        label("user"),
        label("flags"),
        label("db"),
        round.labels.Of(address.substr(0, colon)),
        label("resp"),
        colon == std::string_view::npos ? std::string_view() : round.labels.Of(address.substr(colon + 1))};
    if (port_) {
      sink.Add(kClientInfoWithPort, info, 1);
    } else {
      sink.Add(kClientInfo, std::span(info).first(7), 1);
    }
    const auto now = std::floor(static_cast<double>(round.now.ms) / 1000);
    if (const auto age = base::ParseDouble(Field(line, "age"))) sink.Add(kCreated, {id, name}, now - *age);
    if (const auto idle = base::ParseDouble(Field(line, "idle"))) sink.Add(kIdle, {id, name}, now - *idle);
    for (const auto& [field, spec] : kNumbers) {
      if (const auto number = base::ParseDouble(Field(line, field))) sink.Add(*spec, {id, name}, *number);
    }
  }

  const uint64_t max_clients_;
  const bool port_;
  Pipeline pipeline_;
  std::vector<Client> clients_;
};

}  // namespace

extern const PartSpec kClientsPart;
constinit const PartSpec kClientsPart = {
    .name = "clients",
    .metrics = kMetrics,
    .make = [](const Settings& settings, const collect::Environment&) -> std::unique_ptr<Part> {
      if (!settings.clients) return nullptr;
      return std::make_unique<ClientsPart>(settings);
    },
};

}  // namespace bekci::exporters::redis
