// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/sysdig_output.h"

#include <fmt/format.h>

#include <set>

#include "replay/facts/sysdig_params.h"
#include "replay/filter/output_format.h"

namespace vestige::cli {
namespace {

constexpr std::string_view kBegin = "*%evt.num %evt.outputtime %evt.cpu ";
constexpr std::string_view kPlain = "%proc.name (%thread.tid)";
constexpr std::string_view kTask =
    " (%container.id) %proc.name (%thread.tid:%thread.vtid)";
constexpr std::string_view kEnd = " %evt.dir %evt.type %evt.info";

}  // namespace

std::string sysdig_format(std::string_view given) {
  const auto by = [](std::string_view name) {
    return fmt::format("{}{}{}{}", kBegin, name, kTask, kEnd);
  };
  if (given.empty() || given == "p")
    return fmt::format("{}{}{}", kBegin, kPlain, kEnd);
  // Tasks of Mesos are known as the containers they run in.
  for (const std::string_view name : {"c", "container", "m", "mesos"})
    if (given == name) return by("%container.name");
  if (given == "k" || given == "kubernetes") return by("%k8s.pod.name");
  return std::string(given);
}

std::string with_time(std::string format, std::string_view kind) {
  constexpr std::string_view kField = "%evt.outputtime";
  for (size_t at = format.find(kField); at != format.npos;
       at = format.find(kField, at + kField.size()))
    format.insert(at + kField.size(), fmt::format("[{}]", kind));
  return format;
}

Result<std::string> fields_of(const std::string& format) {
  const auto parsed = TRY(filter::OutputFormat::compile(format));
  std::string out;
  for (const auto& piece : parsed.pieces())
    if (piece.operand) out += (out.empty() ? "" : ",") + piece.text;
  if (out.empty())
    return Error{ErrorKind::kUsage, "-j needs a field in the format of -p"};
  return out;
}

void print_events() {
  std::set<std::string> lines;
  for (const Abi abi : {Abi::kX86_64, Abi::kArm64, Abi::kI386, Abi::kKernel})
    for (const Descriptor& each : descriptors(abi)) {
      std::string line(sysdig_name(each));
      line += '(';
      for (size_t i = 0; i < each.arg_count; ++i)
        line.append(i ? ", " : "").append(each.args[i].name);
      lines.insert(line + ")");
    }
  for (const std::string& line : lines) fmt::print("{}\n", line);
}

}  // namespace vestige::cli
