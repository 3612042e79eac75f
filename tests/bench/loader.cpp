// segbench loader: batches of a configuration as fast as the loader's threads make them, with
// nothing else to do.
#include "loader/loader.h"
#include "bench.h"
#include "run/experiment.h"

namespace seg::bench {

void add_loader(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("loader", "An epoch of batches from the cache, augmented");
  struct Choice {
    std::string config;
    std::vector<std::string> overrides;
  };
  auto c = std::make_shared<Choice>();
  command->add_option("-c,--config", c->config, "YAML file: a path, or a name in configs/")
      ->required();
  command->add_option("--set", c->overrides, "Overrides a key: a.b=value")->allow_extra_args(false);
  command->callback([c, &options] {
    Config config = load_config(c->config, c->overrides);
    config.data.workers = options.threads;
    Experiment experiment(config);
    experiment.build_cache();
    Loader loader = make_loader(config, experiment.dataset().labels.classes, experiment.cache(),
                                experiment.part(SplitPart::train), false);
    std::int64_t epoch = 0;
    measure("loader.epoch", options,
            [&] {
              loader.start(epoch++, 0);
              while (loader.next()) {
              }
            },
            {{"batches", loader.steps_per_epoch()},
             {"batch_size", config.training.batch_size},
             {"patch", config.training.patch}});
  });
}

}  // namespace seg::bench
