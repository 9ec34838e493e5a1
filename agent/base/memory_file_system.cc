#include "agent/base/memory_file_system.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "agent/base/text.h"

namespace bekci::base {

struct MemoryFileSystem::Node {
  FileKind kind = FileKind::kFile;
  std::string content;  // of a file; the target of a link
  std::string synced;
  std::map<std::string, std::shared_ptr<Node>> entries;
  std::map<std::string, std::shared_ptr<Node>> synced_entries;
  int64_t mtime_ns = 0;
  uint32_t mode = 0644;
  uint64_t inode = 0;
  bool in_place = false;  // was written so
};

struct MemoryFileSystem::State {
  using NodePtr = std::shared_ptr<Node>;

  // Where a path leads: the directory it ends in, the last name there, and what that name stands for (null: nothing).
  struct Place {
    NodePtr directory;
    std::string name;
    NodePtr node;
  };

  Mutex mutex;
  const Clock* clock GUARDED_BY(mutex) = nullptr;
  NodePtr root GUARDED_BY(mutex);
  uint64_t crashes GUARDED_BY(mutex) = 0;
  std::set<const Node*> locked GUARDED_BY(mutex);
  uint64_t last_inode GUARDED_BY(mutex) = 0;

  int64_t Now() REQUIRES(mutex) { return clock == nullptr ? 0 : clock->Now().ms * 1'000'000; }

  NodePtr Make(FileKind kind, uint32_t mode) REQUIRES(mutex) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->mode = mode;
    node->inode = ++last_inode;
    node->mtime_ns = Now();
    return node;
  }

  // Walks `path` from the root. The last component's link is followed only with `follow`. The parent must exist.
  Result<Place> Find(const std::string& path, bool follow, const char* call) REQUIRES(mutex) {
    std::vector<NodePtr> above = {root};
    Place place{root, "", root};
    std::vector<std::string> todo = Components(path);
    std::reverse(todo.begin(), todo.end());
    for (int links = 0; !todo.empty();) {
      const std::string name = std::move(todo.back());
      todo.pop_back();
      if (place.node == nullptr) return Error(ENOENT, call, path);
      if (place.node->kind != FileKind::kDirectory) return Error(ENOTDIR, call, path);
      if (name == "..") {
        if (above.size() > 1) above.pop_back();
        place = {above.size() > 1 ? above[above.size() - 2] : root, "", above.back()};
        continue;
      }
      const auto found = place.node->entries.find(name);
      const NodePtr next = found == place.node->entries.end() ? nullptr : found->second;
      if (next != nullptr && next->kind == FileKind::kSymlink && (follow || !todo.empty())) {
        if (++links > 40) return Error(ELOOP, call, path);
        std::vector<std::string> target = Components(next->content);
        todo.insert(todo.end(), target.rbegin(), target.rend());
        if (next->content.starts_with('/')) {
          above = {root};
          place = {root, "", root};
        }
        continue;
      }
      place = {place.node, name, next};
      if (next != nullptr && next->kind == FileKind::kDirectory) above.push_back(next);
    }
    return place;
  }

  Result<NodePtr> Existing(const std::string& path, const char* call, bool follow = true) REQUIRES(mutex) {
    ASSIGN_OR_RETURN(Place place, Find(path, follow, call));
    if (place.node == nullptr) return Error(ENOENT, call, path);
    return std::move(place.node);
  }

  Result<NodePtr> Directory(const std::string& path, const char* call) REQUIRES(mutex) {
    ASSIGN_OR_RETURN(NodePtr node, Existing(path, call));
    if (node->kind != FileKind::kDirectory) return Error(ENOTDIR, call, path);
    return node;
  }

  // The file at `path`, made when missing, to be written.
  Result<NodePtr> Writable(const std::string& path) REQUIRES(mutex) {
    ASSIGN_OR_RETURN(Place place, Find(path, true, "open"));
    if (place.node == nullptr) {
      place.node = Make(FileKind::kFile, 0644);
      place.directory->entries[place.name] = place.node;
      place.directory->mtime_ns = Now();
    }
    if (place.node->kind != FileKind::kFile) return Error(EISDIR, "open", path);
    if ((place.node->mode & 0222) == 0) return Error(EACCES, "open", path);
    return std::move(place.node);
  }

  static std::vector<std::string> Components(std::string_view path) {
    std::vector<std::string> names;
    for (const std::string_view name : Split(path, '/')) {
      if (!name.empty() && name != ".") names.emplace_back(name);
    }
    return names;
  }

  static Status Error(int error_number, const char* call, const std::string& path) {
    return FromErrno(error_number, std::string(call) + " " + path);
  }

  // Goes back to what was synced, from `node` down.
  static void Revert(Node& node, Random* random) {
    if (node.kind == FileKind::kDirectory) {
      node.entries = node.synced_entries;
      for (const auto& [name, child] : node.entries) Revert(*child, random);
      return;
    }
    if (node.kind != FileKind::kFile) return;
    if (random != nullptr && node.in_place) {
      KeepSomeSectors(&node.synced, node.content, *random);
      node.content = node.synced;
    } else if (random != nullptr && node.content.starts_with(node.synced)) {
      node.content.resize(node.synced.size() + random->Below(node.content.size() - node.synced.size() + 1));
      node.synced = node.content;
    } else {
      node.content = node.synced;
    }
  }

  // Of what was written in place any sector may have reached the disk, whichever came first.
  static void KeepSomeSectors(std::string* synced, const std::string& written, Random& random) {
    constexpr size_t kSector = 512;
    if (written.size() > synced->size() && random.Below(2) == 0) synced->resize(written.size());
    for (size_t at = 0; at < std::min(synced->size(), written.size()); at += kSector) {
      const size_t size = std::min(kSector, std::min(synced->size(), written.size()) - at);
      if (random.Below(2) == 0) synced->replace(at, size, written, at, size);
    }
  }

  // Makes what is missing of the directories above `path`, durably, and returns the place of its last component.
  Place Prepare(const std::string& path) REQUIRES(mutex) {
    for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string above = path.substr(0, slash);
      auto place = Find(above, true, "put");
      BEKCI_CHECK(place.ok());
      if (place->node == nullptr) Link(*place, Make(FileKind::kDirectory, 0755));
    }
    auto place = Find(path, false, "put");
    BEKCI_CHECK(place.ok() && !place->name.empty());
    return *std::move(place);
  }

  static void Link(const Place& place, const NodePtr& node) {
    place.directory->entries[place.name] = node;
    place.directory->synced_entries[place.name] = node;
  }
};

class MemoryFileSystem::Reader : public ReadableFile {
 public:
  Reader(std::shared_ptr<State> state, std::shared_ptr<Node> node, std::string path, uint64_t crashes)
      : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)), crashes_(crashes) {}

  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) override {
    MutexLock lock(state_->mutex);
    if (crashes_ != state_->crashes) return State::Error(EIO, "read", path_);
    if (node_->kind == FileKind::kDirectory) return State::Error(EISDIR, "read", path_);
    if (offset >= node_->content.size()) return size_t{0};
    return node_->content.copy(out.data(), out.size(), offset);
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
  std::string path_;
  uint64_t crashes_;
};

// A file that is open to be written: until it is closed, or the power goes.
class MemoryFileSystem::Handle {
 public:
  Handle(std::shared_ptr<State> its_state, std::shared_ptr<Node> its_node, std::string path, uint64_t crashes)
      : state(std::move(its_state)), node(std::move(its_node)), path_(std::move(path)), crashes_(crashes) {}

  Status Usable(const char* call) const REQUIRES(state->mutex) {
    if (closed_) return State::Error(EBADF, call, path_);
    return crashes_ == state->crashes ? OkStatus() : State::Error(EIO, call, path_);
  }
  Status Sync() {
    MutexLock lock(state->mutex);
    RETURN_IF_ERROR(Usable("sync"));
    node->synced = node->content;
    return OkStatus();
  }
  Status Close() {
    MutexLock lock(state->mutex);
    RETURN_IF_ERROR(Usable("close"));
    closed_ = true;
    return OkStatus();
  }

  const std::shared_ptr<State> state;
  const std::shared_ptr<Node> node;

 private:
  const std::string path_;
  const uint64_t crashes_;
  bool closed_ = false;
};

class MemoryFileSystem::Writer : public WritableFile {
 public:
  explicit Writer(Handle handle) : handle_(std::move(handle)) {}

  Status Append(std::string_view data) override {
    MutexLock lock(handle_.state->mutex);
    RETURN_IF_ERROR(handle_.Usable("write"));
    handle_.node->content += data;
    handle_.node->mtime_ns = handle_.state->Now();
    return OkStatus();
  }
  Status Sync() override { return handle_.Sync(); }
  Status Close() override { return handle_.Close(); }

 private:
  Handle handle_;
};

class MemoryFileSystem::InPlace : public InPlaceFile {
 public:
  explicit InPlace(Handle handle) : handle_(std::move(handle)) {}

  Result<uint64_t> Size() override {
    MutexLock lock(handle_.state->mutex);
    RETURN_IF_ERROR(handle_.Usable("stat"));
    return uint64_t{handle_.node->content.size()};
  }

  Status Reserve(uint64_t size_bytes) override {
    MutexLock lock(handle_.state->mutex);
    RETURN_IF_ERROR(handle_.Usable("reserve"));
    std::string& content = handle_.node->content;
    if (size_bytes > content.size()) content.resize(size_bytes);
    return OkStatus();
  }

  Status WriteAt(uint64_t offset, std::string_view data) override {
    MutexLock lock(handle_.state->mutex);
    RETURN_IF_ERROR(handle_.Usable("write"));
    std::string& content = handle_.node->content;
    if (offset + data.size() > content.size()) content.resize(offset + data.size());
    content.replace(offset, data.size(), data);
    handle_.node->in_place = true;
    handle_.node->mtime_ns = handle_.state->Now();
    return OkStatus();
  }
  Status Sync() override { return handle_.Sync(); }

 private:
  Handle handle_;
};

class MemoryFileSystem::Claim : public FileLock {
 public:
  Claim(std::shared_ptr<State> state, std::shared_ptr<Node> node, uint64_t crashes)
      : state_(std::move(state)), node_(std::move(node)), crashes_(crashes) {}
  ~Claim() override {
    MutexLock lock(state_->mutex);
    if (crashes_ == state_->crashes) state_->locked.erase(node_.get());
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
  uint64_t crashes_;
};

MemoryFileSystem::MemoryFileSystem(const Clock* clock) : state_(std::make_shared<State>()) {
  MutexLock lock(state_->mutex);
  state_->clock = clock;
  state_->root = state_->Make(FileKind::kDirectory, 0755);
}

MemoryFileSystem::~MemoryFileSystem() {
  MutexLock lock(state_->mutex);
  state_->clock = nullptr;  // an open file may live on, the clock may not
}

Result<std::unique_ptr<ReadableFile>> MemoryFileSystem::OpenRead(const std::string& path) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(auto node, state_->Existing(path, "open"));
  if ((node->mode & 0444) == 0) return State::Error(EACCES, "open", path);
  return std::unique_ptr<ReadableFile>(std::make_unique<Reader>(state_, std::move(node), path, state_->crashes));
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::OpenWrite(const std::string& path, bool append) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(auto node, state_->Writable(path));
  if (!append) node->content.clear();
  return std::unique_ptr<WritableFile>(
      std::make_unique<Writer>(Handle(state_, std::move(node), path, state_->crashes)));
}

Result<std::unique_ptr<InPlaceFile>> MemoryFileSystem::OpenInPlace(const std::string& path) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(auto node, state_->Writable(path));
  return std::unique_ptr<InPlaceFile>(
      std::make_unique<InPlace>(Handle(state_, std::move(node), path, state_->crashes)));
}

Result<std::vector<std::string>> MemoryFileSystem::ListDirectory(const std::string& path) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(const auto node, state_->Directory(path, "open directory"));
  std::vector<std::string> names;
  names.reserve(node->entries.size());
  for (const auto& [name, child] : node->entries) names.push_back(name);
  return names;
}

Result<FileInfo> MemoryFileSystem::Stat(const std::string& path) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(const auto node, state_->Existing(path, "stat"));
  FileInfo info;
  info.kind = node->kind;
  info.size_bytes = node->content.size();
  info.mtime_ns = node->mtime_ns;
  info.mode = node->mode;
  info.inode = node->inode;
  return info;
}

Result<std::string> MemoryFileSystem::ReadLink(const std::string& path) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(const auto node, state_->Existing(path, "readlink", false));
  if (node->kind != FileKind::kSymlink) return State::Error(EINVAL, "readlink", path);
  return node->content;
}

Status MemoryFileSystem::CreateDirectory(const std::string& path) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(const State::Place place, state_->Find(path, true, "mkdir"));
  if (place.node != nullptr) {
    return place.node->kind == FileKind::kDirectory ? OkStatus() : State::Error(EEXIST, "mkdir", path);
  }
  place.directory->entries[place.name] = state_->Make(FileKind::kDirectory, 0755);
  place.directory->mtime_ns = state_->Now();
  return OkStatus();
}

Status MemoryFileSystem::Rename(const std::string& from, const std::string& to) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(const State::Place source, state_->Find(from, false, "rename"));
  ASSIGN_OR_RETURN(const State::Place target, state_->Find(to, false, "rename"));
  if (source.node == nullptr) return State::Error(ENOENT, "rename", from + " to " + to);
  if (source.name.empty() || target.name.empty()) return State::Error(EBUSY, "rename", from + " to " + to);
  if (source.node == target.node) return OkStatus();
  if (target.node != nullptr) {
    const bool directory = source.node->kind == FileKind::kDirectory;
    if (target.node->kind == FileKind::kDirectory && !directory) return State::Error(EISDIR, "rename", to);
    if (target.node->kind != FileKind::kDirectory && directory) return State::Error(ENOTDIR, "rename", to);
    if (!target.node->entries.empty()) return State::Error(ENOTEMPTY, "rename", to);
  }
  source.directory->entries.erase(source.name);
  target.directory->entries[target.name] = source.node;
  source.directory->mtime_ns = target.directory->mtime_ns = state_->Now();
  return OkStatus();
}

Status MemoryFileSystem::Remove(const std::string& path) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(const State::Place place, state_->Find(path, false, "remove"));
  if (place.node == nullptr) return State::Error(ENOENT, "remove", path);
  if (place.name.empty()) return State::Error(EBUSY, "remove", path);
  if (!place.node->entries.empty()) return State::Error(ENOTEMPTY, "remove", path);
  place.directory->entries.erase(place.name);
  place.directory->mtime_ns = state_->Now();
  return OkStatus();
}

Status MemoryFileSystem::SyncDirectory(const std::string& path) {
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(const auto node, state_->Directory(path, "sync directory"));
  node->synced_entries = node->entries;
  return OkStatus();
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::Lock(const std::string& path) {
  if (!Exists(path)) RETURN_IF_ERROR(OpenWrite(path, true).status());
  MutexLock lock(state_->mutex);
  ASSIGN_OR_RETURN(auto node, state_->Existing(path, "lock"));
  if (!state_->locked.insert(node.get()).second) return Unavailable("lock " + path + ": another process holds it");
  return std::unique_ptr<FileLock>(std::make_unique<Claim>(state_, std::move(node), state_->crashes));
}

void MemoryFileSystem::Put(const std::string& path, std::string_view content, uint32_t mode) {
  MutexLock lock(state_->mutex);
  const State::Place place = state_->Prepare(path);
  const bool exists = place.node != nullptr && place.node->kind == FileKind::kFile;
  const auto node = exists ? place.node : state_->Make(FileKind::kFile, mode);
  node->content = content;
  node->synced = content;
  node->mode = mode;
  node->mtime_ns = state_->Now();
  State::Link(place, node);
}

void MemoryFileSystem::PutLink(const std::string& path, const std::string& target) {
  MutexLock lock(state_->mutex);
  const auto node = state_->Make(FileKind::kSymlink, 0777);
  node->content = target;
  State::Link(state_->Prepare(path), node);
}

void MemoryFileSystem::Crash(Random* random) {
  MutexLock lock(state_->mutex);
  ++state_->crashes;
  state_->locked.clear();
  State::Revert(*state_->root, random);
}

}  // namespace bekci::base
