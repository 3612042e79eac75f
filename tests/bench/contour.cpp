// segbench contour: the contour map, or DWCE's distance weights, of a label volume (boxes of random
// classes).
#include "contour/contour.h"
#include "bench.h"
#include "config/config.h"
#include "contour/dwce_weight.h"

#include <torch/torch.h>

namespace seg::bench {

void add_contour(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("contour", "Contour map of a label volume (Eq 1)");
  struct Choice {
    std::vector<std::int64_t> size = {64, 256, 256};
    std::int64_t classes = 16, erosions = 6;
    std::string map = "uniform";
    bool ignored = false;
  };
  auto c = std::make_shared<Choice>();
  command->add_option("--size", c->size, "D H W")->expected(3)->capture_default_str();
  command->add_option("--classes", c->classes)->capture_default_str();
  command->add_option("--erosions", c->erosions)->capture_default_str();
  command->add_option("--map", c->map, "uniform or adaptive contours, or the distances of dwce")
      ->check(CLI::IsMember({"uniform", "adaptive", "dwce"}));
  command->add_flag("--ignored", c->ignored,
                    "A corner of the volume is ignored, as rotation leaves it");
  command->callback([c, &options] {
    torch::manual_seed(0);
    const torch::Tensor label = boxes(c->size, c->classes, 16, options.device);
    if (c->ignored) label.slice(2, 0, c->size[1] / 8).slice(3, 0, c->size[2] / 4).fill_(255);
    ContourConfig config;
    config.iterations = c->erosions;
    if (c->map == "adaptive") config.mode = ContourMode::adaptive;
    torch::Tensor map;
    measure("contour." + c->map, options,
            [&] {
              map = c->map == "dwce" ? dwce_weight(label, c->classes, {})
                                     : contour_map(label, c->classes, config);
            },
            {{"size", c->size},
             {"classes", c->classes},
             {"erosions", c->erosions},
             {"ignored", c->ignored}});
  });
}

}  // namespace seg::bench
