// cluster: CLUSTER INFO of a node, field by field.
#include "exporters/redis/info_page.h"
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {
namespace {

class ClusterPart : public Part {
 public:
  void Ask(const ServerFacts& facts, Pipeline* pipeline) override {
    if (facts.cluster) pipeline->Add({"CLUSTER", "INFO"});
  }

  base::Status Take(const RoundView&, Replies replies, FamilySink& sink) override {
    if (replies[0]->IsError()) return ErrorReply(replies[0]->text, "CLUSTER INFO");
    if (replies[0]->IsText()) page_.ShowCluster(replies[0]->text, sink);
    return base::OkStatus();
  }

 private:
  InfoPage page_;
};

}  // namespace

extern const PartSpec kClusterPart;
// Its metrics stand in the table of INFO's fields.
constinit const PartSpec kClusterPart = {
    .name = "cluster",
    .metrics = {},
    .make = [](const Settings&, const collect::Environment&) -> std::unique_ptr<Part> {
      return std::make_unique<ClusterPart>();
    },
};

}  // namespace bekci::exporters::redis
