// ResultTable: one answer of the server, kept as text: column names and cells.
//
// The cells of a whole answer stand in one buffer that is used again round after round, so a round in which the server
// says as much as in the last allocates nothing. It is filled by a Connection, bounded there, and read by parts.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bekci::exporters::mysql {

class ResultTable {
 public:
  static constexpr int kNoColumn = -1;

  void Clear();
  void AddColumn(std::string_view name);
  // Cells in row order; a row is complete when each column has its cell.
  void AddCell(std::string_view text);
  void AddNull();

  size_t columns() const { return names_.size(); }
  size_t rows() const { return names_.empty() ? 0 : cells_.size() / names_.size(); }
  size_t bytes() const { return bytes_.size() + cells_.size() * sizeof(Cell); }
  const std::string& name(size_t column) const { return names_[column]; }
  // The column of that name in any case of letters, or kNoColumn.
  int Find(std::string_view name) const;
  // The cell's text; NULL, and every cell of kNoColumn, is a view whose data() is null. Good until Clear.
  std::string_view At(size_t row, int column) const;

 private:
  struct Cell {
    uint32_t begin;
    uint32_t size;  // kNull: NULL
  };
  static constexpr uint32_t kNull = UINT32_MAX;

  std::vector<std::string> names_;
  std::vector<Cell> cells_;
  std::string bytes_;
};

inline bool IsNull(std::string_view cell) {
  return cell.data() == nullptr;
}

}  // namespace bekci::exporters::mysql
