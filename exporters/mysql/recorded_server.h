// RecordedServer: answers that servers gave, replayed through the Connection interface.
//
// A recording is a text file of blocks:
//     > SELECT a ... b        the statement, or pieces of it that it has in this order; several lines `>` have one
//     answer Name<TAB>Value          the columns, as `mariadb -B` prints them; NULL is NULL, \n \t \\ are escapes
//     Uptime<TAB>17
//     (an empty line ends the block)
//     > SHOW REPLICA STATUS
//     ! 1064 You have an error in your SQL syntax
// `# ...` lines say where it comes from. A statement that is not in the recording is error 1064, "not recorded".
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporters/mysql/connection.h"

namespace bekci::exporters::mysql {

class RecordedServer {
 public:
  struct Recorded {
    std::vector<std::string> lines;
    unsigned error = 0;
    std::string message;
  };

  explicit RecordedServer(const base::Clock& clock) : clock_(clock) {}
  // Adds a recording; of blocks that fit a statement the last one wins.
  void Load(const std::string& name);
  void Add(const std::string& text);

  std::unique_ptr<Connector> MakeConnector();

  // What tests look at and turn.
  std::vector<std::string> asked;  // every statement that was sent
  int batches = 0;                 // round trips
  int connects = 0;
  base::Status refuse_connect;     // not OK: nobody gets in
  base::Status break_at_next_run;  // once: the connection is lost before anything is answered
  std::string hang_at;             // the statement at which the deadline comes

 private:
  friend class RecordedConnection;
  friend class RecordedConnector;
  void Fill(std::string_view statement, Answer* answer) const;

  const base::Clock& clock_;
  std::vector<std::pair<std::string, std::shared_ptr<Recorded>>> answers_;
};

}  // namespace bekci::exporters::mysql
