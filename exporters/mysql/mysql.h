// Building the mysql collector with a connector of one's own: for tests, which replay recorded servers.
#pragma once

#include <memory>

#include "agent/collect/collector.h"
#include "exporters/mysql/connection.h"

namespace bekci::exporters::mysql {

extern const collect::CollectorSpec kSpec;

// `options` was checked against kSpec.options.
base::Result<std::unique_ptr<collect::Collector>> MakeMysql(const config::Values& options,
                                                            const collect::Environment& environment,
                                                            std::unique_ptr<Connector> connector);

}  // namespace bekci::exporters::mysql
