// SPDX-License-Identifier: Apache-2.0
#include "tui/findings_pass.h"

#include <fmt/format.h>

#include <algorithm>

namespace vestige::tui {

FindingsPass::FindingsPass(std::string trace, std::vector<std::string> rules)
    : trace_(std::move(trace)),
      paths_(std::move(rules)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void FindingsPass::report(std::string problem) {
  const std::scoped_lock lock(mutex_);
  problem_ = std::move(problem);
}

std::string FindingsPass::problem() const {
  const std::scoped_lock lock(mutex_);
  return problem_;
}

std::vector<Finding> FindingsPass::since(size_t known) const {
  const std::scoped_lock lock(mutex_);
  known = std::min(known, kept_.size());
  return {kept_.begin() + static_cast<std::ptrdiff_t>(known), kept_.end()};
}

Result<void> FindingsPass::ask(const std::stop_token& stop) {
  set_ = TRY(load_rules(paths_));
  size_t errors = 0;
  for (const LoadReport& load : set_.reports()) errors += load.errors.size();
  if (errors > 0) {
    report(fmt::format("{} errors in the rules; vestige rules tells them",
                       errors));
  }
  RuleSelection selection;
  selection.explains = true;
  RuleEngine engine(set_, suppressions_, selection);
  rules_ = engine.rules() + engine.sequences();
  TRY(engine.run(
      trace_,
      [this](const Finding& finding) {
        ++found_;
        const std::scoped_lock lock(mutex_);
        if (kept_.size() < kMaxKept) kept_.push_back(finding);
      },
      [&](uint64_t events) {
        events_ = events;
        return !stop.stop_requested();
      }));
  events_ = engine.events();
  return {};
}

void FindingsPass::run(const std::stop_token& stop) {
  if (const auto asked = ask(stop); !asked) report(asked.error().message);
  is_done_ = true;
}

}  // namespace vestige::tui
