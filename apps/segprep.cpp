// segprep: preprocesses a data set into its cache.
#include "engine/experiment.h"
#include "program.h"

int main(int argc, char** argv) {
  CLI::App app{"Preprocesses every case of a configuration's split into the cache (segtrain does it too, where cases are missing).",
               "segprep"};
  app.footer(
      "Examples:\n"
      "  segprep --config amos_cwcd.yaml --set data.root=/data/amos22 --set prep.cache=/fast/cache\n"
      "  segprep --config brats_cwcd.yaml --set prep.workers=4");
  std::string config_name, log_level;
  std::vector<std::string> overrides;
  seg::add_common_options(app, log_level);
  app.add_option("-c,--config", config_name, "YAML file: a path, or a name in configs/")->required();
  app.add_option("--set", overrides, "Overrides a key: a.b=value")->allow_extra_args(false);
  return seg::run_program(app, argc, argv, log_level, [&] {
    const seg::Experiment experiment(seg::load_config(config_name, overrides));
    std::printf("Cache: %s\n", experiment.cache().folder().c_str());
  });
}
