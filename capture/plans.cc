// SPDX-License-Identifier: Apache-2.0
#include "capture/plans.h"

#include <algorithm>

#include "format/descriptor.h"

namespace vestige {
namespace {

// The kernel program's names for CaptureClass are checked one by one.
#define SAME(take, name) \
  static_assert(static_cast<int>(take) == static_cast<int>(CaptureClass::name))
SAME(TAKE_VALUE, kValue);
SAME(TAKE_FD, kFd);
SAME(TAKE_STRING, kUserString);
SAME(TAKE_STRING_ARRAY, kUserStringArray);
SAME(TAKE_STRUCT, kUserStruct);
SAME(TAKE_STRUCT_OUT, kUserStructOut);
SAME(TAKE_STRUCT_SIZED, kUserStructSized);
SAME(TAKE_STRUCT_SIZED_OUT, kUserStructSizedOut);
SAME(TAKE_STRUCT_SIZED_PREV, kUserStructSizedPrev);
SAME(TAKE_STRUCT_COUNT_OUT, kUserStructCountOut);
SAME(TAKE_STRUCT_LENGTH_OUT, kUserStructLengthOut);
SAME(TAKE_FD_PAIR_OUT, kFdPairOut);
SAME(TAKE_SOCKADDR_IN, kSockaddrIn);
SAME(TAKE_SOCKADDR_OUT, kSockaddrOut);
SAME(TAKE_BUFFER_IN, kBufferIn);
SAME(TAKE_BUFFER_OUT, kBufferOut);
SAME(TAKE_IOVEC_IN, kIovecIn);
SAME(TAKE_IOVEC_OUT, kIovecOut);
SAME(TAKE_MSGHDR_IN, kMsghdrIn);
SAME(TAKE_MSGHDR_OUT, kMsghdrOut);
SAME(TAKE_MMSGHDR_IN, kMmsghdrIn);
SAME(TAKE_MMSGHDR_OUT, kMmsghdrOut);
SAME(TAKE_VARIANT, kVariant);
#undef SAME

// Calls that tell the endpoints of the socket in their first argument.
bool tells_socket(Effect effect) {
  return effect == Effect::kConnect || effect == Effect::kBind ||
         effect == Effect::kListen || effect == Effect::kSend ||
         effect == Effect::kReceive || effect == Effect::kShutdown;
}

// Calls that move bytes through the descriptor in their first argument.
bool moves_payload(const Descriptor& call) {
  return call.args[0].kind == ArgKind::kFd &&
         (call.effect == Effect::kRead || call.effect == Effect::kWrite ||
          call.effect == Effect::kSend || call.effect == Effect::kReceive);
}

uint8_t plan_flags(const Descriptor& call) {
  uint8_t flags = 0;
  if (moves_payload(call)) flags |= PLAN_PAYLOAD;
  if (call.returns == ReturnKind::kFd) flags |= PLAN_NEW_FD;
  if (call.returns == ReturnKind::kSize) flags |= PLAN_RETURNS_SIZE;
  if (call.effect == Effect::kOpen) flags |= PLAN_PATH_OPENED;
  if (call.effect == Effect::kExec) flags |= PLAN_EXEC;
  if (call.effect == Effect::kSetCredentials) flags |= PLAN_CREDENTIALS;
  if (call.effect == Effect::kNamespace) flags |= PLAN_NAMESPACES;
  if (tells_socket(call.effect) && call.args[0].kind == ArgKind::kFd)
    flags |= PLAN_SOCKET;
  return flags;
}

bool is_looked_at(uint8_t take) {
  return take != TAKE_VALUE && take != TAKE_FD;
}

syscall_plan plan_of(const Descriptor& call,
                     std::vector<variant_plan>& variant_plans) {
  syscall_plan plan = {};
  plan.flags = plan_flags(call);
  int early = 0;
  for (int i = 0; i < call.arg_count; ++i) {
    const ArgKindInfo& kind = info(call.args[i].kind);
    plan.take[i] = static_cast<uint8_t>(kind.capture);
    plan.struct_size[i] = kind.struct_size;
    if (is_looked_at(plan.take[i])) plan.args = uint8_t(i + 1);
    // Those of exec are all taken at entry.
    if (plan.take[i] == TAKE_STRING && !(plan.flags & PLAN_EXEC) &&
        early < EARLY_STRINGS_MAX)
      plan.early[early++] = uint8_t(i + 1);
  }
  plan.variant_first = uint16_t(variant_plans.size());
  for (const Variant& v : variants()) {
    if (v.syscall != call.name || variant_plans.size() >= VARIANTS_MAX)
      continue;
    const ArgKindInfo& kind = info(v.kind);
    variant_plans.push_back({.option = v.option,
                             .option_arg = v.option_arg,
                             .arg = v.arg,
                             .take = static_cast<uint8_t>(kind.capture),
                             .reserved = 0,
                             .struct_size = kind.struct_size,
                             .reserved2 = 0});
    ++plan.variant_count;
  }
  return plan;
}

void add_table(Plans& plans, int table, Abi abi) {
  for (const Descriptor& call : descriptors(abi))
    if (call.type.number < PLAN_NUMBERS)
      plans.calls[table * PLAN_NUMBERS + call.type.number] =
          plan_of(call, plans.variants);
}

}  // namespace

Plans make_plans() {
  Plans plans;
  plans.calls.resize(PLAN_TABLES * PLAN_NUMBERS);
  add_table(plans, PLAN_TABLE_NATIVE, kNativeAbi);
  add_table(plans, PLAN_TABLE_KERNEL, Abi::kKernel);
  if (kNativeAbi == Abi::kX86_64) {
    add_table(plans, PLAN_TABLE_COMPAT, Abi::kI386);
    add_table(plans, PLAN_TABLE_X32, Abi::kX32);
  } else {
    add_table(plans, PLAN_TABLE_COMPAT, Abi::kArm32);
  }
  return plans;
}

}  // namespace vestige
