// SPDX-License-Identifier: Apache-2.0
#include "replay/rules/rule_files.h"

#include <algorithm>
#include <filesystem>

#include "replay/installed.h"

namespace vestige {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

// Files as given; those of a folder by name.
std::vector<std::string> files_of(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (const std::string& path : given) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      out.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(path, error))
      if (is_yaml(entry.path())) inside.push_back(entry.path());
    std::sort(inside.begin(), inside.end());
    out.insert(out.end(), inside.begin(), inside.end());
  }
  return out;
}

}  // namespace

std::string default_rules() {
  return installed_folder("rules");
}

Result<RuleSet> load_rules(const std::vector<std::string>& paths) {
  RuleSet rules;
  const auto files = files_of(paths);
  if (files.empty())
    return Error{ErrorKind::kUsage,
                 (paths.empty() ? default_rules() : paths[0]) +
                     ": there are no rules here"};
  for (const std::string& file : files) TRY(rules.add_file(file));
  return rules;
}

Result<Findings> find_all(const std::string& trace, RuleSet& rules,
                          const RuleSelection& selection,
                          const RuleEngine::Progress& progress) {
  Suppressions none;
  RuleEngine engine(rules, none, selection);
  Findings found;
  TRY(engine.run(
      trace,
      [&](const Finding& finding) {
        ++found.total;
        if (found.all.size() < Findings::kMost) found.all.push_back(finding);
      },
      progress));
  return found;
}

}  // namespace vestige
