// SPDX-License-Identifier: Apache-2.0
#include "replay/case.h"

#include <algorithm>
#include <array>

#include "format/trace_reader.h"
#include "replay/reconstructor.h"

namespace vestige {
namespace {

constexpr uint64_t kProgressEvery = 1 << 16;

// Counts events by type without a search per event.
class TypeCounter {
 public:
  void count(const Event& event) {
    auto& counts = counts_[size_t(event.type.abi) % counts_.size()];
    if (event.type.number >= counts.size())
      counts.resize(event.type.number + 1);
    TypeCount& count = counts[event.type.number];
    count.descriptor = event.descriptor;
    ++count.events;
    if (event.ret < 0 && event.ret >= -4095) ++count.errors;
  }

  // Descriptors as this build or the reader keeps them.
  std::vector<TypeCount> take(const TraceReader& reader) {
    std::vector<TypeCount> out;
    for (auto& counts : counts_)
      for (TypeCount& count : counts) {
        if (count.events == 0 || !count.descriptor) continue;
        count.descriptor = reader.descriptor(count.descriptor->type);
        if (count.descriptor) out.push_back(count);
      }
    std::ranges::sort(
        out, {}, [](const TypeCount& count) { return count.descriptor->name; });
    return out;
  }

 private:
  std::array<std::vector<TypeCount>, 8> counts_;  // by Abi, then number
};

}  // namespace

struct Case::State {
  State(std::string path, TraceReader opened)
      : path(std::move(path)), reader(std::move(opened)) {}

  Result<void> read(const Progress& progress);

  std::string path;
  TraceReader reader;
  TextPool texts;
  Reconstructor reconstructor{texts};
  Facts facts;
  uint64_t events = 0;
  std::vector<TypeCount> types;
};

Result<void> Case::State::read(const Progress& progress) {
  TypeCounter counter;
  while (true) {
    auto item = TRY(reader.next());
    if (!item) break;
    if (item.event) {
      reconstructor.apply(*item.event, item.position);
      counter.count(*item.event);
      if (++events % kProgressEvery == 0 && progress && !progress(events))
        return Error{ErrorKind::kUsage, "given up"};
    }
    if (item.snapshot) reconstructor.apply(*item.snapshot);
    if (item.loss) reconstructor.apply(*item.loss);
  }
  facts = reconstructor.finish();
  types = counter.take(reader);
  return {};
}

Result<Case> Case::open(const std::string& path, const Progress& progress) {
  auto state = std::make_unique<State>(path, TRY(TraceReader::open(path)));
  if (auto read = state->read(progress); !read)
    return std::move(read).error().within(path);
  return Case(std::move(state));
}

Case::Case(std::unique_ptr<State> state) : state_(std::move(state)) {}
Case::Case(Case&&) noexcept = default;
Case& Case::operator=(Case&&) noexcept = default;
Case::~Case() = default;

const std::string& Case::path() const {
  return state_->path;
}
const TraceHeader& Case::header() const {
  return state_->reader.header();
}
const TraceEnd& Case::end() const {
  return state_->reader.end();
}
bool Case::is_complete() const {
  return state_->reader.is_complete();
}
const Facts& Case::facts() const {
  return state_->facts;
}
const ProcessTree& Case::tree() const {
  return std::as_const(state_->reconstructor).tree();
}
uint64_t Case::events() const {
  return state_->events;
}
const std::vector<TypeCount>& Case::types() const {
  return state_->types;
}

int64_t Case::unix_ns(uint64_t boot_ns) const {
  return header().start.unix_at(boot_ns);
}

ProcessId Case::process_of(const Event& event) const {
  const Process* process = std::as_const(state_->reconstructor)
                               .tree()
                               .find(event.pid, event.process_start_ns);
  return process ? process->row.id : ProcessId::kNone;
}

}  // namespace vestige
