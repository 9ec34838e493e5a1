// uname: kernel and host name, as the system call says it.
#include "agent/base/text.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kInfo = {"node_uname_info", MetricType::kGauge,
                              "Labeled system information as provided by the uname system call.",
                              "sysname,release,version,machine,nodename,domainname"};
constexpr const MetricSpec* kMetrics[] = {&kInfo};

class Uname : public Part {
 public:
  explicit Uname(const HostEnvironment& environment) : calls_(environment.calls) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    struct utsname name {};
    RETURN_IF_ERROR(calls_.Uname(&name));
    for (const char* text : {name.sysname, name.release, name.version, name.machine, name.nodename, name.domainname}) {
      if (!base::IsValidUtf8(text)) return base::Corrupt("uname: a name that is not UTF-8");
    }
    sink.Add(kInfo, {name.sysname, name.release, name.version, name.machine, name.nodename, name.domainname}, 1);
    return base::OkStatus();
  }

 private:
  SystemCalls& calls_;
};

}  // namespace

extern const PartSpec kUname;
constinit const PartSpec kUname = {
    .name = "uname",
    .help = "Kernel and host name.",
    .metrics = kMetrics,
    .make = MakePart<Uname>,
};

}  // namespace bekci::exporters::host
