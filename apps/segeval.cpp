// segeval: the DSC table of a trained run on a part of its split.
#include "data/split.h"
#include "evaluation/case_picture.h"
#include "evaluation/evaluate.h"
#include "program.h"
#include "run/finished_run.h"

namespace {

// What --part names; nothing where it is not given.
std::optional<seg::SplitPart> part_of(const std::string& text) {
  const auto part = seg::choice_of<seg::SplitPart>(text);
  if (!part && !text.empty())
    seg::fail_config("--part {}: is none of train, validation and test; name one of them", text);
  return part;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Evaluates a run's checkpoint on a part of its split and writes into the run: dsc.csv and "
      "dsc.md, its result, of the test cases (without any of the validation cases), and "
      "dsc-PART.csv and dsc-PART.md of another part.",
      "segeval"};
  app.footer(
      "Examples:\n"
      "  segeval --run runs/brats_cwcd\n"
      "  segeval --run runs/brats_cwcd --checkpoint last --part validation --pictures --set "
      "data.root=/data/brats");
  std::string run, checkpoint = "best", part, log_level;
  std::vector<std::string> overrides;
  bool pictures = false;
  seg::add_common_options(app, log_level);
  app.add_option("-r,--run", run, "A run folder of segtrain")->required();
  app.add_option("--checkpoint", checkpoint, "best, last, step-N, or a folder")
      ->capture_default_str();
  app.add_option("--part", part, "train, validation or test; default: test, else validation");
  app.add_flag("--pictures", pictures,
               "Writes pictures/CASE.png into the run: a slice, its reference and its prediction");
  app.add_option("--set", overrides, "Overrides a key of the run's configuration: a.b=value")
      ->allow_extra_args(false);
  return seg::run_program(app, argc, argv, log_level, [&] {
    const std::optional<seg::SplitPart> split_part = part_of(part);
    const seg::FinishedRun finished(run);
    const seg::Config config = finished.config(overrides);
    const seg::Compute compute = seg::compute_of(config);
    seg::Experiment experiment(config);
    experiment.build_cache();
    const auto draw = [&](const seg::PreparedCase& c, const torch::Tensor& labels) {
      if (pictures) seg::write_case_picture(finished.path(), c, labels);
    };
    const seg::Evaluation evaluation =
        seg::evaluate_run(finished.path(), finished.checkpoint(checkpoint), split_part, config,
                          experiment, compute, draw);
    seg::print("{}\n", seg::markdown(evaluation.table));
    seg::print("Table: {}\n", evaluation.file.string());
  });
}
