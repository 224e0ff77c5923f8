// SPDX-License-Identifier: Apache-2.0
//
// Reconstructor: user ids, group ids and capabilities, by the rules of the
// kernel (capabilities(7), credentials(7)).
#include <linux/capability.h>
#include <linux/securebits.h>

#include <algorithm>
#include <cstring>

#include "replay/reconstructor.h"

namespace vestige {
namespace {

// Ids told in the initial user namespace are those that programs pass there.
constexpr uint32_t kInitialUserNamespace = 0xEFFFFFFD;

void set_id(uint32_t& id, std::optional<uint64_t> value) {
  if (value && uint32_t(*value) != ~0u) id = uint32_t(*value);
}

bool has_root(const CredentialsPart& ids) {
  return ids.uid == 0 || ids.euid == 0 || ids.suid == 0;
}

// What a change of user ids does to capabilities.
void fix_up(const CredentialsPart& before, CredentialsPart& ids) {
  if (ids.securebits & SECBIT_NO_SETUID_FIXUP) return;
  if (has_root(before) && !has_root(ids) &&
      !(ids.securebits & SECBIT_KEEP_CAPS)) {
    ids.cap_permitted = ids.cap_effective = 0;
    ids.cap_ambient = 0;
  }
  if (before.euid == 0 && ids.euid != 0) ids.cap_effective = 0;
  if (before.euid != 0 && ids.euid == 0) ids.cap_effective = ids.cap_permitted;
}

uint64_t joined(const __user_cap_data_struct (&data)[2],
                __u32 __user_cap_data_struct::*set) {
  return data[0].*set | uint64_t(data[1].*set) << 32;
}

}  // namespace

void Reconstructor::note_credentials(const Now& now, Process& process,
                                     Certainty certainty) {
  credentials_.push_back({.process = process.row.id,
                          .certainty = certainty,
                          .call = keep(now.call.name()),
                          .credentials = process.row.credentials,
                          .time_ns = now.event.time_ns,
                          .at = now.at});
}

void Reconstructor::keep_capabilities(const Now& now) {
  uint32_t& bits = now.process.row.credentials.securebits;
  bits = now.event.args[1] != 0 ? bits | SECBIT_KEEP_CAPS
                                : bits & ~uint32_t(SECBIT_KEEP_CAPS);
}

void Reconstructor::on_set_credentials(const Now& now) {
  ActionRow row = action_of(now, ActionOp::kCredentials);
  row.value = now.event.args[0];
  add(now, row);
  if (now.call.failed() || now.event.descriptor->returns != ReturnKind::kError)
    return;
  const CredentialsPart before = now.process.row.credentials;
  CredentialsPart& ids = now.process.row.credentials;
  if (now.event.descriptor->arg_of_kind(ArgKind::kCapData) >= 0)
    set_capabilities(now, ids);
  else if (ids.user_namespace == kInitialUserNamespace)
    set_ids(now, ids);
  now.process.changed.credentials_ns = time_ns_;
  if (std::memcmp(&before, &ids, sizeof before) != 0)
    note_credentials(now, now.process, Certainty::kInferred);
}

void Reconstructor::set_capabilities(const Now& now, CredentialsPart& ids) {
  const int header_arg = now.event.descriptor->arg_of_kind(ArgKind::kCapHeader);
  const int data_arg = now.event.descriptor->arg_of_kind(ArgKind::kCapData);
  const Part* header_part =
      now.event.part(uint8_t(header_arg), PartKind::kBytes);
  const Part* data_part = now.event.part(uint8_t(data_arg), PartKind::kBytes);
  if (!data_part || data_part->data.size() < sizeof(__user_cap_data_struct))
    return;
  __user_cap_header_struct header{};
  if (header_part && header_part->data.size() >= sizeof header)
    std::memcpy(&header, header_part->data.data(), sizeof header);
  __user_cap_data_struct data[2] = {};
  std::memcpy(data, data_part->data.data(),
              std::min(sizeof data, data_part->data.size()));
  if (header.version == _LINUX_CAPABILITY_VERSION_1) data[1] = {};
  ids.cap_effective = joined(data, &__user_cap_data_struct::effective);
  ids.cap_permitted = joined(data, &__user_cap_data_struct::permitted);
  ids.cap_inheritable = joined(data, &__user_cap_data_struct::inheritable);
}

void Reconstructor::set_ids(const Now& now, CredentialsPart& ids) {
  const CredentialsPart before = ids;
  const bool has_uid = now.call.value(ArgKind::kUid).has_value();
  const ArgKind kind = has_uid ? ArgKind::kUid : ArgKind::kGid;
  uint32_t* const real[] = {has_uid ? &ids.uid : &ids.gid,
                            has_uid ? &ids.euid : &ids.egid,
                            has_uid ? &ids.suid : &ids.sgid};
  const auto first = now.call.value(kind, 0);
  const auto second = now.call.value(kind, 1);
  if (!first) return;
  if (second) {
    set_id(*real[0], first);
    set_id(*real[1], second);
    set_id(*real[2], now.call.value(kind, 2));
  } else {
    // setuid() of the privileged sets all three, of others the effective one.
    const bool is_privileged = ids.euid == 0;
    set_id(*real[1], first);
    if (is_privileged) {
      set_id(*real[0], first);
      set_id(*real[2], first);
    }
  }
  if (has_uid) fix_up(before, ids);
}

}  // namespace vestige
