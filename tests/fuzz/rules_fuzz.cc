// SPDX-License-Identifier: Apache-2.0
//
// A rule file of anybody: read, lists replaced, exceptions added.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "replay/rules/condition_text.h"
#include "replay/rules/rule_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vestige;
  RuleCollection rules;
  LoadReport report{.file = "fuzz.yaml"};
  read_rules(std::string(reinterpret_cast<const char*>(data), size), rules,
             report);
  ListTexts lists(rules.lists());
  for (const RuleItem& rule : rules.rules().all()) {
    ExceptionFault fault;
    if (const auto text = with_exceptions(rule, fault)) lists.substitute(*text);
  }
  load_report_text({&report, 1});
  load_report_json({&report, 1})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return 0;
}
