#include "prep/verify.h"

#include "core/error.h"
#include "core/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace seg {

const std::vector<ProblemDescription>& problem_descriptions() {
  using K = ProblemKind;
  constexpr Severity error = Severity::error, warning = Severity::warning;
  static const std::vector<ProblemDescription> table = {
      {K::missing_channel, "missing-channel", error,
       "A file of the case does not exist or cannot be opened: complete the case or remove it."},
      {K::two_files, "two-files", error,
       "Two files of the case stand for one channel: remove one."},
      {K::unreadable, "unreadable", error,
       "The file is no volume that is read, or is damaged: fetch or convert it again."},
      {K::truncated, "truncated", error, "The file ends before its last voxel: fetch it again."},
      {K::dimensions, "dimensions", error,
       "The file is not one 3D volume: stack slices, or split 4D files into one file per channel."},
      {K::voxel_type, "voxel-type", error,
       "The voxels are not real numbers: convert the file to float32."},
      {K::spacing, "spacing", error,
       "The voxel size is no plausible number of millimetres: correct the header."},
      {K::too_large, "too-large", error,
       "The volume is too large at prep.spacing: correct its voxel size, or set a larger spacing."},
      {K::direction, "direction", error,
       "The axes are not at right angles, or the affine is no number: resample the volume or "
       "correct the header."},
      {K::grid_mismatch, "grid-mismatch", error,
       "Channels and label of a case must share one grid: resample one to the other, or set "
       "prep.resample_to: first."},
      {K::grid_resampled, "grid-resampled", warning,
       "The file's grid differs: it is resampled to the first channel's, as prep.resample_to "
       "says."},
      {K::grids_apart, "grids-apart", error,
       "The file lies elsewhere in the patient than the first channel: correct its header."},
      {K::nan_voxels, "nan-voxels", error,
       "NaN or infinite voxels: mend the volume, or set prep.nan: fill."},
      {K::nan_filled, "nan-filled", warning,
       "NaN or infinite voxels become the channel's minimum, as prep.nan: fill says."},
      {K::label_fractional, "label-fractional", error,
       "The label holds values that are no whole numbers of 0 to 65535: it is an image, or was "
       "interpolated."},
      {K::label_unknown, "label-unknown", error,
       "The label holds values that data.labels does not name: add them, or mend the label."},
      {K::form_conflict, "form-conflict", warning,
       "The header places the volume in two ways: the sform is used; check left and right."},
      {K::no_orientation, "no-orientation", warning,
       "The header does not say how the patient lies: left and right, front and back are guesses; "
       "set its qform or sform."},
      {K::constant_channel, "constant-channel", warning,
       "Every voxel has the same value: the channel becomes zeros."},
      {K::duplicate, "duplicate", warning,
       "Two images hold the same voxels: a case may be in training and test at once."},
      {K::label_empty, "label-empty", warning, "The label names no voxel of any class."},
      {K::lone_label, "lone-label", warning,
       "The label has no image of its name and is not used: add the image, or correct the name."},
      {K::empty_folder, "empty-folder", warning,
       "The folder holds no volume and is no case: remove it, or fetch what is missing."},
      {K::no_label, "no-label", warning, "Cases without a label are for inference only."},
      {K::crop_loss, "crop-loss", warning,
       "Label voxels lie outside prep.crop: no DSC counts them; a larger prep.crop.size keeps "
       "more."},
      {K::orientation_mix, "orientation-mix", warning,
       "The files are stored in several orientations: all are turned to RAS."},
  };
  return table;
}

const ProblemDescription& description_of(ProblemKind kind) {
  return problem_descriptions()[static_cast<std::size_t>(kind)];
}

std::int64_t VerifyReport::count(Severity severity) const {
  return std::count_if(problems.begin(), problems.end(), [&](const Problem& p) {
    return description_of(p.kind).severity == severity;
  });
}

namespace {
const char* name_of(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::set<ProblemKind> kinds_of(const VerifyReport& report) {
  std::set<ProblemKind> kinds;
  for (const Problem& p : report.problems) kinds.insert(p.kind);
  return kinds;
}
}  // namespace

std::string verify_table(const VerifyReport& report) {
  std::size_t width = 4;
  for (const Problem& p : report.problems) width = std::max(width, visible(p.id).size());
  std::string text;
  if (!report.problems.empty())
    text += fmt::format("{:<8} {:<{}} {:<17} {}\n", "severity", "case", width, "kind", "what");
  for (const Problem& p : report.problems) {
    const ProblemDescription& d = description_of(p.kind);
    text += fmt::format("{:<8} {:<{}} {:<17} {}{}{}\n", name_of(d.severity),
                        p.id.empty() ? "all" : visible(p.id), width, d.id,
                        visible(p.file.filename().string()), p.file.empty() ? "" : ": ",
                        visible(p.detail));
  }
  for (const ProblemKind kind : kinds_of(report)) {
    if (kind == *kinds_of(report).begin()) text += "\n";
    text += fmt::format("{}: {}\n", description_of(kind).id, description_of(kind).sentence);
  }
  return text + fmt::format("{}{} cases, {} files: {} errors, {} warnings\n",
                            report.problems.empty() ? "" : "\n", report.cases, report.files,
                            report.count(Severity::error), report.count(Severity::warning));
}

std::string verify_json(const VerifyReport& report) {
  using nlohmann::json;
  json problems = json::array(), kinds = json::object();
  for (const Problem& p : report.problems)
    problems.push_back({{"kind", description_of(p.kind).id},
                        {"severity", name_of(description_of(p.kind).severity)},
                        {"case", p.id},
                        {"file", p.file.string()},
                        {"detail", p.detail}});
  for (const ProblemKind kind : kinds_of(report))
    kinds[description_of(kind).id] = description_of(kind).sentence;
  const json j = {{"cases", report.cases},
                  {"files", report.files},
                  {"errors", report.count(Severity::error)},
                  {"warnings", report.count(Severity::warning)},
                  {"problems", problems},
                  {"kinds", kinds}};
  return j.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace seg
