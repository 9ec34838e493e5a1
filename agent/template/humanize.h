// Numbers for people: 1.235M, 120.6ki, 1d 2h 3m 4s, 95.9%.
//
// Source: Prometheus' template functions of these names. Thread rule: functions without state.
#pragma once

#include <string>

namespace bekci::templates {

std::string Humanize(double value);            // steps of 1000: k M G ... below 1 m u n ...
std::string Humanize1024(double value);        // steps of 1024: ki Mi Gi ...
std::string HumanizeSeconds(double seconds);   // 1d 2h 3m 4s, 12.35s, 100ms
std::string HumanizePercentage(double ratio);  // 0.959 is 95.9%

}  // namespace bekci::templates
