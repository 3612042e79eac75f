#include "run/data_check.h"

#include "core/error.h"
#include "core/log.h"
#include "prep/verify.h"

#include <sys/stat.h>

#include <functional>
#include <map>
#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_told = 5, most_listed = 20;

std::string text_of(const Problem& p) {
  const fs::path file = p.file.parent_path().filename() / p.file.filename();
  return (p.id.empty() ? "" : fmt::format("case {}: ", p.id)) +
         (file.empty() ? "" : file.string() + ": ") + p.detail;
}

void refuse_errors(const VerifyReport& report) {
  std::string text;
  std::int64_t errors = 0;
  for (const Problem& p : report.problems) {
    const ProblemDescription& what = description_of(p.kind);
    if (what.severity != Severity::error || ++errors > static_cast<std::int64_t>(most_listed))
      continue;
    text += fmt::format("\n  {}: {}", text_of(p), what.sentence);
  }
  if (errors > static_cast<std::int64_t>(most_listed))
    text += fmt::format("\n  and {} more; segprep verify lists all", errors - most_listed);
  if (errors > 0)
    fail_data("the split's files have {} problem{}; mend them, or take the cases out of it:{}",
              errors, errors == 1 ? "" : "s", text);
}

// A line for each kind.
void tell_warnings(const VerifyReport& report) {
  for (const ProblemDescription& what : problem_descriptions()) {
    if (what.severity != Severity::warning) continue;
    std::string text;
    std::size_t count = 0;
    for (const Problem& p : report.problems)
      if (p.kind == what.kind && ++count <= most_told)
        text += (text.empty() ? "" : "; ") + text_of(p);
    if (count > most_told) text += fmt::format("; and {} more", count - most_told);
    if (count > 0) log::warn("{} ({})", what.sentence, text);
  }
}

// Device and inode of each channel's file: the same by whatever name.
std::vector<std::string> inodes_of(const Case& c) {
  std::vector<std::string> inodes;
  for (const fs::path& file : c.channels) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) == 0)
      inodes.push_back(fmt::format("{} {}", facts.st_dev, facts.st_ino));
  }
  return inodes;
}

// Two cases that show the same image.
struct Twin {
  std::string id, other;
  SplitPart part, part_of_other;
};

// One pair for every image that a case before it has, too; keys(c): what its images are known by.
std::vector<Twin> twins(const Experiment& experiment,
                        const std::function<std::vector<std::string>(const Case&)>& keys) {
  std::map<std::string, std::pair<std::string, SplitPart>> seen;
  std::vector<Twin> found;
  for (const auto& [part, word] : words_of(SplitPart{}))
    for (const Case& c : experiment.part(part)) {
      std::set<std::string> told;
      for (const std::string& key : keys(c)) {
        const auto [at, fresh] = seen.emplace(key, std::pair(c.id, part));
        const auto& [other, part_of_other] = at->second;
        if (!fresh && other != c.id && told.insert(other).second)
          found.push_back({c.id, other, part, part_of_other});
      }
    }
  return found;
}

void warn_of(const std::vector<Twin>& found, const char* what) {
  std::size_t told = 0;
  for (const Twin& t : found) {
    if (++told > most_listed) {
      log::warn("and {} more pairs of cases that {}", found.size() - most_listed, what);
      return;
    }
    if (t.part == t.part_of_other)
      log::warn("cases {} and {} ({}) {}, which counts twice; take one out of the split", t.other,
                t.id, word_of(t.part), what);
    else
      log::warn(
          "cases {} ({}) and {} ({}) {}: what one part learns or selects, the other tests; "
          "take one out of the split",
          t.other, word_of(t.part_of_other), t.id, word_of(t.part), what);
  }
}

}  // namespace

void check_sources(const Experiment& experiment, const PrepConfig& prep) {
  const LabelMap& labels = experiment.dataset().labels;
  const VerifyReport report =
      verify(experiment.all(), prep, labels.to_class, labels.classes, {}, Depth::headers);
  refuse_errors(report);
  tell_warnings(report);
  warn_of(twins(experiment, inodes_of), "share an image file");
}

void warn_of_twins(const Experiment& experiment) {
  const auto hashes = [&](const Case& c) {
    auto known = experiment.cache().hashes(c);
    std::erase(known, "");
    return known;
  };
  warn_of(twins(experiment, hashes), "show the same image");
}

}  // namespace seg
