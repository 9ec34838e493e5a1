#include "agent/base/page_faults.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>

#include "agent/base/mutex.h"

namespace bekci::base {

struct MappingGuard::Slot {
  std::atomic<uint32_t> version{0};  // odd: being changed
  std::atomic<uintptr_t> begin{0};   // 0: free
  std::atomic<uintptr_t> size{0};
  std::atomic<uint64_t> faults{0};
  std::atomic<uint64_t> low{0};
  std::atomic<uint64_t> high{0};
};

namespace {

using Slot = MappingGuard::Slot;

constexpr uint64_t kMostPages = 256;  // of a mapping; beyond, all of it becomes zeros
constexpr size_t kSlots = 128;

struct SlotBlock {
  std::array<Slot, kSlots> slots;
  std::atomic<SlotBlock*> next{nullptr};
};

// State of the process, as the handler of a signal is.
SlotBlock first_block;
Mutex table_mutex;  // for those who enter and leave; the handler takes none
struct sigaction action_before;
uintptr_t page_bytes = 4096;

static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(std::atomic<uintptr_t>::is_always_lock_free);

// What stood at `slot` at one moment; false when it is free or changes just now, which a mapping that is read never
// does.
bool Holds(const Slot& slot, uintptr_t address, uintptr_t* begin, uintptr_t* size) {
  const uint32_t version = slot.version.load(std::memory_order_acquire);
  *begin = slot.begin.load(std::memory_order_relaxed);
  *size = slot.size.load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  const bool stable = version % 2 == 0 && slot.version.load(std::memory_order_relaxed) == version;
  return stable && *begin != 0 && address - *begin < *size;
}

void Lower(std::atomic<uint64_t>* value, uint64_t to) {
  uint64_t old = value->load();
  while (to < old && !value->compare_exchange_weak(old, to)) {
  }
}

void Raise(std::atomic<uint64_t>* value, uint64_t to) {
  uint64_t old = value->load();
  while (to > old && !value->compare_exchange_weak(old, to)) {
  }
}

// Past the sanitizers' interceptors, which are not made for being called from here.
bool PutZeros(uintptr_t begin, uintptr_t size) {
  return syscall(SYS_mmap, begin, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L) != -1;
}

// First the notes, then the zeros: who sees these finds those.
bool Repair(Slot* slot, uintptr_t address, uintptr_t begin, uintptr_t size) {
  const uintptr_t offset = (address - begin) / page_bytes * page_bytes;
  Lower(&slot->low, offset);
  Raise(&slot->high, offset + page_bytes);
  const uint64_t count = slot->faults.fetch_add(1) + 1;
  if (count <= kMostPages && PutZeros(begin + offset, page_bytes)) return true;
  Lower(&slot->low, 0);
  Raise(&slot->high, size);
  slot->faults.fetch_add(1);
  return PutZeros(begin, size);
}

bool RepairAt(uintptr_t address) {
  for (SlotBlock* block = &first_block; block != nullptr; block = block->next.load(std::memory_order_acquire)) {
    for (Slot& slot : block->slots) {
      uintptr_t begin = 0;
      uintptr_t size = 0;
      if (Holds(slot, address, &begin, &size)) return Repair(&slot, address, begin, size);
    }
  }
  return false;
}

void OnBusError(int signal, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  const bool by_the_kernel = info->si_code > 0;
  if (!by_the_kernel || !RepairAt(reinterpret_cast<uintptr_t>(info->si_addr))) {
    // Not ours: the instruction fails again, or the signal comes again, and meets what was there before us.
    sigaction(SIGBUS, &action_before, nullptr);
    if (!by_the_kernel) raise(signal);
  }
  errno = error;
}

void Install() {
  page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  sigaction(SIGBUS, nullptr, &action_before);
  struct sigaction action {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

Slot* FreeSlot() REQUIRES(table_mutex) {
  for (SlotBlock* block = &first_block;; block = block->next.load(std::memory_order_relaxed)) {
    for (Slot& slot : block->slots) {
      if (slot.begin.load(std::memory_order_relaxed) == 0) return &slot;
    }
    if (block->next.load(std::memory_order_relaxed) == nullptr) {
      block->next.store(new SlotBlock(), std::memory_order_release);
    }
  }
}

void Change(Slot* slot, uintptr_t begin, uintptr_t size) REQUIRES(table_mutex) {
  slot->version.fetch_add(1);
  slot->begin.store(begin);
  slot->size.store(size);
  slot->faults.store(0);
  slot->low.store(UINT64_MAX);
  slot->high.store(0);
  slot->version.fetch_add(1);
}

}  // namespace

MappingGuard::MappingGuard(const void* begin, size_t size) {
  static std::once_flag installed;
  std::call_once(installed, Install);
  MutexLock lock(table_mutex);
  slot_ = FreeSlot();
  Change(slot_, reinterpret_cast<uintptr_t>(begin), size);
}

MappingGuard::~MappingGuard() {
  MutexLock lock(table_mutex);
  Change(slot_, 0, 0);
}

uint64_t MappingGuard::count() const {
  std::atomic_thread_fence(std::memory_order_acquire);  // after the reads that it is asked about
  return slot_->faults.load(std::memory_order_acquire);
}

PageFaults MappingGuard::faults() const {
  PageFaults faults;
  faults.count = count();
  if (faults.count == 0) return faults;
  faults.begin = slot_->low.load();
  faults.end = slot_->high.load();
  return faults;
}

}  // namespace bekci::base
