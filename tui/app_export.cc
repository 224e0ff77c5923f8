// SPDX-License-Identifier: Apache-2.0
//
// App: what a view shows, written to a file.
#include <fmt/format.h>

#include <filesystem>

#include "tui/app.h"
#include "tui/export_pass.h"

namespace vestige::tui {
namespace {

// A name that is not taken, in the folder one is in. Containers are named by
// others: only letters that mean nothing to anybody.
std::string free_name(std::string_view container, std::string_view rows) {
  std::string base;
  for (const char c : container) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '_' ||
                          (c == '-' && !base.empty());
    if (is_plain && base.size() < 64) base += c;
  }
  if (base.empty()) base = "vestige";
  base = fmt::format("{}-{}", base, rows);
  std::string name = base + ".jsonl";
  std::error_code error;
  for (int i = 2; std::filesystem::exists(name, error); ++i) {
    name = fmt::format("{}-{}.jsonl", base, i);
  }
  return name;
}

}  // namespace

App::~App() = default;

void App::begin_export() {
  const std::vector<ShownRows> rows = view().shown_rows();
  if (rows.empty()) {
    message_ = "this view has no rows to export";
    return;
  }
  if (!session_->data().is_whole()) {
    message_ = "exports need the whole trace; it is still being read";
    return;
  }
  const ContainerInfo& box = header_.container;
  begin(Mode::kExport, "Export to:",
        free_name(box.name.empty() ? box.id : box.name,
                  info(rows.front().kind).text),
        &exports_);
}

void App::start_export(const std::string& path) {
  if (path.empty()) return;
  const FilterPass* filter = session_->filter().get();
  export_ = std::make_unique<ExportPass>(
      ExportPlan{.path = path,
                 .loaded = session_->loaded(),
                 .rows = view().shown_rows(),
                 .findings = session_->findings(),
                 .filter = filter ? filter->text() : "",
                 .range = session_->range});
  message_ = fmt::format("writing {}", path);
}

void App::look_at_export() {
  if (!export_ || !export_->is_done()) return;
  const Result<std::string>& outcome = export_->outcome();
  if (outcome) {
    message_ = *outcome;
    message_style_ = Style::kGood;
  } else {
    tell_error(outcome.error());
  }
  export_.reset();
}

}  // namespace vestige::tui
