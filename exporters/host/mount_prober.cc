#include "exporters/host/mount_prober.h"

#include <pthread.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "agent/base/mutex.h"

namespace bekci::exporters::host {

// One mount point that was asked at least once. `answer` is set by the helper thread when its call is back.
struct Question {
  bool running = false;  // queued or in the kernel
  bool stuck = false;    // its asker went away without an answer
  bool recovered = false;
  std::optional<MountProber::Answer> answer;
};

struct MountProber::State {
  explicit State(SystemCalls& c) : calls(c) {}

  SystemCalls& calls;
  base::Mutex mutex;
  base::CondVar work;      // a path was queued, or the prober is gone
  base::CondVar answered;  // an answer has come
  std::deque<std::string> queue GUARDED_BY(mutex);
  std::map<std::string, Question> questions GUARDED_BY(mutex);
  size_t threads GUARDED_BY(mutex) = 0;
  size_t busy GUARDED_BY(mutex) = 0;  // threads in a call
  bool stop GUARDED_BY(mutex) = false;

  // A path to ask, or nullopt when the prober is gone.
  std::optional<std::string> Next() {
    base::MutexLock lock(mutex);
    while (queue.empty() && !stop) work.Wait(mutex);
    if (stop) return std::nullopt;
    std::string path = std::move(queue.front());
    queue.pop_front();
    ++busy;
    return path;
  }

  void Put(const std::string& path, Answer answer) {
    {
      base::MutexLock lock(mutex);
      --busy;
      Question& question = questions[path];
      question.running = false;
      question.recovered = std::exchange(question.stuck, false);
      question.answer = std::move(answer);
    }
    answered.NotifyAll();
  }

  // Queues `path` unless its last call still runs. Forgets an answer nobody waited for.
  void Queue(const std::string& path) REQUIRES(mutex) {
    Question& question = questions[path];
    if (question.running) return;
    question.answer.reset();
    question.running = true;
    queue.push_back(path);
  }

  // What is known of `path` now that the waiting is over.
  Answer Take(const std::string& path) REQUIRES(mutex) {
    Question& question = questions[path];
    Answer answer;
    if (question.answer) {
      answer = *std::exchange(question.answer, std::nullopt);
      answer.recovered = std::exchange(question.recovered, false);
      return answer;
    }
    if (std::erase(queue, path) > 0) {  // never got a thread
      question.running = false;
      answer.status = base::LimitReached("all " + std::to_string(kMaxThreads) + " helper threads wait for dead mounts");
      return answer;
    }
    answer.newly_stuck = !std::exchange(question.stuck, true);
    answer.status = base::Timeout("statfs " + path + " does not return");
    return answer;
  }

  // Mounts that are gone need no entry, unless a thread is still in there.
  void ForgetOthers(std::span<const std::string> paths) REQUIRES(mutex) {
    std::erase_if(questions, [&](const auto& entry) {
      return !entry.second.running && std::find(paths.begin(), paths.end(), entry.first) == paths.end();
    });
  }

  bool AllAnswered(std::span<const std::string> paths) REQUIRES(mutex) {
    for (const std::string& path : paths) {
      const Question& question = questions[path];
      if (question.running && !question.stuck) return false;
    }
    return true;
  }
};

MountProber::MountProber(SystemCalls& calls, base::Clock& clock)
    : clock_(clock), state_(std::make_shared<State>(calls)) {}

MountProber::~MountProber() {
  {
    base::MutexLock lock(state_->mutex);
    state_->stop = true;
  }
  state_->work.NotifyAll();
}

void* MountProber::ThreadMain(void* argument) {
  const std::unique_ptr<std::shared_ptr<State>> owned(static_cast<std::shared_ptr<State>*>(argument));
  State& state = **owned;
  while (const auto path = state.Next()) {
    Answer answer;
    answer.status = state.calls.StatFs(*path, &answer.stat);
    state.Put(*path, std::move(answer));
  }
  return nullptr;
}

// A small stack, since there may be 32 of them in a process whose memory is limited.
bool MountProber::StartThread() {
  constexpr size_t kStackBytes = 128 << 10;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto state = std::make_unique<std::shared_ptr<State>>(state_);
  pthread_t thread;
  const bool started = pthread_create(&thread, &attributes, ThreadMain, state.get()) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) return false;
  static_cast<void>(state.release());  // the thread owns it now
  pthread_setname_np(thread, "statfs");
  return true;
}

std::vector<MountProber::Answer> MountProber::Ask(std::span<const std::string> paths, base::MonotonicTime deadline) {
  std::vector<Answer> answers;
  base::MutexLock lock(state_->mutex);
  state_->ForgetOthers(paths);
  for (const std::string& path : paths) state_->Queue(path);
  const size_t needed = std::min(kMaxThreads, state_->busy + state_->queue.size());
  while (state_->threads < needed && StartThread()) ++state_->threads;
  state_->work.NotifyAll();
  while (!state_->AllAnswered(paths) && clock_.Monotonic() < deadline) {
    clock_.WaitUntil(state_->answered, state_->mutex, deadline);
  }
  answers.reserve(paths.size());
  for (const std::string& path : paths) answers.push_back(state_->Take(path));
  return answers;
}

size_t MountProber::threads() const {
  base::MutexLock lock(state_->mutex);
  return state_->threads;
}

}  // namespace bekci::exporters::host
