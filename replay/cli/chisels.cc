// SPDX-License-Identifier: Apache-2.0
#include "replay/cli/chisels.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/escape.h"
#include "replay/cli/console.h"
#include "replay/filter/suggest.h"

namespace vestige::cli {
namespace {

constexpr std::string_view kPlace = "{}";

constexpr Chisel kChisels[] = {
#define TOP(name, keys, value, filter, most, unit, what) \
  {#name, Chisel::Kind::kTop, what, keys, filter, value, most, TopUnit::unit},
#define LINES(name, format, filter, what) \
  {#name, Chisel::Kind::kLines, what, format, filter, "", 0, TopUnit::kCount},
#define ELSEWHERE(name, where, what) \
  {#name, Chisel::Kind::kElsewhere, what, where, "", "", 0, TopUnit::kCount},
#include "replay/cli/chisels.def"
};

}  // namespace

bool Chisel::takes_argument() const {
  return shown.find(kPlace) != shown.npos || filter.find(kPlace) != filter.npos;
}

std::span<const Chisel> chisels() {
  return kChisels;
}

const Chisel* find_chisel(std::string_view name) {
  const auto found = std::ranges::find(kChisels, name, &Chisel::name);
  return found == std::end(kChisels) ? nullptr : found;
}

std::string with_argument(std::string_view text, std::string_view argument) {
  std::string out(text);
  const size_t at = out.find(kPlace);
  if (at != out.npos) out.replace(at, kPlace.size(), argument);
  return out;
}

void print_chisels() {
  Table table({{"CHISEL"}, {"WHAT"}});
  for (const Chisel& each : kChisels)
    table.add({{std::string(each.name) + (each.takes_argument() ? " ARG" : "")},
               {std::string(each.what)}});
  table.print(ColorMode::kAuto, Fit::kWhole);
}

Result<int> print_chisel(const std::string& name) {
  const Chisel* const chisel = find_chisel(name);
  if (!chisel) {
    std::vector<std::string_view> names;
    for (const Chisel& each : kChisels) names.push_back(each.name);
    return Error{ErrorKind::kUsage,
                 fmt::format("no chisel '{}'{}; see -cl", escaped(name),
                             filter::did_you_mean(name, names))};
  }
  fmt::print("{}{}: {}\n", chisel->name, chisel->takes_argument() ? " ARG" : "",
             chisel->what);
  switch (chisel->kind) {
    case Chisel::Kind::kTop:
      fmt::print("keys    {}\nsum of  {}\nfilter  {}\n", chisel->shown,
                 chisel->value, chisel->filter);
      break;
    case Chisel::Kind::kLines:
      fmt::print("format  {}\nfilter  {}\n", chisel->shown, chisel->filter);
      break;
    case Chisel::Kind::kElsewhere:
      fmt::print("answered by: {}\n", chisel->shown);
      break;
  }
  return 0;
}

}  // namespace vestige::cli
