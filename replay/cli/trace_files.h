// SPDX-License-Identifier: Apache-2.0
//
// Which traces a command is about: files, folders, standard input.
#pragma once

#include <string>
#include <vector>

#include "format/result.h"

namespace vestige::cli {

// The name of a file, "-" for standard input, which is kept in a file without a
// name until the program ends.
Result<std::string> file_of(const std::string& operand);

// A folder stands for the traces (*.vtrace) anywhere below it, "-" for
// standard input. In the order given, those of a folder by name; instead of a
// merged trace, the views of what it was merged from. kUsage when a folder has
// none.
Result<std::vector<std::string>> find_traces(
    const std::vector<std::string>& operands);

// The words in front that name what there is: `events a.vtrace dir 'filter'`.
// The first always does.
size_t count_trace_operands(const std::vector<std::string>& words);

}  // namespace vestige::cli
