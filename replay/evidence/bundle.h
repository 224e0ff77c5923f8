// SPDX-License-Identifier: Apache-2.0
//
// An evidence bundle: a folder with everything an evidence script found, what
// it was found in, and proof that nothing was changed since.
//
//   case.json        who, what, from which traces, what they lack
//   script.yaml      the script as it was run
//   NAME.EXT         its outputs; evidence.sqlite for those in a database
//   losses.jsonl     what is missing within the interval
//   notes-N.jsonl    bookmarks that were kept beside trace N
//   MANIFEST.sha256  digests of all this; with a key: signature, public key
//   custody.jsonl    what was done and when; the only file with today's time
//
// The folder appears under its name when it is whole. Made twice from the
// same traces by the same program, all but custody.jsonl is the same byte for
// byte, and custody.jsonl too when both were told the same time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "format/crypto.h"
#include "format/result.h"
#include "replay/evidence/script.h"
#include "replay/export/query.h"

namespace vestige {

struct CaseWords {
  std::string id;
  std::string examiner;
  std::string exhibit;
  std::string notes;
};

struct BundleOptions {
  std::string script_file;  // for messages
  std::string script_text;
  ListValues lists;
  std::vector<std::string> traces;
  std::string folder;  // must not exist
  CaseWords words;
  Interval interval;
  std::string tool;                 // "vestige 0.1.0 (commit)"
  int64_t now_ns = 0;               // for custody.jsonl
  RuleSet* rules = nullptr;         // needed when findings are asked for
  const SigningKey* key = nullptr;  // nullptr: not signed
  std::string refers_to;            // folder of another bundle; may be empty
};

struct BundleReport {
  struct Output {
    std::string name;
    uint64_t rows = 0;
    std::string left_out;
  };
  std::vector<Output> outputs;
  std::vector<Loss> losses;  // totals of all traces
  bool is_complete = true;   // all traces have their end
  std::string custody_head;
};

// kUsage: the folder exists. kSystem: also when a trace changed meanwhile.
Result<BundleReport> make_bundle(const BundleOptions& options);

}  // namespace vestige
