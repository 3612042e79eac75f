// segbench contour: the contour map of a label volume (boxes of random classes).
#include "contour/contour.h"
#include "bench.h"
#include "config/config.h"

#include <torch/torch.h>

namespace seg::bench {

void add_contour(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("contour", "Contour map of a label volume (Eq 1)");
  struct Choice {
    std::vector<std::int64_t> size = {64, 256, 256};
    std::int64_t classes = 16, erosions = 6;
  };
  auto c = std::make_shared<Choice>();
  command->add_option("--size", c->size, "D H W")->expected(3)->capture_default_str();
  command->add_option("--classes", c->classes)->capture_default_str();
  command->add_option("--erosions", c->erosions)->capture_default_str();
  command->callback([c, &options] {
    torch::manual_seed(0);
    const auto blocks = torch::randint(0, c->classes, {1, c->size[0] / 16 + 1, c->size[1] / 16 + 1, c->size[2] / 16 + 1}).to(torch::kUInt8);
    auto label = blocks.repeat_interleave(16, 1).repeat_interleave(16, 2).repeat_interleave(16, 3);
    label = label.slice(1, 0, c->size[0]).slice(2, 0, c->size[1]).slice(3, 0, c->size[2]).contiguous().to(torch::Device(options.device));
    ContourConfig config;
    config.iterations = c->erosions;
    torch::Tensor map;
    measure("contour", options, [&] { map = contour_map(label, c->classes, config); },
            {{"size", c->size}, {"classes", c->classes}, {"erosions", c->erosions}});
  });
}

}  // namespace seg::bench
