// SPDX-License-Identifier: Apache-2.0
#include "tui/activity.h"

#include <algorithm>
#include <cmath>

namespace vestige::tui {

Style category_style(Category category) {
  switch (category) {
    case Category::kExec: return Style::kExec;
    case Category::kNetwork: return Style::kNetwork;
    case Category::kWrite: return Style::kWriteFile;
    case Category::kRead: return Style::kReadFile;
  }
  return Style::kPlain;
}

std::string_view category_title(Category category) {
  switch (category) {
    case Category::kExec: return "programs run";
    case Category::kNetwork: return "network";
    case Category::kWrite: return "files changed";
    case Category::kRead: return "files read";
  }
  return "";
}

Category category_of(FileOp op) {
  switch (op) {
    case FileOp::kExec: return Category::kExec;
    case FileOp::kOpen:
    case FileOp::kRead:
    case FileOp::kLookup:
    case FileOp::kReady:
    case FileOp::kMap:
    case FileOp::kList:
    case FileOp::kChdir: return Category::kRead;
    case FileOp::kCreate:
    case FileOp::kWrite:
    case FileOp::kTruncate:
    case FileOp::kDelete:
    case FileOp::kRename:
    case FileOp::kExchange:
    case FileOp::kLink:
    case FileOp::kSymlink:
    case FileOp::kMkdir:
    case FileOp::kRmdir:
    case FileOp::kMknod:
    case FileOp::kChmod:
    case FileOp::kChown:
    case FileOp::kUtimes:
    case FileOp::kXattr:
    case FileOp::kChroot:
    case FileOp::kMount:
    case FileOp::kUmount:
    case FileOp::kMemfd:
    case FileOp::kMapWrite:
    case FileOp::kInodeAttributes:
    case FileOp::kAllocate: return Category::kWrite;
  }
  return Category::kRead;
}

Activity::Activity(const Facts& facts, TimeRange whole) : whole_(whole) {
  for (auto& counts : counts_) counts.assign(kParts, 0);
  for (const FileRow& row : facts.files) {
    // Programs are counted where they are run, below.
    if (row.op != FileOp::kExec) add(category_of(row.op), row.seen);
  }
  for (const NetRow& row : facts.net) add(Category::kNetwork, row.seen);
  for (const ExecRow& row : facts.execs) {
    add(Category::kExec, row.time_ns, row.time_ns, 1);
  }
}

int Activity::part_of(uint64_t time_ns) const {
  const uint64_t length = whole_.to_ns - whole_.from_ns;
  if (time_ns <= whole_.from_ns || length == 0) return 0;
  const double share = static_cast<double>(time_ns - whole_.from_ns) /
                       static_cast<double>(length);
  return std::min(kParts - 1, static_cast<int>(share * kParts));
}

void Activity::add(Category category, const Occurrence& seen) {
  add(category, seen.first_ns, seen.last_ns, static_cast<double>(seen.count));
}

void Activity::add(Category category, uint64_t first_ns, uint64_t last_ns,
                   double count) {
  auto& counts = counts_[static_cast<size_t>(category)];
  const int first = part_of(first_ns);
  const int last = std::max(first, part_of(last_ns));
  const double each = count / (last - first + 1);
  for (int part = first; part <= last; ++part) counts[part] += each;
}

std::vector<double> Activity::counts(Category category, int parts) const {
  std::vector<double> result(std::max(parts, 1), 0.0);
  const auto& counts = counts_[static_cast<size_t>(category)];
  for (int part = 0; part < kParts; ++part) {
    result[static_cast<size_t>(part) * result.size() / kParts] += counts[part];
  }
  return result;
}

// Rare things next to busy times must stay visible: the scale is logarithmic
// and what is not nothing is at least one level high.
int activity_level(double count, double largest) {
  if (count <= 0) return 0;
  const double share = std::log1p(count) / std::log1p(std::max(largest, 1.0));
  return std::clamp(static_cast<int>(std::lround(share * 8)), 1, 8);
}

std::string density_bars(const std::vector<double>& counts, double largest,
                         Charset charset) {
  std::string bars;
  for (const double count : counts) {
    bars += glyph_text(level_glyph(activity_level(count, largest)), charset);
  }
  return bars;
}

}  // namespace vestige::tui
