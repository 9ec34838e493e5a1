// INFO from an enemy: any text, every switch on, and CLUSTER INFO's reading of the same.
#include <cstddef>
#include <cstdint>

#include "exporters/redis/info_page.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bekci::exporters::redis;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  InfoPage page;
  InfoWanted wanted;
  wanted.modules = wanted.system = true;
  ServerFacts facts;
  CommandStats commands;
  LabelTexts labels;
  bekci::collect::FamilySink sink;
  sink.set_max_series(20'000);
  for (int round = 0; round < 2; ++round) {
    sink.Begin();
    labels.Clear();
    page.Show(text, wanted, {1'700'000'000'000}, labels, &facts, &commands, sink);
    page.ShowCluster(text, sink);
    (void)sink.FinishRound();
  }
  return 0;
}
