// The table of parts. A new part is a file, a declaration and a row here, and its line in CMakeLists.txt.
#include "exporters/host/part.h"

namespace bekci::exporters::host {

extern const PartSpec kArp;
extern const PartSpec kBonding;
extern const PartSpec kConntrack;
extern const PartSpec kCpu;
extern const PartSpec kCpufreq;
extern const PartSpec kDiskstats;
extern const PartSpec kDmi;
extern const PartSpec kEdac;
extern const PartSpec kEntropy;
extern const PartSpec kFilefd;
extern const PartSpec kFilesystem;
extern const PartSpec kHwmon;
extern const PartSpec kLoadavg;
extern const PartSpec kMdadm;
extern const PartSpec kMeminfo;
extern const PartSpec kNetclass;
extern const PartSpec kNetdev;
extern const PartSpec kNetstat;
extern const PartSpec kNvme;
extern const PartSpec kOom;
extern const PartSpec kOs;
extern const PartSpec kPowersupplyclass;
extern const PartSpec kPressure;
extern const PartSpec kProcesses;
extern const PartSpec kSchedstat;
extern const PartSpec kSelinux;
extern const PartSpec kServices;
extern const PartSpec kSockstat;
extern const PartSpec kSoftnet;
extern const PartSpec kStat;
extern const PartSpec kSystemd;
extern const PartSpec kTcpstat;
extern const PartSpec kTextfile;
extern const PartSpec kThermalZone;
extern const PartSpec kTime;
extern const PartSpec kTimex;
extern const PartSpec kUdpQueues;
extern const PartSpec kUname;
extern const PartSpec kVmstat;

namespace {
// Sorted by PartSpec::name.
// clang-format off
const PartSpec* const kParts[] = {
    &kArp,
    &kBonding,
    &kConntrack,
    &kCpu,
    &kCpufreq,
    &kDiskstats,
    &kDmi,
    &kEdac,
    &kEntropy,
    &kFilefd,
    &kFilesystem,
    &kHwmon,
    &kLoadavg,
    &kMdadm,
    &kMeminfo,
    &kNetclass,
    &kNetdev,
    &kNetstat,
    &kNvme,
    &kOom,
    &kOs,
    &kPowersupplyclass,
    &kPressure,
    &kProcesses,
    &kSchedstat,
    &kSelinux,
    &kServices,
    &kSockstat,
    &kSoftnet,
    &kStat,
    &kSystemd,
    &kTcpstat,
    &kTextfile,
    &kThermalZone,
    &kTime,
    &kTimex,
    &kUdpQueues,
    &kUname,
    &kVmstat,
};
// clang-format on
}  // namespace

std::span<const PartSpec* const> AllParts() {
  return kParts;
}

}  // namespace bekci::exporters::host
