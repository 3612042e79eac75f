#include "prep/verify.h"

#include "core/hash.h"
#include "core/ignore.h"
#include "core/parallel.h"
#include "core/progress.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/same_grid.h"
#include "image/volume_fault.h"
#include "prep/class_indices.h"
#include "prep/crop.h"
#include "prep/normalise.h"
#include "prep/prepared_label.h"
#include "prep/resample.h"
#include "prep/resample_between.h"

#include <torch/types.h>

#include <algorithm>
#include <optional>
#include <set>

namespace seg {
namespace {

// What one case contributes to the report, and to what only the data set as a whole can show.
struct CaseFindings {
  std::vector<Problem> problems;
  std::vector<std::string> hashes;  // of the channels' voxels; "" where one could not be read
  std::string orientation;          // of the first channel; "" likewise
};

ProblemKind kind_of(VolumeFault fault) {
  switch (fault) {
    case VolumeFault::missing: return ProblemKind::missing_channel;
    case VolumeFault::truncated: return ProblemKind::truncated;
    case VolumeFault::dimensions: return ProblemKind::dimensions;
    case VolumeFault::voxel_type: return ProblemKind::voxel_type;
    case VolumeFault::spacing: return ProblemKind::spacing;
    case VolumeFault::too_large: return ProblemKind::too_large;
    case VolumeFault::direction: return ProblemKind::direction;
    case VolumeFault::label_value: return ProblemKind::label_fractional;
    case VolumeFault::not_nifti:
    case VolumeFault::header:
    case VolumeFault::damaged: break;
  }
  return ProblemKind::unreadable;
}

class CaseCheck {
 public:
  CaseCheck(const Case& c, const PrepConfig& config, const std::map<int, std::uint8_t>& labels,
            const std::vector<std::string>& classes, bool known_incomplete, Depth depth)
      : case_(c),
        config_(config),
        labels_(labels),
        classes_(classes),
        known_incomplete_(known_incomplete),
        depth_(depth) {}

  CaseFindings run() {
    for (std::size_t k = 0; k < case_.channels.size(); ++k) check_channel(k);
    if (!case_.label.empty()) check_label();
    return std::move(found_);
  }

 private:
  void add(ProblemKind kind, const std::filesystem::path& file, const std::string& detail) {
    if (kind == ProblemKind::missing_channel && known_incomplete_) return;
    found_.problems.push_back({kind, case_.id, file, detail});
  }

  // The volume, or a problem.
  template <class Read>
  std::optional<Volume> try_read(const std::filesystem::path& file, Read read) {
    try {
      const std::string conflict = read_header(file).conflict;
      Volume volume = depth_ == Depth::headers ? Volume{{}, read_geometry(file)} : read(file);
      if (!conflict.empty())
        add(conflict.starts_with(no_orientation) ? ProblemKind::no_orientation
                                                 : ProblemKind::form_conflict,
            file, conflict);
      return volume;
    } catch (const VolumeError& e) {
      const std::string text = e.what(), prefix = file.string() + ": ";
      add(kind_of(e.fault()), file, text.starts_with(prefix) ? text.substr(prefix.size()) : text);
      return std::nullopt;
    }
  }

  void check_grid(const Geometry& geometry, const std::filesystem::path& file) {
    if (!first_) first_ = geometry;
    const std::string difference = grid_difference(*first_, geometry);
    if (difference.empty()) return;
    if (config_.resample_to != ResampleTo::first)
      add(ProblemKind::grid_mismatch, file, difference);
    else if (const double share = overlap(*first_, geometry); share < least_overlap)
      add(ProblemKind::grids_apart, file, apart_text(share));
    else
      add(ProblemKind::grid_resampled, file, difference);
  }

  // Whether the volume can be resampled.
  bool check_size(const Geometry& geometry, const std::filesystem::path& file) {
    try {
      prepared_grid(geometry, config_);
      return true;
    } catch (const VolumeError& e) {
      add(kind_of(e.fault()), file, e.what());
      return false;
    }
  }

  void check_channel(std::size_t k) {
    const auto& file = case_.channels[k];
    found_.hashes.emplace_back();
    if (file.empty())
      return add(ProblemKind::missing_channel, file, fmt::format("channel {} has no file", k + 1));
    const auto volume = try_read(file, read_image);
    if (!volume) return;
    if (found_.orientation.empty()) found_.orientation = orientation_name(volume->geometry);
    check_grid(volume->geometry, file);
    if (k == 0) sizes_known_ = check_size(volume->geometry, file);
    if (depth_ == Depth::headers) return;
    const torch::Tensor& voxels = volume->voxels;
    found_.hashes.back() =
        hash_text({static_cast<const char*>(voxels.data_ptr()), voxels.nbytes()});
    check_intensities(voxels, file);
    if (k == 0 && sizes_known_ && config_.crop.centre != CropCentre::volume &&
        voxels.isfinite().any().item<bool>())
      body_ = reorient({filled(voxels), volume->geometry}, canonical_orientation(volume->geometry));
  }

  void check_intensities(const torch::Tensor& voxels, const std::filesystem::path& file) {
    const std::int64_t odd = voxels.numel() - voxels.isfinite().sum().item<std::int64_t>();
    if (odd > 0)
      add(config_.nan == NotFinite::error ? ProblemKind::nan_voxels : ProblemKind::nan_filled, file,
          fmt::format("{} of {} voxels are NaN or infinite", odd, voxels.numel()));
    else if (voxels.min().item<float>() == voxels.max().item<float>())
      add(ProblemKind::constant_channel, file,
          fmt::format("every voxel is {}", voxels.min().item<float>()));
  }

  void check_label() {
    auto volume = try_read(case_.label, read_label);
    if (!volume) return;
    check_grid(volume->geometry, case_.label);
    if (depth_ == Depth::headers) return;
    const torch::Tensor counts = torch::bincount(volume->voxels.flatten());
    const std::int64_t* n = counts.data_ptr<std::int64_t>();
    std::string unknown;
    std::int64_t foreground = 0;
    for (int value = 0; value < counts.size(0); ++value) {
      const auto known = labels_.find(value);
      if (n[value] == 0) continue;
      if (known == labels_.end() && value != 0)
        unknown += fmt::format("{}{} ({} voxels)", unknown.empty() ? "" : ", ", value, n[value]);
      if (known != labels_.end() && known->second != 0 && known->second != kIgnore)
        foreground += n[value];
    }
    if (!unknown.empty())
      return add(ProblemKind::label_unknown, case_.label, "values outside data.labels: " + unknown);
    if (foreground == 0) return add(ProblemKind::label_empty, case_.label, "no voxel of any class");
    if (sizes_known_ && check_size(volume->geometry, case_.label)) check_crop(*volume);
  }

  // The prepared label before and after the crop of evaluation, class by class.
  void check_crop(Volume label) {
    if (config_.crop.size.empty()) return;
    label.voxels = class_indices(label.voxels, labels_);
    const Volume whole_volume = prepared_label(label, first_.value_or(label.geometry), config_, 1);
    const Geometry& grid = whole_volume.geometry;
    PreparedCase prepared{case_.id, {}, whole_volume.voxels, grid};
    if (body_ &&
        grid_difference(resampled_grid(body_->geometry, dhw_of(config_.spacing)), grid).empty())
      prepared.image =
          clipped(resample_image(body_->voxels, body_->geometry, grid, config_.interpolation, 1),
                  config_.normalise);  // as preprocess finds the body
    else
      prepared.image =
          torch::zeros({1, 1, 1, 1}).expand({1, grid.size[2], grid.size[1], grid.size[0]});
    const auto count = [](const torch::Tensor& t) {
      return torch::bincount(t.flatten().to(torch::kInt32), {}, 256);
    };
    const torch::Tensor whole = count(prepared.label),
                        kept = count(crop_case(prepared, config_.crop, CropFor::evaluation).label);
    std::string lost;
    for (std::size_t c = 1; c < classes_.size(); ++c) {
      const auto all = static_cast<double>(whole.data_ptr<std::int64_t>()[c]);
      const double missing = all - static_cast<double>(kept.data_ptr<std::int64_t>()[c]);
      if (missing > 0)
        lost += fmt::format("{}{} {:.2f} %", lost.empty() ? "" : ", ", classes_[c],
                            100 * missing / all);
    }
    if (!lost.empty()) add(ProblemKind::crop_loss, case_.label, "outside prep.crop: " + lost);
  }

  const Case& case_;
  const PrepConfig& config_;
  const std::map<int, std::uint8_t>& labels_;
  const std::vector<std::string>& classes_;
  bool known_incomplete_;  // the layout named the missing files
  Depth depth_;
  std::optional<Geometry> first_;
  std::optional<Volume> body_;
  bool sizes_known_ = true;  // the first channel is not too large
  CaseFindings found_;
};

// Images with the same voxels as an earlier one, of the same or of another case.
void add_duplicates(const std::vector<Case>& cases, std::vector<CaseFindings>& found) {
  std::map<std::string, std::string> seen;
  for (std::size_t i = 0; i < cases.size(); ++i)
    for (std::size_t k = 0; k < found[i].hashes.size(); ++k) {
      const std::string& hash = found[i].hashes[k];
      if (hash.empty()) continue;
      const auto [at, fresh] = seen.emplace(
          hash, fmt::format("case {}, {}", cases[i].id, cases[i].channels[k].filename().string()));
      if (!fresh)
        found[i].problems.push_back({ProblemKind::duplicate, cases[i].id, cases[i].channels[k],
                                     "the same voxels as " + at->second});
    }
}

std::optional<Problem> orientation_mix(const std::vector<CaseFindings>& found) {
  std::map<std::string, int> counts;
  for (const CaseFindings& f : found)
    if (!f.orientation.empty()) ++counts[f.orientation];
  if (counts.size() < 2) return std::nullopt;
  std::string text;
  for (const auto& [name, n] : counts)
    text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", n, name);
  return Problem{ProblemKind::orientation_mix, "", "", text};
}

}  // namespace

VerifyReport verify(const std::vector<Case>& cases, const PrepConfig& config,
                    const std::map<int, std::uint8_t>& labels,
                    const std::vector<std::string>& classes, std::vector<Problem> layout,
                    Depth depth) {
  std::vector<CaseFindings> found(cases.size());
  std::set<std::string> incomplete;
  for (const Problem& p : layout)
    if (p.kind == ProblemKind::missing_channel) incomplete.insert(p.id);
  {
    Progress progress(depth == Depth::headers ? "reading headers" : "verifying", "cases",
                      static_cast<std::int64_t>(cases.size()));
    parallel_for(static_cast<std::int64_t>(cases.size()), static_cast<int>(config.workers),
                 [&](std::int64_t i) {
                   const auto at = static_cast<std::size_t>(i);
                   found[at] = CaseCheck(cases[at], config, labels, classes,
                                         incomplete.contains(cases[at].id), depth)
                                   .run();
                   progress.advance();
                 });
  }
  add_duplicates(cases, found);
  VerifyReport report;
  report.cases = static_cast<std::int64_t>(cases.size());
  report.problems = std::move(layout);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (const auto& file : cases[i].channels) report.files += !file.empty();
    report.files += !cases[i].label.empty();
    report.problems.insert(report.problems.end(), found[i].problems.begin(),
                           found[i].problems.end());
  }
  if (const auto mix = orientation_mix(found)) report.problems.push_back(*mix);
  return report;
}

}  // namespace seg
