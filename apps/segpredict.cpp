// segpredict: labels of new volumes, by one trained network or several, on each volume's own grid.
#include "core/path_name.h"
#include "prediction/predict_cases.h"
#include "program.h"

namespace {

struct Arguments {
  std::vector<std::string> checkpoints, overrides;
  std::string input, output, part, order = "logits", flip, probabilities, json, log_level;
  bool overwrite = false, largest_component = false, fill_holes = false;
};

seg::PredictionOptions options_of(const Arguments& a) {
  seg::PredictionOptions options{.output = a.output,
                                 .order = seg::option_word<seg::WayBack>("--order", a.order),
                                 .part = a.part,
                                 .overwrite = a.overwrite,
                                 .largest_component = a.largest_component,
                                 .fill_holes = a.fill_holes,
                                 .json = a.json};
  if (!a.probabilities.empty())
    options.probabilities = seg::option_word<seg::ScoreFiles>("--probabilities", a.probabilities);
  if (options.probabilities && options.order != seg::WayBack::scores)
    seg::fail_config(
        "--probabilities with --order labels: there are no probabilities on the file's grid then; "
        "leave one out");
  return options;
}

std::vector<std::string> overrides_of(const Arguments& a) {
  std::vector<std::string> overrides = a.overrides;
  if (!a.flip.empty())
    overrides.push_back("inference.flip=" +
                        std::string(seg::word_of(seg::option_word<seg::Flip>("--flip", a.flip))));
  return overrides;
}

void predict(const Arguments& a) {
  const seg::PredictionOptions options = options_of(a);
  seg::require_folder_of("--json", a.json);
  const seg::Ensemble ensemble =
      seg::read_ensemble({a.checkpoints.begin(), a.checkpoints.end()}, overrides_of(a));
  const seg::Inputs inputs = seg::find_inputs(a.input, ensemble.models[0]);
  const seg::PredictionSummary summary = seg::predict_cases(ensemble, inputs, options);
  const auto cases = summary.predicted + summary.finished_before + std::ssize(summary.bad);
  seg::print("{} of {} cases predicted{}; labels: {}\n", summary.predicted, cases,
             summary.finished_before > 0
                 ? fmt::format(", {} were there already", summary.finished_before)
                 : "",
             a.output);
  if (summary.bad.empty()) return;
  std::string list;
  for (const seg::BadCase& bad : summary.bad)
    list += fmt::format("\n  case {}: {}", bad.id, bad.reason);
  seg::fail_data("{} of {} cases could not be predicted:{}", summary.bad.size(), cases, list);
}

void add_options(CLI::App& app, Arguments& a) {
  app.add_option("-c,--checkpoint", a.checkpoints,
                 "A run folder (its best checkpoint) or a checkpoint's folder; several predict "
                 "together, by the mean of their softmax")
      ->required();
  app.add_option("-i,--input", a.input,
                 "A volume, a folder of volumes or of case folders, or a table (CSV: id, and a "
                 "column per channel)")
      ->required();
  app.add_option("-o,--output", a.output, "The folder that ID.nii.gz is written to")->required();
  app.add_flag("--overwrite", a.overwrite, "Predicts cases anew that are in --output already");
  app.add_option("--part", a.part, "I/N: the I-th of N shares of the cases, for N machines");
  app.add_option("--order", a.order,
                 "logits: the scores of all classes go back to the volume's grid, and the largest "
                 "is taken there; labels: the label of each prepared voxel goes back, less exact")
      ->capture_default_str();
  app.add_flag("--flip{in_plane}", a.flip,
               "Mean with the mirror images: in_plane (4 passes), --flip=all (8)");
  app.add_flag("--largest-component", a.largest_component,
               "Of each class keeps the largest connected component");
  app.add_flag("--fill-holes", a.fill_holes, "Fills the holes of each class");
  app.add_flag(
      "--probabilities{4d}", a.probabilities,
      "Writes the classes' probabilities, too: 4d (one file), --probabilities=classes (one "
      "file for each)");
  app.add_option("--json", a.json,
                 "Appends a line of JSON for each case: seconds by stage, volumes in ml");
  app.add_option("--set", a.overrides,
                 "Overrides a key of the configuration: a.b=value, e.g. device=cpu")
      ->allow_extra_args(false);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Segments volumes by trained networks: any orientation, spacing and field of view in; a "
      "label "
      "file with the volume's own geometry and the data set's own label values out.",
      "segpredict"};
  app.footer(
      "Examples:\n"
      "  segpredict --checkpoint runs/amos_cwcd --input scan.nii.gz --output labels\n"
      "  segpredict --checkpoint runs/fold0 runs/fold1 runs/fold2 --input imagesTs --output labels "
      "--flip\n"
      "  segpredict --checkpoint runs/brats_cwcd --input /data/brats/validation --output labels "
      "--part 1/4 --json times.jsonl\n"
      "Several channels of a case are found by the names of the data set's layout, or by _0000, "
      "_0001. A case that cannot be used is reported and the others are done; the exit code is 3 "
      "then.");
  Arguments a;
  seg::add_common_options(app, a.log_level);
  add_options(app, a);
  return seg::run_program(app, argc, argv, a.log_level, [&] { predict(a); });
}
