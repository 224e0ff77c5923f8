// SPDX-License-Identifier: Apache-2.0
//
// vestige extract: what files held, rebuilt from what was written and read.
//
// Names come from the trace and are hostile: files are written under numbers,
// and manifest.jsonl tells which is which.
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "format/crypto.h"
#include "format/trace_reader.h"
#include "format/unique_fd.h"
#include "replay/cli/command.h"
#include "replay/cli/row_json.h"
#include "replay/content/file_contents.h"
#include "replay/read_trace.h"
#include "replay/reconstructor.h"

namespace vestige::cli {
namespace {

Error system_error(const std::string& path) {
  return {ErrorKind::kSystem,
          fmt::format("{}: {}", path, std::strerror(errno))};
}

uint64_t known_bytes(const FileContent& file) {
  uint64_t known = 0;
  for (const auto& range : file.bytes.known()) known += range.size;
  return known;
}

std::string sha256_of(const FileContent& file) {
  std::string whole;
  file.bytes.for_each(
      [&](uint64_t, const std::string& bytes) { whole.append(bytes); });
  return to_hex(sha256(bytes_of(whole)));
}

Result<void> write_content(const std::string& path, const FileContent& file) {
  const UniqueFd out(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
             0600));
  if (!out) return system_error(path);
  bool failed = false;
  file.bytes.for_each([&](uint64_t offset, const std::string& bytes) {
    size_t done = 0;
    while (!failed && done < bytes.size()) {
      const ssize_t wrote = ::pwrite(out.get(), bytes.data() + done,
                                     bytes.size() - done, offset + done);
      failed = wrote <= 0;
      if (!failed) done += size_t(wrote);
    }
  });
  if (failed) return system_error(path);
  if (file.is_size_known && ::ftruncate(out.get(), off_t(file.size)) != 0)
    return system_error(path);
  return {};
}

JsonLine content_json(const FileContent& file, std::string_view written_as) {
  JsonLine json;
  json.text("kind", content_kind_text(file.kind));
  json.text("path", file.path);
  json.number_or_null("connection", uint32_t(file.connection));
  json.text_or_null("extracted", written_as);
  file.is_size_known ? json.number("size", file.size) : json.null("size");
  json.number("known_bytes", known_bytes(file));
  json.boolean("complete", file.is_complete());
  json.boolean("whole_life", file.is_whole_life);
  json.boolean("written", file.was_written);
  json.boolean("mapped", file.was_mapped);
  file.is_complete() ? json.text("sha256", sha256_of(file))
                     : json.null("sha256");
  json.open_array("known");
  for (const auto& range : file.bytes.known()) {
    json.open_object("");
    json.number("offset", range.offset);
    json.number("size", range.size);
    json.close_object();
  }
  json.close_array();
  json.number_or_null("inode", file.identity.inode);
  json.text("at", position_text(file.first));
  json.text("last_at", position_text(file.last));
  return json;
}

bool is_wanted_content(const Options& options, const FileContent& file) {
  const bool is_stream = file.kind != ContentKind::kFile;
  if (is_stream != options.streams) return false;
  if (options.connection != 0 &&
      uint32_t(file.connection) != options.connection)
    return false;
  return options.path.empty() ||
         fnmatch(options.path.c_str(), std::string(file.path).c_str(), 0) == 0;
}

// Only what was changed, unless a path is asked for.
bool is_shown(const Options& options, const FileContent& file) {
  if (!file.is_wanted) return false;
  if (file.kind != ContentKind::kFile) return file.size > 0;
  if (!options.path.empty() || options.all) return true;
  return file.was_written || (file.is_whole_life && file.size > 0);
}

std::string content_name(const FileContent& file) {
  if (file.connection == ConnectionId::kNone) return std::string(file.path);
  return fmt::format("connection {}, {}", uint32_t(file.connection),
                     content_kind_text(file.kind));
}

Result<void> read_contents(const Options& options, FileContents& contents,
                           Reconstructor& state) {
  TraceReader reader =
      TRY(TraceReader::open(options.file, {.pace = Pace::kAhead}));
  state.watch(&contents);
  return read_trace(reader, options.file, state);
}

void print_table(const Options& options,
                 const std::vector<const FileContent*>& files) {
  Table table({{"SIZE", Align::kRight},
               {"KNOWN", Align::kRight},
               {"STATE"},
               {"SHA256"},
               {"PATH"}});
  for (const FileContent* file : files)
    table.add({{file->is_size_known ? fmt::format("{}", file->size) : "?"},
               {fmt::format("{}", known_bytes(*file))},
               {file->is_complete() ? "complete" : "partial",
                file->is_complete() ? Style::kGreen : Style::kYellow},
               {file->is_complete() ? sha256_of(*file) : "", Style::kDim},
               {content_name(*file)}});
  table.print(options.color, options.wide ? Fit::kWhole : Fit::kCut);
}

Result<void> write_all(const std::string& folder,
                       const std::vector<const FileContent*>& files) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return system_error(folder);
  std::string manifest;
  size_t number = 0;
  for (const FileContent* file : files) {
    const std::string name = fmt::format("{:04}.content", ++number);
    TRY(write_content(fmt::format("{}/{}", folder, name), *file));
    manifest.append(content_json(*file, name).take()).push_back('\n');
  }
  FileContent listing;
  listing.bytes.write(0, manifest);
  return write_content(fmt::format("{}/manifest.jsonl", folder), listing);
}

}  // namespace

Result<int> run_extract(const Options& options) {
  TextPool texts;
  FileContents contents([&](const FileContent& file) {
    return is_wanted_content(options, file);
  });
  Reconstructor state(texts);
  TRY(read_contents(options, contents, state));
  std::vector<const FileContent*> files;
  for (const FileContent& file : contents.files())
    if (is_shown(options, file)) files.push_back(&file);
  if (!options.output.empty()) TRY(write_all(options.output, files));
  if (!options.json)
    print_table(options, files);
  else
    for (const FileContent* file : files) content_json(*file, "").print();
  return 0;
}

}  // namespace vestige::cli
