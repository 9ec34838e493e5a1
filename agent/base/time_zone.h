// TimeZone: what a clock on the wall says somewhere, from the system's own files (/usr/share/zoneinfo).
//
// The C library has one zone for the whole process, and g++ 12 has no std::chrono::time_zone, so the compiled files are
// read here: the table of transitions, and behind its end the rule in the footer, so that zones are right for all
// years.
//
// Source: RFC 8536 (TZif), POSIX.1-2017 8.3 (TZ). Nothing in a file is trusted: sizes are checked, a damaged file is an
// error. Thread rule: immutable once loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"

namespace bekci::base {

class TimeZone {
 public:
  TimeZone() = default;  // UTC

  // `name` as in the IANA data base: Europe/Istanbul. Errors: not_found; corrupt; invalid for a name that is a path.
  static Result<TimeZone> Load(FileSystem& fs, const std::string& name,
                               const std::string& directory = "/usr/share/zoneinfo");
  // From the bytes of a TZif file. Errors: corrupt.
  static Result<TimeZone> Parse(std::string_view data);

  // Seconds east of Greenwich at a time (Unix seconds).
  int64_t OffsetAt(int64_t unix_s) const;
  // What the time there is called then, and whether it is summer time: "CEST", "+03".
  struct Name {
    std::string_view text = "UTC";  // good as long as the zone is where it is
    bool summer = false;
  };
  Name NameAt(int64_t unix_s) const;
  // The Unix time of a local date and time, given as seconds since 1970-01-01 00:00 there. Of a time that comes twice,
  // the first; of one that a change to summer time left out, the moment of the change.
  int64_t FromLocal(int64_t local_s) const;

 private:
  // When a rule's part of the year begins: day `day` (0 Sunday) of week `week` (5: the last) of a month, or a day of
  // the year; local time.
  struct Change {
    char form = 'M';  // M, J (1..365, never 29 February), or 0 (0..365)
    int month = 0;
    int week = 0;
    int day = 0;
    int64_t second = 7200;
  };
  struct Rule {
    bool present = false;
    bool summer = false;
    std::string name;
    std::string summer_name;
    int64_t offset = 0;
    int64_t summer_offset = 0;
    Change begins;
    Change ends;
  };
  class RuleReader;
  // What holds from a transition on, and before all of them.
  struct Kind {
    bool summer = false;
    std::string name = "UTC";
  };

  static int64_t ChangeTime(const Change& change, int64_t year);
  bool RuleSaysSummer(int64_t unix_s) const;
  int64_t RuleOffset(int64_t unix_s) const;

  std::vector<int64_t> times_;    // rising
  std::vector<int64_t> offsets_;  // from times_[i] on
  std::vector<Kind> kinds_;
  std::vector<uint8_t> kind_from_;  // of times_[i] on: one of kinds_
  int64_t first_offset_ = 0;        // before all
  Rule rule_;
};

// Days since 1970-01-01 of a date in the Gregorian calendar, and back.
int64_t DaysOf(int64_t year, unsigned month, unsigned day);
struct Date {
  int64_t year = 1970;
  unsigned month = 1;
  unsigned day = 1;
};
Date DateOf(int64_t days);

}  // namespace bekci::base
