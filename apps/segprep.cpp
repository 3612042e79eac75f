// segprep: preprocesses a data set into its cache; looks at the data first, and tidies up
// afterwards.
#include "core/files.h"
#include "data/fingerprint.h"
#include "data/layouts.h"
#include "data/starter.h"
#include "prep/verify.h"
#include "program.h"
#include "run/experiment.h"
#include "training/preview.h"

namespace {

void print(const seg::VerifyReport& report, const seg::Config& config, const std::string& json) {
  seg::print("{}", seg::verify_table(report));
  seg::flush_output();
  if (!json.empty()) seg::write_output(json, seg::verify_json(report));
  if (const auto errors = report.count(seg::Severity::error); errors > 0)
    seg::fail_data("{}: {} errors; mend the data as the table says", config.data.root.text, errors);
}

// Looks at the cases that are to be built before it builds the first, and measures the data set
// when all are there.
void prepare(const seg::Config& config) {
  seg::Experiment experiment(config);
  const auto& labels = experiment.dataset().labels;
  const auto missing = experiment.cache().missing(experiment.all());
  if (!missing.empty())
    print(seg::verify(missing, config.prep, labels.to_class, labels.classes), config, "");
  experiment.build_cache();
  const auto facts = experiment.cache().folder() / "fingerprint.json";
  if (!missing.empty() || !std::filesystem::exists(facts)) {
    const seg::Fingerprint measured = seg::fingerprint(experiment.dataset(), config);
    seg::print("{}", seg::fingerprint_table(measured));
    seg::write_file(facts, seg::fingerprint_json(measured));
  }
  seg::print("Cache: {}\n", experiment.cache().folder().string());
}

void verify(const seg::Config& config, const std::string& json) {
  const seg::Dataset dataset = seg::find_dataset(config.data, seg::Incomplete::keep);
  const auto problems = seg::layout_problems(dataset);
  print(seg::verify(dataset.cases, config.prep, dataset.labels.to_class, dataset.labels.classes,
                    problems),
        config, json);
}

void clean(const seg::Config& config, bool dry_run) {
  const seg::Dataset dataset = seg::find_dataset(config.data, seg::Incomplete::keep);
  const seg::Cache cache(config.prep, config.data.root.text, dataset.labels.to_class);
  const auto removed = cache.clean(dataset.cases, dry_run);
  for (const auto& place : removed) seg::print("{}\n", place.string());
  seg::print("{}: {} {}\n", cache.folder().string(), removed.size(),
             dry_run ? "would be removed" : "removed");
}

void fingerprint(const seg::Config& config, const std::string& json) {
  const seg::Fingerprint facts = seg::fingerprint(seg::find_dataset(config.data), config);
  if (!json.empty()) seg::write_output(json, seg::fingerprint_json(facts));
  seg::print("{}", seg::fingerprint_table(facts));
}

void preview(const seg::Config& config, const std::string& out, int patches) {
  seg::Experiment experiment(config);
  experiment.build_cache();
  seg::write_png(seg::output_file(out), seg::preview(config, experiment, patches));
  seg::print(
      "{}: a row for each patch: as training sees it, with its labels, with the contour of the "
      "loss\n",
      out);
}

void init(const std::string& folder, std::string out) {
  if (out.empty()) out = std::filesystem::weakly_canonical(folder).filename().string() + ".yaml";
  if (std::filesystem::exists(out))
    seg::fail_config("{}: exists already; name another file with --out", out);
  seg::write_output(out, seg::starter_yaml(folder));
  seg::print(
      "{}: written; look it over, then: segprep verify --config {} && segtrain --config {}\n", out,
      out, out);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Verifies and preprocesses every case of a configuration's split into the cache, and "
      "measures the data set (segtrain preprocesses, "
      "too, where cases are missing); its subcommands do single things.",
      "segprep"};
  app.footer(
      "Examples:\n"
      "  segprep init /data/mine --out mine.yaml\n"
      "  segprep verify --config amos_cwcd.yaml --set data.root=/data/amos22 --json problems.json\n"
      "  segprep --config amos_cwcd.yaml --set data.root=/data/amos22 --set "
      "prep.cache=/fast/cache\n"
      "  segprep fingerprint --config amos_cwcd.yaml --set data.root=/data/amos22\n"
      "  segprep preview --config amos_cwcd.yaml --set data.root=/data/amos22 --out preview.png\n"
      "  segprep clean --config amos_cwcd.yaml --set data.root=/data/amos22 --dry-run");
  std::string config_name, log_level, json;
  std::vector<std::string> overrides;
  std::string picture = "preview.png", folder, yaml;
  int patches = 6;
  bool dry_run = false;
  seg::add_common_options(app, log_level);
  app.add_option("-c,--config", config_name, "YAML file: a path, or a name in configs/");
  app.add_option("--set", overrides, "Overrides a key: a.b=value")->allow_extra_args(false);
  app.require_subcommand(0, 1);
  CLI::App* verifies =
      app.add_subcommand("verify",
                         "Reads every file and lists every problem; exit code 3 if one is an error")
          ->fallthrough();
  verifies->add_option("--json", json, "Writes the report as JSON, too");
  CLI::App* measures =
      app.add_subcommand("fingerprint",
                         "Measures sizes, spacings, intensities, class volumes and contour shares")
          ->fallthrough();
  measures->add_option("--json", json, "Writes all cases as JSON, too");
  CLI::App* cleans = app.add_subcommand("clean",
                                        "Removes cached cases that this configuration does not "
                                        "use, and leftovers of killed builds")
                         ->fallthrough();
  cleans->add_flag("--dry-run", dry_run, "Lists them only");
  CLI::App* previews =
      app.add_subcommand("preview",
                         "Draws augmented training patches with labels and contours as a PNG")
          ->fallthrough();
  previews->add_option("--out", picture, "The picture")->capture_default_str();
  previews->add_option("--patches", patches, "Rows of it")
      ->capture_default_str()
      ->check(CLI::Range(1, 100));
  CLI::App* starts =
      app.add_subcommand("init",
                         "Recognises a data set's layout and writes a first configuration for it")
          ->fallthrough();
  starts->add_option("folder", folder, "The data set")->required();
  starts->add_option("--out", yaml, "The YAML file; FOLDER.yaml here without it");
  return seg::run_program(app, argc, argv, log_level, [&] {
    if (starts->parsed()) return init(folder, yaml);
    if (config_name.empty())
      seg::fail_config("--config is missing: name a YAML file, or one of configs/");
    const seg::Config config = seg::load_config(config_name, overrides);
    if (verifies->parsed()) return verify(config, json);
    if (measures->parsed()) return fingerprint(config, json);
    if (previews->parsed()) return preview(config, picture, patches);
    if (cleans->parsed()) return clean(config, dry_run);
    prepare(config);
  });
}
