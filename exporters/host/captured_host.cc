#include "exporters/host/captured_host.h"

#include <algorithm>
#include <cstring>

#include "agent/base/text.h"
#include "agent/wire/exposition.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

// "path size\n" and so many bytes and "\n", or "path -> target\n". Paths of the archive hold no spaces.
std::vector<CapturedFile> Unpack(std::string_view archive) {
  std::vector<CapturedFile> files;
  while (!archive.empty()) {
    const std::string_view line = archive.substr(0, archive.find('\n'));
    archive.remove_prefix(line.size() + 1);
    if (line.starts_with('#')) continue;
    base::FieldReader fields(line);
    CapturedFile file{std::string(fields.Next()), "", ""};
    const std::string_view what = fields.Next();
    if (what == "->") {
      file.target = fields.Next();
    } else {
      const auto size = base::ParseUint(what);
      BEKCI_CHECK(size.has_value() && *size < archive.size());
      file.content = archive.substr(0, *size);
      archive.remove_prefix(*size + 1);
    }
    files.push_back(std::move(file));
  }
  return files;
}

// All parts but those that speak to more than files and the calls answered here.
std::string DefaultOptions() {
  std::string text = "parts: {enable: [tcpstat, processes]";
  for (const PartSpec* part : AllParts()) {
    if (part->name == "systemd") text += ", disable: [systemd]";
  }
  return text + "}";
}

void Set(char* field, size_t size, const char* text) {
  std::memset(field, 0, size);
  std::memcpy(field, text, std::min(size - 1, std::strlen(text)));
}

}  // namespace

base::Status FixedCalls::Uname(struct utsname* out) {
  Set(out->sysname, sizeof out->sysname, "Linux");
  Set(out->nodename, sizeof out->nodename, "web-1");
  Set(out->release, sizeof out->release, "6.1.0-13-amd64");
  Set(out->version, sizeof out->version, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)");
  Set(out->machine, sizeof out->machine, "x86_64");
  Set(out->domainname, sizeof out->domainname, "(none)");
  return base::OkStatus();
}

base::Status FixedCalls::Adjtimex(struct timex* out, int* state) {
  *out = {};
  out->offset = -120'331;
  out->freq = -1'203'310;
  out->maxerror = 231'500;
  out->esterror = 412;
  out->status = STA_PLL | STA_NANO;
  out->constant = 7;
  out->tick = 10'000;
  out->tai = 37;
  *state = TIME_OK;
  return base::OkStatus();
}

base::Status FixedCalls::StatFs(const std::string& path, struct statfs* out) {
  if (path.find("back") != std::string::npos) return base::Unavailable("statfs " + path + ": Stale file handle");
  *out = {};
  out->f_bsize = 4096;
  out->f_frsize = 4096;
  out->f_blocks = 10'000'000 + path.size();
  out->f_bfree = 4'000'000;
  out->f_bavail = 3'500'000;
  out->f_files = 2'500'000;
  out->f_ffree = 2'100'000;
  return base::OkStatus();
}

const std::vector<CapturedFile>& CapturedFiles() {
  static const std::vector<CapturedFile> kFiles = ReadArchive("host/web-1.tree");
  return kFiles;
}

std::vector<CapturedFile> ReadArchive(const std::string& name) {
  base::RealFileSystem real;
  auto archive = real.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/tests/golden/" + name);
  BEKCI_CHECK(archive.ok());
  return Unpack(*archive);
}

CapturedHost::CapturedHost(const std::vector<CapturedFile>& files) : fs(&clock) {
  for (const CapturedFile& file : files) {
    if (file.target.empty()) {
      fs.Put(file.path, file.content);
    } else {
      fs.PutLink(file.path, file.target);
    }
  }
}

std::unique_ptr<collect::Collector> CapturedHost::Make(const std::string& yaml, base::FileSystem* through) {
  const std::string text = yaml.empty() ? DefaultOptions() : yaml;
  const auto node = config::ParseYaml(text, "test.yml");
  BEKCI_CHECK(node.ok());
  config::Errors errors;
  const config::Values values = config::Check(*node, kSpec.options, &errors);
  BEKCI_CHECK(errors.empty());
  auto made = MakeHost(values, {through == nullptr ? &fs : through, &clock, &log}, calls);
  BEKCI_CHECK(made.ok());
  return std::move(*made);
}

std::string CapturedHost::Page(collect::Collector& collector, std::string_view part) {
  collect::CollectContext context;
  context.deadline = base::MonotonicTime::Max();
  if (!part.empty()) context.only.emplace_back(part);
  FamilySink sink;
  sink.Begin();
  BEKCI_CHECK(collector.Collect(context, sink).ok());
  std::string page;
  wire::WriteExposition(model::ToFamilies(sink.FinishRound()), wire::Negotiated(), &page);
  return page;
}

std::string CapturedHost::PageOf(std::string_view part) {
  const auto collector = Make();
  return Page(*collector, part);
}

}  // namespace bekci::exporters::host
