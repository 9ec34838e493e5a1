#include "exporters/phpfpm/status_page.h"

#include "exporters/phpfpm/json_walk.h"

namespace bekci::exporters::phpfpm {
namespace {

struct PoolNumber {
  std::string_view key;
  double PoolStatus::*member;
};
constexpr PoolNumber kPoolNumbers[] = {
    {"start since", &PoolStatus::start_since},
    {"accepted conn", &PoolStatus::accepted_connections},
    {"listen queue", &PoolStatus::listen_queue},
    {"max listen queue", &PoolStatus::max_listen_queue},
    {"listen queue len", &PoolStatus::listen_queue_length},
    {"idle processes", &PoolStatus::idle_processes},
    {"active processes", &PoolStatus::active_processes},
    {"total processes", &PoolStatus::total_processes},
    {"max active processes", &PoolStatus::max_active_processes},
    {"max children reached", &PoolStatus::max_children_reached},
    {"slow requests", &PoolStatus::slow_requests},
};

struct WorkerNumber {
  std::string_view key;
  double Worker::*member;
};
constexpr WorkerNumber kWorkerNumbers[] = {
    {"start since", &Worker::start_since},
    {"requests", &Worker::requests},
    {"request duration", &Worker::request_duration_us},
    {"last request cpu", &Worker::last_request_cpu},
    {"last request memory", &Worker::last_request_memory},
};

struct WorkerText {
  std::string_view key;
  std::string Worker::*member;
};
constexpr WorkerText kWorkerTexts[] = {
    {"state", &Worker::state},
    {"request uri", &Worker::uri},
    {"script", &Worker::script},
    {"request method", &Worker::method},
};

constexpr double kSignedEnd = 9223372036854775808.0;  // 2^63

class Reader {
 public:
  explicit Reader(PoolStatus* out) : out_(out) {
    for (const PoolNumber& number : kPoolNumbers) out_->*number.member = 0;
  }

  void Visit(std::span<const std::string> keys, const JsonScalar& value) {
    if (keys.size() == 1) OnPool(keys[0], value);
    if (keys.size() == 3 && keys[0] == "processes") OnWorker(keys[2], value);
  }
  bool IsStatusPage() const { return has_pool_ && pool_numbers_ >= 5; }
  void Finish() { out_->workers.resize(workers_); }

 private:
  void OnPool(std::string_view key, const JsonScalar& value) {
    if (key == "pool" && value.kind == JsonScalar::Kind::kString) {
      out_->pool = value.text;
      has_pool_ = true;
    }
    if (value.kind != JsonScalar::Kind::kNumber) return;
    for (const PoolNumber& number : kPoolNumbers) {
      if (number.key != key) continue;
      out_->*number.member = value.number;
      ++pool_numbers_;
    }
  }

  // FPM prints the pid of a worker first: it begins the next one.
  void OnWorker(std::string_view key, const JsonScalar& value) {
    if (key == "pid" && workers_ < kMaxWorkers) {
      if (++workers_ > out_->workers.size()) out_->workers.emplace_back();
      current_ = &out_->workers[workers_ - 1];
      for (const WorkerNumber& number : kWorkerNumbers) current_->*number.member = 0;
      for (const WorkerText& text : kWorkerTexts) (current_->*text.member).clear();
      const bool sane = value.number >= 0 && value.number < kSignedEnd;
      current_->pid = sane ? static_cast<uint64_t>(value.number) : 0;
      return;
    }
    if (current_ == nullptr) return;
    if (value.kind == JsonScalar::Kind::kNumber) {
      const double sane = value.number >= kSignedEnd ? 0 : value.number;
      for (const WorkerNumber& number : kWorkerNumbers) {
        if (number.key == key) current_->*number.member = sane;
      }
    }
    if (value.kind == JsonScalar::Kind::kString) {
      for (const WorkerText& text : kWorkerTexts) {
        if (text.key == key) current_->*text.member = value.text;
      }
    }
  }

  PoolStatus* out_;
  Worker* current_ = nullptr;
  size_t workers_ = 0;
  size_t pool_numbers_ = 0;
  bool has_pool_ = false;
};

}  // namespace

std::string_view Worker::CanonicalState() const {
  if (state == "Getting request informations") return kStates[4];
  return state;
}

base::Status ParseStatusPage(std::string_view body, PoolStatus* out) {
  Reader reader(out);
  base::Status walked =
      WalkJson(body, [&](std::span<const std::string> keys, const JsonScalar& value) { reader.Visit(keys, value); });
  reader.Finish();
  RETURN_IF_ERROR(std::move(walked).WithContext("status page"));
  if (!reader.IsStatusPage()) return base::Corrupt("status page: this JSON is not FPM's");
  return base::OkStatus();
}

}  // namespace bekci::exporters::phpfpm
