// IndexReader: the index of a block, read where it lies.
//
// The file is mapped. Opening checks the sums and the order of symbols and of the table of postings, once, and keeps a
// sample of both: the place of every 4th symbol, and per label name every 32nd value. Everything else is found from
// there by a short walk. Postings and series entries are checked as they are read. No number in the file is trusted.
// What was checked may still become unreadable (base::MappedFile::faults): who reads asks Steady around it.
//
// Thread rule: immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/tsdb/byte_stream.h"
#include "agent/tsdb/index_format.h"
#include "agent/tsdb/index_writer.h"

namespace bekci::tsdb {

// A list of series references, ascending, big-endian in the mapped file and decoded one by one.
class PostingsView {
 public:
  PostingsView() = default;
  PostingsView(const char* data, size_t count) : data_(data), count_(count) {}
  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  uint32_t operator[](size_t i) const { return LoadBig32(data_ + 4 * i); }

 private:
  const char* data_ = nullptr;
  size_t count_ = 0;
};

class IndexReader {
 public:
  // Errors: corrupt, with the section; invalid: a version other than 2; unavailable: the disk cannot read it.
  static base::Result<std::unique_ptr<const IndexReader>> Open(std::unique_ptr<const base::MappedFile> file);

  // ---- symbols ----
  size_t symbol_count() const { return symbol_count_; }
  std::string_view Symbol(uint32_t number) const;  // number < symbol_count()
  // All of them in order.
  std::vector<std::string_view> Symbols() const;

  // ---- postings ----
  std::vector<std::string_view> LabelNames() const;  // sorted
  base::Result<PostingsView> AllPostings() const;
  // Empty when no series has the pair.
  base::Result<PostingsView> Postings(std::string_view name, std::string_view value) const;

  // The values of a name in order, each with its list on demand: values that begin with `prefix`.
  class ValueWalk {
   public:
    bool done() const { return left_ == 0; }
    std::string_view value() const { return value_; }
    base::Result<PostingsView> postings() const;
    void Next();

   private:
    friend class IndexReader;
    ValueWalk() : rest_(std::string_view()) {}
    const IndexReader* index_ = nullptr;
    ByteReader rest_;
    uint64_t left_ = 0;  // values, with this one
    std::string_view value_;
    std::string_view prefix_;
    uint64_t offset_ = 0;
  };
  ValueWalk Values(std::string_view name, std::string_view prefix = {}) const;
  size_t ValueCount(std::string_view name) const;

  // ---- series ----
  // An entry whose sum was checked: its labels and chunks, still encoded.
  struct SeriesEntry {
    std::string_view labels;  // pairs of symbol numbers
    uint64_t label_count = 0;
    std::string_view chunks;
    uint64_t chunk_count = 0;
  };
  base::Result<SeriesEntry> Series(uint32_t ref) const;
  base::Status ReadLabels(const SeriesEntry& entry, model::Labels* out) const;

  // The chunks of a series one by one; stops at the first that cannot be (a walk that ends early has ok() false).
  class ChunkWalk {
   public:
    explicit ChunkWalk(const SeriesEntry& entry) : rest_(entry.chunks), left_(entry.chunk_count) {}
    // False at the end.
    bool Next(ChunkRef* chunk);
    bool ok() const { return ok_; }

   private:
    ByteReader rest_;
    uint64_t left_;
    bool first_ = true;
    bool ok_ = true;
    ChunkRef last_;
  };

  // Every section with a check sum that Open does not check: for `verify`. One line per damage.
  std::vector<std::string> VerifyAll() const;
  uint64_t size_bytes() const { return data_.size(); }
  size_t memory_bytes() const;  // of the samples kept

  // ---- pages that the disk cannot read (any more) ----
  uint64_t fault_count() const { return file_->fault_count(); }
  // Unavailable when such a page holds symbols or the table of postings: then no answer of this reader can be trusted.
  // Elsewhere it costs the series and the lists that lie in it, whose sums tell.
  base::Status Readable() const;

  void Forget() const { file_->Forget(); }

 private:
  static constexpr size_t kSymbolStep = 4;
  static constexpr size_t kValueStep = 32;

  struct Value {
    std::string_view value;
    uint32_t offset;  // of its entry in the table
  };
  struct Name {
    std::string_view name;
    uint32_t first = 0;  // in values_
    uint32_t sampled = 0;
    uint64_t count = 0;
  };

  IndexReader() = default;
  base::Status Load();
  base::Status LoadContents();
  base::Status LoadSymbols();
  base::Status LoadPostingsTable();
  base::Status DamagedIn(uint64_t from, uint64_t to, const std::string& what) const;
  base::Result<std::string_view> CheckedSection(uint64_t offset, std::string_view what) const;
  void KeepEntry(std::string_view name, std::string_view value, uint32_t offset);
  base::Result<PostingsView> PostingsAt(uint64_t offset) const;
  std::string_view RawSymbol(uint32_t number) const;  // with its length before it
  const Name* FindName(std::string_view name) const;

  std::unique_ptr<const base::MappedFile> file_;
  std::string_view data_;
  TableOfContents toc_;
  std::string_view symbols_;  // the strings
  size_t symbol_count_ = 0;
  std::vector<uint32_t> symbol_offsets_;
  std::string_view table_;  // entries of the table of postings
  uint64_t all_postings_ = 0;
  std::vector<Name> names_;
  std::vector<Value> values_;
};

}  // namespace bekci::tsdb
