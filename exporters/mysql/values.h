// Values: what the server says in words, as numbers, by the rules of mysqld_exporter: ON is 1, Connecting is 0.
//
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bekci::exporters::mysql {

// Yes/No, ON/OFF, a state of replication or Galera, a date ("2024-05-01 12:00:00", "Nov 21 16:06:06 2027 GMT": seconds
// since the epoch, taken as UTC) or a number. nullopt: only words.
std::optional<double> ParseStatus(std::string_view text);

// "2024-05-01 12:00:00.123456" as seconds since the epoch, taken as UTC; nullopt for anything else.
std::optional<double> ParseDateTime(std::string_view text);

// `name` in small letters, everything but letters, digits and _ as _: a part of a metric name.
std::string MetricNamePart(std::string_view name);

// The text when it is UTF-8, else with every byte outside ASCII as ?, so that it can be a label value.
std::string_view LabelText(std::string_view text, std::string* storage);

// `text` as a string literal of SQL, whatever is in it. For a session whose sql_mode is empty.
std::string SqlText(std::string_view text);
// `name` as a quoted identifier of SQL.
std::string SqlName(std::string_view name);

}  // namespace bekci::exporters::mysql
