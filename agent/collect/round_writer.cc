#include "agent/collect/round_writer.h"

#include <algorithm>
#include <vector>

#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

// Content of one frame, less than a chunk by what ids and lengths may add.
constexpr size_t kContentBytes = kChunkBytes - 1024;
constexpr size_t kMaxMessageBytes = 4096;  // of a status: a person reads it

void SetHead(const RoundWriter::Head& head, auto* message) {
  message->set_id(head.id);
  message->set_slot(head.slot);
}

base::Status TooLarge(const std::string& family) {
  return base::LimitReached("a series of " + family.substr(0, 200) + " takes more than 63 KiB");
}

// At least what the messages take once they are encoded.
size_t EncodedBytes(const model::Schema::Arrival& arrival) {
  return arrival.labels.data().size() + 6 * arrival.labels.count() + 8 * arrival.bounds.size() + 32;
}

size_t EncodedBytes(const model::FamilySchema& family) {
  size_t bytes = family.name.size() + family.help.size() + family.unit.size() + 32;
  for (const std::string& name : family.label_names) bytes += name.size() + 4;
  return bytes;
}

base::Status CheckSizes(const std::vector<model::FamilySchema>& families,
                        const std::vector<model::Schema::Arrival>& arrivals) {
  for (const model::FamilySchema& family : families) {
    if (EncodedBytes(family) > kContentBytes) return TooLarge(family.name);
  }
  for (const model::Schema::Arrival& arrival : arrivals) {
    if (EncodedBytes(arrival) > kContentBytes) return TooLarge(families[arrival.family].name);
  }
  return base::OkStatus();
}

}  // namespace

struct RoundWriter::Frames {
  worker::Frame values;
  worker::Frame done;
};

RoundWriter::RoundWriter(FrameSocket& socket) : socket_(socket), frames_(std::make_unique<Frames>()) {}
RoundWriter::~RoundWriter() = default;

base::Status RoundWriter::WriteRound(const Head& head, const FamilySink& sink, const FamilySink::Output& output,
                                     bool with_schema, const base::Status& status, base::Duration duration) {
  buffer_.clear();
  if (with_schema) RETURN_IF_ERROR(AppendSchema(head, sink));
  RETURN_IF_ERROR(AppendValues(head, output.values));
  // What does not fit comes late here, after values went out; the core then gets it as the round's status.
  if (base::Status extra = AppendExtra(head, output.extra); extra.code() == base::Code::kLimit) {
    return WriteDone(head, extra, duration, output.counts);
  } else if (!extra.ok()) {
    return extra;
  }
  return WriteDone(head, status, duration, output.counts);
}

base::Status RoundWriter::WriteDone(const Head& head, const base::Status& status, base::Duration duration,
                                    const std::optional<ScrapeCounts>& counts) {
  worker::Done* done = frames_->done.mutable_done();
  SetHead(head, done);
  done->set_stream(head.stream);
  done->set_schema_id(head.schema_id);
  done->set_code(static_cast<uint32_t>(status.code()));
  done->set_message(status.ok() ? std::string() : status.message().substr(0, kMaxMessageBytes));
  done->set_duration_ns(duration.count());
  done->set_refused(head.refused);
  if (counts) {
    worker::Scrape* scrape = done->mutable_scrape();
    scrape->set_scraped(counts->scraped);
    scrape->set_kept(counts->kept);
    scrape->set_added(counts->added);
    scrape->set_body_bytes(counts->body_bytes);
  } else {
    done->clear_scrape();
  }
  AppendFrame(frames_->done, &buffer_);
  return Send();
}

base::Status RoundWriter::AppendSchema(const Head& head, const FamilySink& sink) {
  std::vector<model::FamilySchema> families;
  std::vector<model::Schema::Arrival> arrivals;
  sink.Describe(&families, &arrivals);
  RETURN_IF_ERROR(CheckSizes(families, arrivals));
  worker::Frame frame;
  size_t bytes = 0;
  auto start = [&] {
    frame.Clear();
    bytes = 0;
    worker::Schema* schema = frame.mutable_schema();
    SetHead(head, schema);
    schema->set_stream(head.stream);
    schema->set_schema_id(head.schema_id);
  };
  auto room_for = [&](size_t more) {
    if (bytes + more > kContentBytes) {
      AppendFrame(frame, &buffer_);
      start();
      RETURN_IF_ERROR(SendIfLarge());
    }
    bytes += more;
    return base::OkStatus();
  };
  start();
  for (const model::FamilySchema& family : families) {
    RETURN_IF_ERROR(room_for(EncodedBytes(family)));
    EncodeFamily(family, frame.mutable_schema()->add_families());
  }
  for (const model::Schema::Arrival& arrival : arrivals) {
    RETURN_IF_ERROR(room_for(EncodedBytes(arrival)));
    EncodeSeries(arrival, frame.mutable_schema()->add_series());
  }
  AppendFrame(frame, &buffer_);
  return SendIfLarge();
}

base::Status RoundWriter::AppendValues(const Head& head, std::span<const double> values) {
  constexpr size_t kPerFrame = kContentBytes / sizeof(double);
  worker::Values* message = frames_->values.mutable_values();
  SetHead(head, message);
  while (!values.empty()) {
    const auto part = values.first(std::min(values.size(), kPerFrame));
    message->set_data(part.data(), part.size_bytes());
    AppendFrame(frames_->values, &buffer_);
    values = values.subspan(part.size());
    RETURN_IF_ERROR(SendIfLarge());
  }
  return base::OkStatus();
}

base::Status RoundWriter::AppendExtra(const Head& head, std::span<const model::MetricFamily> families) {
  for (const model::MetricFamily& family : families) {
    worker::Frame frame;
    worker::Metric encoded;
    size_t bytes = 0;
    auto start = [&] {
      frame.Clear();
      SetHead(head, frame.mutable_extra());
      worker::Extra::ExtraFamily* to = frame.mutable_extra()->add_families();
      EncodeFamily({family.name, family.help, family.unit, family.type, {}, family.label_names}, to->mutable_family());
      bytes = to->ByteSizeLong();
    };
    start();
    if (bytes > kContentBytes) return TooLarge(family.name);
    for (const model::Metric& metric : family.metrics) {
      encoded.Clear();
      EncodeMetric(metric, &encoded);
      const size_t more = encoded.ByteSizeLong() + 16;
      if (bytes + more > kContentBytes) {
        AppendFrame(frame, &buffer_);
        start();
        RETURN_IF_ERROR(SendIfLarge());
      }
      if (bytes + more > kContentBytes) return TooLarge(family.name);
      bytes += more;
      frame.mutable_extra()->mutable_families(0)->add_metrics()->Swap(&encoded);
    }
    AppendFrame(frame, &buffer_);
    RETURN_IF_ERROR(SendIfLarge());
  }
  return base::OkStatus();
}

base::Status RoundWriter::SendIfLarge() {
  return buffer_.size() >= kContentBytes / 2 ? Send() : base::OkStatus();
}

base::Status RoundWriter::Send() {
  base::Status status = socket_.Write(buffer_);
  buffer_.clear();
  if (buffer_.capacity() > 4 * kChunkBytes) std::string().swap(buffer_);
  return status;
}

}  // namespace bekci::collect
