#include "prediction/predict_cases.h"

#include "core/files.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "prediction/case_line.h"
#include "prediction/case_work.h"
#include "prediction/made_by.h"

namespace seg {
namespace {

// What is predicted, reported and counted.
class Account {
 public:
  Account(const PredictionOptions& options, std::int64_t cases, std::int64_t finished)
      : options_(options), progress_("predicting", "cases", cases, finished) {
    summary_.finished_before = finished;
  }

  void show(double share) { progress_.within(share); }

  void add(const std::string& id, const std::string& trouble) {
    if (trouble.empty())
      ++summary_.predicted;
    else
      report({id, trouble});
    progress_.advance();
  }

  void add_finished() {
    ++summary_.finished_before;
    progress_.advance();
  }

  // Of the inputs; not one of the cases that the progress counts.
  void report(BadCase bad) {
    const std::string prefix = "case " + bad.id + ": ";  // which some reasons have
    if (bad.reason.starts_with(prefix)) bad.reason.erase(0, prefix.size());
    log::error("case {}: {}", bad.id, bad.reason);
    if (!options_.json.empty()) append_line(options_.json, error_line(bad.id, bad.reason));
    summary_.bad.push_back(std::move(bad));
  }

  const PredictionSummary& summary() const { return summary_; }

 private:
  const PredictionOptions& options_;
  PredictionSummary summary_;
  Progress progress_;
};

// A case that is being written.
struct Writing {
  std::string id = {};
  std::future<std::string> trouble = {};
};

void predict_each(const std::vector<Case>& cases, CaseWork& work, Account& account) {
  std::future<ReadCase> reading;
  Writing writing;
  const auto end_writing = [&] {
    if (writing.trouble.valid()) account.add(writing.id, writing.trouble.get());
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ReadCase read = (reading.valid() ? std::move(reading) : work.begin_reading(cases[i])).get();
    if (i + 1 < cases.size()) reading = work.begin_reading(cases[i + 1]);
    throw_if_stopped();
    const std::string id = read.files.id;
    if (read.trouble.empty() && work.is_finished(id)) {  // by another process
      account.add_finished();
      continue;
    }
    LabelledCase labelled;
    std::string trouble = read.trouble;
    if (trouble.empty())
      trouble = trouble_of([&] {
        labelled = work.label(std::move(read), [&](double share) { account.show(share); });
      });
    end_writing();
    if (!trouble.empty()) {
      account.add(id, trouble);
      continue;
    }
    writing = {id, std::async(std::launch::async, [&work, c = std::move(labelled)]() mutable {
                 return trouble_of([&] { work.write(std::move(c)); });
               })};
  }
  end_writing();
}

}  // namespace

PredictionSummary predict_cases(const Ensemble& ensemble, const Inputs& all,
                                const PredictionOptions& options) {
  const Inputs inputs = options.part.empty() ? all : part_of(all, options.part);
  CaseWork work(ensemble, options, prepare_output(ensemble, all.cases, options));
  std::vector<Case> left;
  std::vector<BadCase> bad = inputs.bad;
  for (const Case& c : inputs.cases) {
    if (!work.is_finished(c.id))
      left.push_back(c);
    else if (const std::string trouble = work.trouble_with_finished(c); !trouble.empty())
      bad.push_back({c.id, trouble});
  }
  const auto finished =
      std::ssize(inputs.cases) + std::ssize(inputs.bad) - std::ssize(left) - std::ssize(bad);
  if (finished > 0)
    log::info("{} of {} cases are in {} already and are left as they are (--overwrite)", finished,
              inputs.cases.size(), options.output.string());
  Account account(options, std::ssize(left) + finished, finished);
  for (const BadCase& one : bad) account.report(one);
  predict_each(left, work, account);
  return account.summary();
}

}  // namespace seg
