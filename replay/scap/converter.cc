// SPDX-License-Identifier: Apache-2.0
#include "replay/scap/converter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "replay/scap/codings.h"

namespace vestige {
namespace {

constexpr uint64_t kMaxId = UINT32_MAX;
// Losses are told by kind; an endless list of kinds would be an attack.
constexpr size_t kMaxLossKinds = 256;

constexpr uint16_t kExecveatEntry = 330;
constexpr uint16_t kExecveReturn = 293;

// A program that starts by execveat may report its return as execve does.
bool belong_together(uint16_t entry, uint16_t returned) {
  return entry + 1 == returned ||
         (entry == kExecveatEntry && returned == kExecveReturn);
}

// Understood, but a trace has no place for it: the machine's interfaces and
// the names of users. The machine itself goes into the header.
bool has_no_place(BlockType type) {
  constexpr BlockType kTypes[] = {
      BlockType::kMachineInfo,    BlockType::kMachineInfoOld,
      BlockType::kInterfaceList1, BlockType::kInterfaceList1Old,
      BlockType::kInterfaceList2, BlockType::kUserList1,
      BlockType::kUserList1Old,   BlockType::kUserList2,
  };
  return std::ranges::count(kTypes, type) != 0;
}

uint32_t id_of(std::optional<uint64_t> value) {
  return value && *value <= kMaxId ? uint32_t(*value) : 0;
}

}  // namespace

Result<void> ScapConverter::add(const ScapBlock& block) {
  if (block.type == BlockType::kSectionHeader) return start_section();
  if (is_event(block.type)) return add_event(block);
  add_state(block);
  return {};
}

Result<void> ScapConverter::start_section() {
  std::vector<std::unique_ptr<Entry>> open;
  for (auto& [tid, entry] : entries_) open.push_back(std::move(entry));
  entries_.clear();
  // In the order of time, so that the same file gives the same trace.
  std::ranges::sort(open, {}, [](const auto& entry) {
    return std::pair(entry->event.time_ns, entry->event.tid);
  });
  for (auto& entry : open) TRY(give_up(*entry, last_ns_, false));
  TRY(flush_snapshot(last_ns_));
  threads_.clear();
  forks_.clear();
  return {};
}

Result<void> ScapConverter::finish() {
  TRY(start_section());
  for (const auto& [kind, count] : losses_)
    sink_.on_loss({.reason = kind.first, .count = count, .where = kind.second});
  losses_.clear();
  return {};
}

Result<void> ScapConverter::flush_snapshot(uint64_t time_ns) {
  if (snapshot_.is_empty()) return {};
  return sink_.on_snapshot(snapshot_.take(time_ns));
}

void ScapConverter::add_state(const ScapBlock& block) {
  std::string why;
  if (is_process_list(block.type)) {
    auto list = decode_process_list(block.type, block.body);
    if (list) return snapshot_.add(*list, threads_);
    why = list.error().message;
  } else if (is_fd_list(block.type)) {
    auto list = decode_fd_list(block.type, block.body);
    if (list) return snapshot_.add(*list, threads_);
    why = list.error().message;
  } else if (has_no_place(block.type)) {
    return;
  } else {
    return lose(LossReason::kUnknownBlock,
                fmt::format("block type {:#x}", uint32_t(block.type)));
  }
  lose(LossReason::kBadRecord, fmt::format("offset {}: {}", block.offset, why));
}

Result<void> ScapConverter::add_event(const ScapBlock& block) {
  auto event = decode_event(block.type, block.body);
  if (!event) {
    lose(LossReason::kBadRecord,
         fmt::format("offset {}: {}", block.offset, event.error().message));
    return {};
  }
  ++events_in_;
  TRY(flush_snapshot(event->time_ns));
  last_ns_ = std::max(last_ns_, event->time_ns);
  const ScapEventInfo* info = find_scap_event(event->code);
  const Descriptor* descriptor = info ? descriptor_of(*event, *info) : nullptr;
  // A return may leave out what its entry told: the number of the call.
  if (!descriptor && is_return(event->code))
    if (const auto found = entries_.find(id_of(event->tid));
        found != entries_.end() &&
        belong_together(found->second->event.code, event->code))
      descriptor = found->second->descriptor;
  if (!descriptor) {
    lose(LossReason::kUnknownType,
         fmt::format("scap event type {}", event->code));
    return {};
  }
  if (descriptor->type.abi == Abi::kKernel)
    return on_kernel_event(*event, *info, *descriptor);
  if (is_return(event->code)) return on_return(*event, *info, *descriptor);
  return on_entry(block, *event, *info, *descriptor);
}

Result<void> ScapConverter::on_entry(const ScapBlock& block,
                                     const ScapEvent& event,
                                     const ScapEventInfo& info,
                                     const Descriptor& descriptor) {
  auto& slot = entries_[id_of(event.tid)];
  const auto before = std::move(slot);
  auto entry = std::make_unique<Entry>();
  entry->body = block.body;
  entry->info = &info;
  entry->descriptor = &descriptor;
  if (auto copy = decode_event(block.type, entry->body))
    entry->event = *std::move(copy);
  slot = std::move(entry);
  if (before) return give_up(*before, event.time_ns, true);
  return {};
}

Result<void> ScapConverter::on_return(const ScapEvent& event,
                                      const ScapEventInfo& info,
                                      const Descriptor& descriptor) {
  const auto found = entries_.find(id_of(event.tid));
  std::unique_ptr<Entry> entry;
  if (found != entries_.end()) {
    entry = std::move(found->second);
    entries_.erase(found);
  }
  if (entry && !belong_together(entry->event.code, event.code)) {
    TRY(give_up(*entry, event.time_ns, true));
    entry.reset();
  }
  builder_.start(entry ? *entry->descriptor : descriptor);
  if (entry) builder_.add(*entry->info, entry->event);
  builder_.add(info, event);
  Event& made = builder_.finish();
  if (entry && entry->event.time_ns <= event.time_ns) {
    made.flags |= kHasEnter;
    made.duration_ns = event.time_ns - entry->event.time_ns;
  }
  return finish_call(event, made);
}

Result<void> ScapConverter::finish_call(const ScapEvent& event, Event& made) {
  stamp(event, made);
  if (made.descriptor->effect == Effect::kFork && made.ret >= 0)
    TRY(derive_fork(event, made));
  if (made.descriptor->effect == Effect::kExec && made.ret == 0)
    TRY(derive_exec(event));
  follow(made);
  return emit(made);
}

// The entry is all there will be.
Result<void> ScapConverter::give_up(Entry& entry, uint64_t now_ns,
                                    bool is_half) {
  if (is_half)
    lose(LossReason::kHalfCall, fmt::format("entry of {}", entry.info->name));
  builder_.start(*entry.descriptor);
  builder_.add(*entry.info, entry.event);
  Event& made = builder_.finish();
  stamp(entry.event, made);
  made.flags |= kHasEnter | kInFlight;
  made.time_ns = std::max(now_ns, entry.event.time_ns);
  made.duration_ns = made.time_ns - entry.event.time_ns;
  return emit(made);
}

Result<void> ScapConverter::on_kernel_event(const ScapEvent& event,
                                            const ScapEventInfo& info,
                                            const Descriptor& descriptor) {
  const bool is_exit = descriptor.effect == Effect::kTaskExit;
  const uint32_t tid = id_of(event.tid);
  if (is_exit)
    if (const auto found = entries_.find(tid); found != entries_.end()) {
      const auto entry = std::move(found->second);
      entries_.erase(found);
      TRY(give_up(*entry, event.time_ns, false));
    }
  builder_.start(descriptor);
  builder_.add(info, event);
  builder_.set_arg(descriptor.arg_named("ends"), is_return(event.code));
  const Who task = who(event);
  if (is_exit)
    builder_.set_arg(descriptor.arg_named("group_dead"),
                     threads_.threads_of(task.pid) <= 1);
  if (descriptor.name == "sampling" && !is_return(event.code))
    lose(LossReason::kSampled, "");
  Event& made = builder_.finish();
  stamp(event, made);
  TRY(emit(made));
  if (is_exit) threads_.remove(tid);
  return {};
}

const Descriptor* ScapConverter::descriptor_of(const ScapEvent& event,
                                               const ScapEventInfo& info) {
  const auto by_name = [](std::string_view name) -> const Descriptor* {
    for (const Abi abi : {Abi::kX86_64, Abi::kKernel, Abi::kArm64, Abi::kI386})
      if (const Descriptor* found = find_descriptor(abi, name)) return found;
    return nullptr;
  };
  if (info.target != "none") {
    const auto [at, is_new] = descriptors_.try_emplace(info.code, nullptr);
    if (is_new) at->second = by_name(info.target);
    return at->second;
  }
  // Calls without an event type of their own.
  const auto param = [&](size_t nth) {
    uint16_t value = 0;
    if (nth < event.params.size() && event.params[nth].size() >= sizeof value)
      std::memcpy(&value, event.params[nth].data(), sizeof value);
    return value;
  };
  const std::string_view name = scap_syscall_name(param(0));
  if (event.params.size() < 2) return by_name(name);
  // The recording machine's own number comes too, but not which machine it
  // was: that shows where both numbers are known.
  const uint16_t native = param(1);
  for (const Abi abi : {Abi::kX86_64, Abi::kArm64})
    if (const Descriptor* found = find_descriptor({abi, native});
        found && found->name == name && native != 0)
      native_abi_ = abi;
  if (!name.empty() || !native_abi_) return by_name(name);
  return find_descriptor({*native_abi_, native});
}

ScapConverter::Who ScapConverter::who(const ScapEvent& event) {
  Who who;
  if (event.tid == 0 || event.tid > kMaxId) return who;  // nobody
  who.tid = who.pid = uint32_t(event.tid);
  if (const KnownThread* thread = threads_.find(who.tid)) who.pid = thread->pid;
  return who;
}

void ScapConverter::stamp(const ScapEvent& event, Event& made) {
  // Events that start a program or a task tell their own ids.
  if (const auto pid = builder_.number(ScapField::kPid))
    if (const auto tid = builder_.number(ScapField::kTid))
      if (*tid == event.tid && !threads_.find(id_of(tid)))
        threads_.add(id_of(tid), {.pid = id_of(pid)});
  const Who task = who(event);
  const bool is_process = made.descriptor->name == "process_times";
  if (task.tid != 0 && !is_process && !threads_.find(task.tid))
    lose(LossReason::kProcessUnknown, "");
  made.tid = task.tid;
  made.pid = task.pid;
  made.cpu = event.cpu;
  made.time_ns = event.time_ns;
}

Result<void> ScapConverter::emit(const Event& made) {
  return sink_.on_event(made);
}

void ScapConverter::lose(LossReason reason, const std::string& where) {
  if (losses_.size() < kMaxLossKinds)
    ++losses_[{reason, where}];
  else
    ++losses_[{reason, "elsewhere"}];
}

}  // namespace vestige
