// segbench prep: one case from its files to the cache's volumes: read, reorient, resample, z-score,
// write.
#include "bench.h"
#include "core/files.h"
#include "prep/cache.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

namespace seg::bench {

void add_prep(CLI::App& app, Options& options) {
  auto* command =
      app.add_subcommand("prep", "One case: files to the preprocessed volumes, and to the cache");
  struct Choice {
    std::vector<std::string> images;
    std::string label, interpolation = "linear", scratch;
  };
  auto c = std::make_shared<Choice>();
  command->add_option("--image", c->images, "One file per channel")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--label", c->label)->check(CLI::ExistingFile);
  command->add_option("--interpolation", c->interpolation, "linear or bspline")
      ->capture_default_str();
  command->add_option("--scratch", c->scratch,
                      "Folder for the cache; without it nothing is written");
  command->callback([c, &options] {
    Case one{"case", {}, c->label};
    for (const std::string& file : c->images) one.channels.emplace_back(file);
    PrepConfig config;
    config.interpolation = choice_of<Interpolation>(c->interpolation).value();
    config.workers = options.threads;
    std::map<int, std::uint8_t> labels;
    for (int v = 0; v < 255; ++v) labels[v] = static_cast<std::uint8_t>(v);
    PreparedCase prepared;
    const auto work = [&] {
      prepared = {}, prepared = preprocess(one, config, labels, options.threads);
    };
    work();
    const double before = resident_mib() - static_cast<double>(prepared.image.nbytes()) / 1048576;
    measure("prep." + c->interpolation, options, work,
            {{"voxels", prepared.image.sizes().vec()},
             {"volume_mib", prepared.image[0].nbytes() / 1048576.0},
             {"rss_before_mib", before}});
    if (c->scratch.empty()) return;
    config.cache.text = c->scratch;
    measure("prep_to_cache." + c->interpolation, options, [&] {
      Cache cache(config, c->scratch, labels);
      cache.clean({}, false);
      cache.build({one});
    });
  });
}

}  // namespace seg::bench
