#include "prediction/case_work.h"

#include "core/boundary.h"
#include "core/error.h"
#include "core/files.h"
#include "core/parallel.h"
#include "core/stopwatch.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/same_grid.h"
#include "prediction/case_line.h"
#include "prediction/made_by.h"
#include "prediction/postprocess.h"
#include "prep/prepared_label.h"
#include "prep/preprocess.h"
#include "prep/resample.h"

#include <algorithm>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t longest_id = 160;  // of the 255 bytes of a name, with what is added to it

ReadCase read_case(const Case& files, const Config& config) {
  ReadCase read{files};
  const Stopwatch watch;
  read.trouble = trouble_of([&] {
    if (files.id.size() > longest_id)
      fail_data("its name is longer than {} bytes, too long for a file of its own; rename it",
                longest_id);
    read.original = read_geometry(files.channels[0]);
    read.prepared = preprocess(files, config.prep, {}, static_cast<int>(config.threads));
  });
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

}  // namespace

std::string trouble_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::data) throw;
    return e.what();
  }
  return "";
}
CaseWork::CaseWork(const Ensemble& ensemble, const PredictionOptions& options, std::string made_by)
    : ensemble_(ensemble),
      options_(options),
      made_by_(std::move(made_by)),
      threads_(static_cast<int>(ensemble.config().threads)),
      predictor_(ensemble.predictor()) {}

bool CaseWork::is_finished(const std::string& id) const {
  const fs::path& output = options_.output;
  const auto& scores = options_.probabilities;
  return !options_.overwrite && fs::exists(label_file(output, id)) &&
         (!scores || fs::exists(score_place(probabilities_of(output, id), *scores)));
}

std::string CaseWork::trouble_with_finished(const Case& c) const {
  const fs::path label = label_file(options_.output, c.id);
  return trouble_of([&] {
    const auto difference = grid_difference(read_geometry(c.channels[0]), read_geometry(label));
    if (!difference.empty())
      fail_data(
          "{} is the label of another volume of that name ({}); choose another --output, "
          "or --overwrite",
          label.string(), difference);
  });
}

std::future<ReadCase> CaseWork::begin_reading(const Case& c) const {
  const Config& config = ensemble_.config();
  const bool ahead = bytes_of(c, config.prep) < available_memory() / 4;
  return std::async(ahead ? std::launch::async : std::launch::deferred,
                    [c, &config] { return read_case(c, config); });
}

LabelledCase CaseWork::label(ReadCase read, const std::function<void(double)>& on_share) {
  LabelledCase out{std::move(read)};
  const PreparedCase& c = out.read.prepared;
  const Orientation o = canonical_orientation(out.read.original);
  const Geometry target = reorient(out.read.original, o);
  PredictionHooks hooks{.on_share = on_share};
  if (options_.probabilities) {
    const Case& files = out.read.files;
    out.probabilities = std::make_unique<ScoreMaps>(
        probabilities_of(options_.output, files.id), *options_.probabilities,
        ensemble_.task().labels.classes, files.channels[0], threads_);
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
        resample_label(out.labels, c.geometry, target, LabelInterpolation::linear_onehot, threads_);
  out.read.prepared = {.id = c.id};  // its voxels are not needed any more
  return out;
}

void CaseWork::write(LabelledCase c) const {
  const Stopwatch watch;
  const Orientation o = canonical_orientation(c.read.original);
  std::vector<std::int64_t> classes;
  for (std::int64_t k = 1; k < ensemble_.task().labels.count(); ++k) classes.push_back(k);
  if (options_.largest_component) c.labels = keep_largest(c.labels, classes, threads_);
  if (options_.fill_holes) c.labels = fill_holes(c.labels, classes, threads_);
  const torch::Tensor labels = reorient_back(c.labels, o).contiguous();
  const std::string& id = c.read.files.id;
  const fs::path file = label_file(options_.output, id);
  require_still_ours(options_.output, made_by_);
  remove_probabilities(options_.output, id, options_.probabilities);  // of before
  if (c.probabilities) c.probabilities->finish();
  at_boundary("predicted");
  write_label_like(file, file_values(labels, ensemble_.task().labels), c.read.files.channels[0]);
  if (options_.json.empty()) return;
  append_line(options_.json, case_line({id, file, c.read.seconds, watch.seconds(), c.seconds},
                                       labels, c.read.original, ensemble_.task().labels));
}

}  // namespace seg
