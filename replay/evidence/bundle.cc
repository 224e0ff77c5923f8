// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence/bundle.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "format/escape.h"
#include "format/trace_reader.h"
#include "replay/evidence/case_json.h"
#include "replay/evidence/custody.h"
#include "replay/evidence/manifest.h"
#include "replay/export/out_file.h"
#include "replay/facts/time_text.h"

namespace vestige {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& json, int indent = -1) {
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace) +
         '\n';
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// A folder that is removed again unless it gets its name.
class NewFolder {
 public:
  static Result<NewFolder> create(const std::string& path) {
    std::string partial = path + ".partial";
    if (::access(path.c_str(), F_OK) == 0)
      return Error{ErrorKind::kUsage,
                   fmt::format("{} exists: evidence is never overwritten",
                               escaped(path))};
    if (::mkdir(partial.c_str(), 0700) != 0)
      return Error{ErrorKind::kSystem,
                   fmt::format("cannot make {}: {}", escaped(partial),
                               std::strerror(errno))};
    return NewFolder(path, std::move(partial));
  }
  NewFolder(NewFolder&& other) noexcept
      : path_(std::move(other.path_)),
        partial_(std::exchange(other.partial_, {})) {}
  NewFolder& operator=(NewFolder&&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    if (!partial_.empty()) std::filesystem::remove_all(partial_, ignored);
  }

  [[nodiscard]] std::string at(std::string_view name) const {
    return fmt::format("{}/{}", partial_, name);
  }
  [[nodiscard]] const std::string& folder() const { return partial_; }
  Result<void> keep() {
    if (::renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, path_.c_str(),
                    RENAME_NOREPLACE) != 0)
      return Error{ErrorKind::kSystem,
                   fmt::format("cannot make {}: {}", escaped(path_),
                               std::strerror(errno))};
    partial_.clear();
    return {};
  }

 private:
  NewFolder(std::string path, std::string partial)
      : path_(std::move(path)), partial_(std::move(partial)) {}
  std::string path_;
  std::string partial_;
};

class Bundle {
 public:
  Bundle(const BundleOptions& options, EvidenceScript script, NewFolder folder)
      : options_(options),
        script_(std::move(script)),
        folder_(std::move(folder)) {}

  Result<BundleReport> make();

 private:
  Result<void> open_outputs();
  Result<void> open_database();
  Result<void> add_query(std::string_view table, RowKind kind,
                         std::string_view columns, std::string_view where,
                         std::vector<Exporter*> exporters);
  Result<void> read(const std::string& path);
  Result<void> export_wholes(const std::string& path, uint32_t number);
  Result<void> copy_notes(const std::string& path, uint32_t number);
  Result<void> check_sources() const;
  Result<void> write_losses();
  Result<void> write_case();
  Result<void> seal();
  ordered_json outputs_json() const;
  Result<ordered_json> reference_json() const;

  const BundleOptions& options_;
  EvidenceScript script_;
  NewFolder folder_;
  std::deque<filter::FieldList> columns_;
  std::vector<Query> queries_;
  std::vector<const ScriptOutput*> query_of_;  // by query; null: context
  std::deque<std::unique_ptr<Exporter>> exporters_;
  std::deque<std::string> exporter_files_;
  std::deque<TraceRecord> traces_;
  std::map<std::string, std::string> left_out_;  // by file
  BundleReport report_;
};

Result<void> Bundle::add_query(std::string_view table, RowKind kind,
                               std::string_view columns, std::string_view where,
                               std::vector<Exporter*> exporters) {
  columns_.push_back(TRY(filter::FieldList::compile(columns)));
  Query query{
      kind, TRY(filter::Filter::compile(where, script_.definitions)), {}, 0};
  for (Exporter* exporter : exporters)
    query.sinks.push_back(TRY(exporter->table(table, kind, columns_.back())));
  queries_.push_back(std::move(query));
  return {};
}

// One database for all outputs that want to be in it, with what they refer to.
Result<void> Bundle::open_database() {
  exporter_files_.emplace_back("evidence.sqlite");
  exporters_.push_back(TRY(make_sqlite(folder_.at("evidence.sqlite"))));
  for (const RowKind kind : {RowKind::kProcess, RowKind::kConnection}) {
    TRY(add_query(info(kind).text, kind, info(kind).columns, "",
                  {exporters_.back().get()}));
    query_of_.push_back(nullptr);
  }
  return {};
}

Result<void> Bundle::open_outputs() {
  Exporter* database = nullptr;
  for (const ScriptOutput& output : script_.outputs) {
    if (!output.rows) continue;
    std::vector<Exporter*> exporters;
    for (const Format* format : output.formats) {
      if (format->name == "sqlite") {
        if (!database) {
          TRY(open_database());
          database = exporters_.back().get();
        }
        exporters.push_back(database);
        continue;
      }
      exporter_files_.push_back(
          fmt::format("{}.{}", output.name, format->extension));
      exporters_.push_back(
          TRY(format->make(folder_.at(exporter_files_.back()))));
      exporters.push_back(exporters_.back().get());
    }
    TRY(add_query(output.name, *output.rows, output.columns, output.where,
                  std::move(exporters)));
    query_of_.push_back(&output);
  }
  return {};
}

// Formats that are not made of rows: a file per trace.
Result<void> Bundle::export_wholes(const std::string& path, uint32_t number) {
  for (const ScriptOutput& output : script_.outputs) {
    if (output.rows) continue;
    for (const Format* format : output.formats) {
      const std::string name =
          options_.traces.size() == 1
              ? fmt::format("{}.{}", output.name, format->extension)
              : fmt::format("{}-{}.{}", output.name, number, format->extension);
      std::optional<filter::Filter> filter;
      if (!output.where.empty())
        filter =
            TRY(filter::Filter::compile(output.where, script_.definitions));
      left_out_[name] = TRY(
          format->run({path, folder_.at(name), filter ? &*filter : nullptr}));
    }
  }
  return {};
}

Result<void> Bundle::copy_notes(const std::string& path, uint32_t number) {
  const std::string notes = path + ".notes.jsonl";
  std::error_code error;
  if (!std::filesystem::exists(notes, error)) return {};
  const std::string text = TRY(read_file(notes));
  return write_file(folder_.at(fmt::format("notes-{}.jsonl", number)), text);
}

Result<void> Bundle::read(const std::string& path) {
  TraceRecord& trace = traces_.emplace_back();
  trace.number = uint32_t(traces_.size());
  trace.file_name = file_name(path);
  trace.digest = TRY(digest_file(path));
  trace.verification = TRY(verify_trace(path));
  trace.header = TRY(TraceReader::open(path)).header();
  for (const auto& exporter : exporters_)
    exporter->begin_trace(
        {trace.number, trace.file_name, trace.digest.sha256, &trace.header});
  trace.end =
      TRY(run_queries({path, queries_, options_.interval, options_.rules}));
  for (const auto& exporter : exporters_)
    exporter->end_trace(
        {trace.end.events, trace.end.is_complete, &trace.end.end});
  report_.is_complete &= trace.end.is_complete;
  for (const Loss& loss : trace.end.end.losses) report_.losses.push_back(loss);
  TRY(export_wholes(path, trace.number));
  return copy_notes(path, trace.number);
}

// Nobody wrote to the traces while they were read.
Result<void> Bundle::check_sources() const {
  for (size_t i = 0; i < traces_.size(); ++i)
    if (TRY(digest_file(options_.traces[i])) != traces_[i].digest)
      return Error{ErrorKind::kSystem,
                   fmt::format("{} was changed while it was read: no evidence "
                               "was made",
                               escaped(options_.traces[i]))};
  return {};
}

Result<void> Bundle::write_losses() {
  std::string out;
  for (const TraceRecord& trace : traces_)
    for (const Loss& loss : trace.end.losses)
      if (concerns(trace, loss, options_.interval))
        out += dump(loss_json(trace, loss));
  return write_file(folder_.at("losses.jsonl"), out);
}

ordered_json Bundle::outputs_json() const {
  auto out = ordered_json::array();
  for (const ScriptOutput& output : script_.outputs) {
    ordered_json one = {{"name", output.name}, {"title", output.title}};
    auto formats = ordered_json::array();
    for (const Format* format : output.formats) formats.push_back(format->name);
    one["formats"] = std::move(formats);
    if (output.rows) one["kind"] = info(*output.rows).text;
    one["where"] = output.where;
    for (size_t i = 0; i < query_of_.size(); ++i)
      if (query_of_[i] == &output) one["rows"] = queries_[i].rows;
    out.push_back(std::move(one));
  }
  return out;
}

Result<ordered_json> Bundle::reference_json() const {
  if (options_.refers_to.empty()) return ordered_json(nullptr);
  const ManifestCheck check =
      TRY(check_manifest(options_.refers_to, std::nullopt));
  if (!check.faults.empty())
    return Error{
        ErrorKind::kBadInput,
        fmt::format("{}: {}", escaped(options_.refers_to), check.faults[0])};
  return ordered_json{{"folder", to_utf8(file_name(options_.refers_to))},
                      {"manifest_sha256", check.sha256}};
}

Result<void> Bundle::write_case() {
  const CaseWords& words = options_.words;
  ordered_json json = {{"case", to_utf8(words.id)},
                       {"examiner", to_utf8(words.examiner)},
                       {"exhibit", to_utf8(words.exhibit)},
                       {"notes", to_utf8(words.notes)},
                       {"made_by", options_.tool}};
  json["script"] = {{"name", to_utf8(script_.name)},
                    {"file", "script.yaml"},
                    {"sha256", sha256_hex(options_.script_text)},
                    {"lists_given", options_.lists}};
  const Interval& interval = options_.interval;
  json["interval"] = {{"from", nullptr}, {"to", nullptr}};
  if (interval.from_ns != INT64_MIN)
    json["interval"]["from"] = iso8601(interval.from_ns);
  if (interval.to_ns != INT64_MAX)
    json["interval"]["to"] = iso8601(interval.to_ns);
  json["traces"] = ordered_json::array();
  for (const TraceRecord& trace : traces_)
    json["traces"].push_back(trace_json(trace));
  json["outputs"] = outputs_json();
  json["left_out"] = ordered_json::object();
  for (const auto& [file, what] : left_out_)
    if (!what.empty()) json["left_out"][file] = what;
  json["refers_to"] = TRY(reference_json());
  return write_file(folder_.at("case.json"), dump(json, 1));
}

Result<void> Bundle::seal() {
  const std::string manifest = TRY(manifest_of(folder_.folder()));
  TRY(write_manifest(folder_.folder(), manifest, options_.key));
  Custody custody;
  Custody::Act act{options_.now_ns, options_.words.examiner, options_.tool,
                   "opened"};
  for (const TraceRecord& trace : traces_)
    custody.add(act, {{"file", to_utf8(trace.file_name)},
                      {"bytes", trace.digest.size},
                      {"sha256", trace.digest.sha256},
                      {"verified", trace.verification.sentence}});
  act.action = "made";
  custody.add(act, {{"script_sha256", sha256_hex(options_.script_text)},
                    {"manifest_sha256", sha256_hex(manifest)}});
  report_.custody_head = custody.head();
  return write_file(folder_.at(kCustodyFile), custody.text());
}

Result<BundleReport> Bundle::make() {
  TRY(open_outputs());
  for (const std::string& path : options_.traces) TRY(read(path));
  for (size_t i = 0; i < exporters_.size(); ++i) {
    left_out_[exporter_files_[i]] = exporters_[i]->left_out();
    TRY(exporters_[i]->close());
  }
  TRY(check_sources());
  TRY(write_file(folder_.at("script.yaml"), options_.script_text));
  TRY(write_losses());
  TRY(write_case());
  TRY(seal());
  TRY(folder_.keep());
  for (size_t i = 0; i < query_of_.size(); ++i)
    if (query_of_[i])
      report_.outputs.push_back({query_of_[i]->name, queries_[i].rows, {}});
  return std::move(report_);
}

}  // namespace

Result<BundleReport> make_bundle(const BundleOptions& options) {
  EvidenceScript script = TRY(
      parse_script(options.script_file, options.script_text, options.lists));
  NewFolder folder = TRY(NewFolder::create(options.folder));
  return Bundle(options, std::move(script), std::move(folder)).make();
}

}  // namespace vestige
