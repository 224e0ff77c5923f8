// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/event_json.h"

#include "format/arg_text.h"
#include "format/errno_text.h"
#include "replay/cli/console.h"
#include "replay/cli/row_json.h"

namespace vestige::cli {
namespace {

std::string_view kind_name(PartKind kind) {
  switch (kind) {
#define PART_KIND(name, number, text, doc) \
  case PartKind::name:                     \
    return text;
#include "format/part_kinds.def"
#undef PART_KIND
  }
  return "unknown";
}

void add_arg(JsonLine& json, const Event& event, int arg) {
  const ArgDescriptor& what = event.descriptor->args[arg];
  json.open_object("");
  json.text("name", what.name);
  json.text("kind", info(what.kind).name);
  json.number("value", int64_t(event.args[arg]));
  const Part* text = event.part(uint8_t(arg), PartKind::kString);
  if (text) {
    json.text("text", text->data);
    if (text->flags & kPartTruncated) json.boolean("truncated", true);
    if (text->flags & kPartFault) json.boolean("fault", true);
    if (text->flags & kPartLate) json.boolean("late", true);
    if (text->flags & kPartRedacted) json.boolean("redacted", true);
    if (text->flags & kPartChanged) json.boolean("changed", true);
  } else {
    json.text("text", arg_text(event, arg));
  }
  json.close_object();
}

void add_part(JsonLine& json, const Part& part) {
  json.open_object("");
  json.number("arg", part.arg);
  json.text("kind", kind_name(part.kind));
  json.number("size", part.full_size);
  json.text("data", part.data);
  if (part.flags & kPartTruncated) json.boolean("truncated", true);
  if (part.flags & kPartFault) json.boolean("fault", true);
  if (part.flags & kPartLate) json.boolean("late", true);
  if (part.flags & kPartRedacted) json.boolean("redacted", true);
  if (part.flags & kPartOtherName) json.boolean("other_name", true);
  if (part.flags & kPartCreated) json.boolean("created", true);
  json.close_object();
}

}  // namespace

JsonLine event_json(const Event& event, Position at, int64_t unix_ns,
                    const ProcessRow* process) {
  JsonLine json;
  const bool is_in_flight = event.flags & kInFlight;
  json.text("at", position_text(at));
  json.text("time", rfc3339(unix_ns));
  json.number("time_ns", event.time_ns);
  event.flags& kHasEnter ? json.number("duration_ns", event.duration_ns)
                         : json.null("duration_ns");
  json.number("cpu", event.cpu);
  json.number("pid", event.pid);
  json.number("tid", event.tid);
  if (process) {
    json.number("process", uint32_t(process->id));
    json.text("comm", process->comm);
  }
  json.text("type", event.descriptor ? event.descriptor->name : "unknown");
  json.number("number", event.type.number);
  json.text("abi", abi_name(event.type.abi));
  json.open_array("args");
  for (int arg = 0; event.descriptor && arg < event.descriptor->arg_count;
       ++arg)
    add_arg(json, event, arg);
  json.close_array();
  is_in_flight || !event.is_told(kReturnArg) ? json.null("ret")
                                             : json.number("ret", event.ret);
  !is_in_flight&& is_error(event.ret)
      ? json.text("error", result_text(int(-event.ret)))
      : json.null("error");
  json.text("ret_text", return_text(event));
  json.open_array("parts");
  for (const Part& part : event.parts)
    if (part.kind != PartKind::kString || part.arg >= kMaxArgs)
      add_part(json, part);
  json.close_array();
  json.boolean("in_flight", is_in_flight);
  return json;
}

}  // namespace vestige::cli
