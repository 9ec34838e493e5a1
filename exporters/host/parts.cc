// The table of parts. A new part is a file, a declaration and a row here, and its line in CMakeLists.txt.
#include "exporters/host/part.h"

namespace bekci::exporters::host {

extern const PartSpec kArp;
extern const PartSpec kBcache;
extern const PartSpec kBonding;
extern const PartSpec kBtrfs;
extern const PartSpec kConntrack;
extern const PartSpec kCpu;
extern const PartSpec kCpufreq;
extern const PartSpec kDiskstats;
extern const PartSpec kDmi;
extern const PartSpec kEdac;
extern const PartSpec kEntropy;
extern const PartSpec kFibrechannel;
extern const PartSpec kFilefd;
extern const PartSpec kFilesystem;
extern const PartSpec kHwmon;
extern const PartSpec kInfiniband;
extern const PartSpec kIpvs;
extern const PartSpec kLoadavg;
extern const PartSpec kMdadm;
extern const PartSpec kMeminfo;
extern const PartSpec kNetclass;
extern const PartSpec kNetdev;
extern const PartSpec kNetstat;
extern const PartSpec kNfs;
extern const PartSpec kNfsd;
extern const PartSpec kNvme;
extern const PartSpec kOom;
extern const PartSpec kOs;
extern const PartSpec kPowersupplyclass;
extern const PartSpec kPressure;
extern const PartSpec kProcesses;
extern const PartSpec kRapl;
extern const PartSpec kSchedstat;
extern const PartSpec kSelinux;
extern const PartSpec kServices;
extern const PartSpec kSockstat;
extern const PartSpec kSoftnet;
extern const PartSpec kStat;
extern const PartSpec kSystemd;
extern const PartSpec kTapestats;
extern const PartSpec kTcpstat;
extern const PartSpec kTextfile;
extern const PartSpec kThermalZone;
extern const PartSpec kTime;
extern const PartSpec kTimex;
extern const PartSpec kUdpQueues;
extern const PartSpec kUname;
extern const PartSpec kVmstat;
extern const PartSpec kXfs;
extern const PartSpec kZfs;

namespace {
// Sorted by PartSpec::name.
// clang-format off
const PartSpec* const kParts[] = {
    &kArp,
    &kBcache,
    &kBonding,
    &kBtrfs,
    &kConntrack,
    &kCpu,
    &kCpufreq,
    &kDiskstats,
    &kDmi,
    &kEdac,
    &kEntropy,
    &kFibrechannel,
    &kFilefd,
    &kFilesystem,
    &kHwmon,
    &kInfiniband,
    &kIpvs,
    &kLoadavg,
    &kMdadm,
    &kMeminfo,
    &kNetclass,
    &kNetdev,
    &kNetstat,
    &kNfs,
    &kNfsd,
    &kNvme,
    &kOom,
    &kOs,
    &kPowersupplyclass,
    &kPressure,
    &kProcesses,
    &kRapl,
    &kSchedstat,
    &kSelinux,
    &kServices,
    &kSockstat,
    &kSoftnet,
    &kStat,
    &kSystemd,
    &kTapestats,
    &kTcpstat,
    &kTextfile,
    &kThermalZone,
    &kTime,
    &kTimex,
    &kUdpQueues,
    &kUname,
    &kVmstat,
    &kXfs,
    &kZfs,
};
// clang-format on
}  // namespace

std::span<const PartSpec* const> AllParts() {
  return kParts;
}

}  // namespace bekci::exporters::host
