#include "prediction/predict_cases.h"

#include "core/boundary.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/parallel.h"
#include "core/progress.h"
#include "core/signals.h"
#include "core/stopwatch.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "prediction/case_line.h"
#include "prediction/made_by.h"
#include "prediction/postprocess.h"
#include "prep/prepared_label.h"
#include "prep/preprocess.h"
#include "prep/resample.h"

#include <future>

namespace seg {
namespace fs = std::filesystem;
namespace {

// A case ready for the network.
struct ReadCase {
  Case files;
  PreparedCase prepared = {};
  Geometry original = {};    // of the first channel's file
  std::string trouble = {};  // why it cannot be used, or ""
  double seconds = 0;
};

ReadCase read_case(const Case& files, const PrepConfig& prep) {
  ReadCase read{files};
  const Stopwatch watch;
  try {
    read.original = read_geometry(files.channels[0]);
    read.prepared = preprocess(files, prep, {});
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::data) throw;
    read.trouble = e.what();
  }
  read.seconds = watch.seconds();
  return read;
}

// The values of the data set's own files: uint8, or int32 where one is above 255.
torch::Tensor file_values(const torch::Tensor& labels, const LabelMap& map) {
  const bool wide = *std::max_element(map.to_file.begin(), map.to_file.end()) > 255;
  torch::Tensor out = torch::empty(labels.sizes(), wide ? torch::kInt32 : torch::kUInt8);
  const auto* in = labels.const_data_ptr<std::uint8_t>();
  const auto put = [&](auto* to) {
    for (std::int64_t i = 0; i < labels.numel(); ++i)
      to[i] = static_cast<std::remove_reference_t<decltype(*to)>>(map.to_file[in[i]]);
  };
  if (wide)
    put(out.data_ptr<std::int32_t>());
  else
    put(out.data_ptr<std::uint8_t>());
  return out;
}

// A case as the network labelled it, to be written.
struct LabelledCase {
  ReadCase read;
  torch::Tensor labels = {};  // uint8 [D, H, W] on the file's grid in canonical axes
  PredictionSeconds seconds = {};
  std::unique_ptr<ScoreMaps> probabilities = {};
};

// Bytes that a case takes while it is read, by its header; 0 where that cannot be told.
double bytes_of(const Case& files, const PrepConfig& prep) {
  try {
    const Geometry original = read_geometry(files.channels[0]),
                   grid = prepared_grid(original, prep);
    const auto voxels = [](const Geometry& g) {
      return static_cast<double>(g.size[0]) * static_cast<double>(g.size[1]) *
             static_cast<double>(g.size[2]);
    };
    return 4 *
           (2 * voxels(original) + voxels(grid) * static_cast<double>(files.channels.size() + 1));
  } catch (const Error&) {
    return 0;
  }
}

class Work {
 public:
  Work(const Ensemble& ensemble, const PredictionOptions& options)
      : ensemble_(ensemble), options_(options), predictor_(ensemble.predictor()) {}

  bool is_finished(const std::string& id) const {
    const fs::path& output = options_.output;
    const auto& scores = options_.probabilities;
    return !options_.overwrite && fs::exists(label_file(output, id)) &&
           (!scores || fs::exists(score_place(probabilities_of(output, id), *scores)));
  }

  std::future<ReadCase> begin_reading(const Case& c) const {
    const PrepConfig& prep = ensemble_.config().prep;
    const bool ahead = bytes_of(c, prep) < available_memory() / 4;
    return std::async(ahead ? std::launch::async : std::launch::deferred,
                      [c, &prep] { return read_case(c, prep); });
  }

  LabelledCase label(ReadCase read, const std::function<void(double)>& on_share) {
    LabelledCase out{std::move(read)};
    const PreparedCase& c = out.read.prepared;
    const Orientation o = canonical_orientation(out.read.original);
    const Geometry target = reorient(out.read.original, o);
    PredictionHooks hooks{.on_share = on_share};
    if (options_.probabilities) {
      const Case& files = out.read.files;
      out.probabilities = std::make_unique<ScoreMaps>(
          probabilities_of(options_.output, files.id), *options_.probabilities,
          ensemble_.task().labels.classes, files.channels[0]);
      hooks.on_probabilities = [&](std::int64_t z, std::int64_t y, const torch::Tensor& p) {
        out.probabilities->put(z, y, p);
      };
    }
    const bool by_scores = options_.order == WayBack::scores;
    out.labels = predictor_.labels(whole_image(c), lowest_values(c), c.geometry,
                                   by_scores ? target : c.geometry, hooks);
    out.seconds = predictor_.seconds();
    if (!by_scores)
      out.labels =
          resample_label(out.labels, c.geometry, target, LabelInterpolation::linear_onehot);
    out.read.prepared = {.id = c.id};  // its voxels are not needed any more
    return out;
  }

  // Writes it; what it is told last makes the case finished.
  void write(LabelledCase c) const {
    const Stopwatch watch;
    const Orientation o = canonical_orientation(c.read.original);
    std::vector<std::int64_t> classes;
    for (std::int64_t k = 1; k < ensemble_.task().labels.count(); ++k) classes.push_back(k);
    if (options_.largest_component) c.labels = keep_largest(c.labels, classes);
    if (options_.fill_holes) c.labels = fill_holes(c.labels, classes);
    const torch::Tensor labels = reorient_back(c.labels, o).contiguous();
    const std::string& id = c.read.files.id;
    if (c.probabilities) c.probabilities->finish();
    at_boundary("predicted");
    const fs::path file = label_file(options_.output, id);
    write_label_like(file, file_values(labels, ensemble_.task().labels), c.read.files.channels[0]);
    if (options_.json.empty()) return;
    append_line(options_.json, case_line({id, file, c.read.seconds, watch.seconds(), c.seconds},
                                         labels, c.read.original, ensemble_.task().labels));
  }

 private:
  const Ensemble& ensemble_;
  const PredictionOptions& options_;
  Predictor predictor_;
};

}  // namespace

PredictionSummary predict_cases(const Ensemble& ensemble, const Inputs& all,
                                const PredictionOptions& options) {
  const Inputs inputs = options.part.empty() ? all : part_of(all, options.part);
  prepare_output(ensemble, all.cases, options);
  PredictionSummary summary;
  Work work(ensemble, options);
  const auto report = [&](const BadCase& bad) {
    log::error("case {}: {}", bad.id, bad.reason);
    summary.bad.push_back(bad);
    if (!options.json.empty()) append_line(options.json, error_line(bad.id, bad.reason));
  };
  for (const BadCase& bad : inputs.bad) report(bad);
  std::vector<Case> left;
  for (const Case& c : inputs.cases)
    if (!work.is_finished(c.id)) left.push_back(c);
  summary.finished_before = std::ssize(inputs.cases) - std::ssize(left);
  if (summary.finished_before > 0)
    log::info("{} of {} cases are in {} already and are left as they are (--overwrite)",
              summary.finished_before, inputs.cases.size(), options.output.string());

  Progress progress("predicting", "cases", std::ssize(inputs.cases), summary.finished_before);
  const auto on_share = [&](double share) { progress.within(share); };
  std::future<ReadCase> reading;
  std::future<void> writing;
  for (std::size_t i = 0; i < left.size(); ++i) {
    ReadCase read = (reading.valid() ? std::move(reading) : work.begin_reading(left[i])).get();
    if (i + 1 < left.size()) reading = work.begin_reading(left[i + 1]);
    throw_if_stopped();
    if (!read.trouble.empty()) {
      report({read.files.id, read.trouble});
    } else if (work.is_finished(read.files.id)) {  // by another process
      ++summary.finished_before;
    } else {
      LabelledCase labelled = work.label(std::move(read), on_share);
      if (writing.valid()) writing.get();
      writing = std::async(std::launch::async, [&work, c = std::move(labelled)]() mutable {
        work.write(std::move(c));
      });
      ++summary.predicted;
    }
    progress.advance();
  }
  if (writing.valid()) writing.get();
  return summary;
}

}  // namespace seg
