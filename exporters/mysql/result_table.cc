#include "exporters/mysql/result_table.h"

#include "agent/base/text.h"

namespace bekci::exporters::mysql {

void ResultTable::Clear() {
  names_.clear();
  cells_.clear();
  bytes_.clear();
}

void ResultTable::AddColumn(std::string_view name) {
  names_.emplace_back(name);
}

void ResultTable::AddCell(std::string_view text) {
  cells_.push_back({static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(text.size())});
  bytes_ += text;
}

void ResultTable::AddNull() {
  cells_.push_back({0, kNull});
}

int ResultTable::Find(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (base::EqualsIgnoreCase(names_[i], name)) return static_cast<int>(i);
  }
  return kNoColumn;
}

std::string_view ResultTable::At(size_t row, int column) const {
  if (column < 0 || static_cast<size_t>(column) >= names_.size() || row >= rows()) return {};
  const Cell& cell = cells_[row * names_.size() + static_cast<size_t>(column)];
  if (cell.size == kNull) return {};
  return std::string_view(bytes_.data() + cell.begin, cell.size);
}

}  // namespace bekci::exporters::mysql
