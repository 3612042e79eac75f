// segbench loss: forward and backward of a loss on logits.
#include "loss/loss.h"
#include "bench.h"
#include "config/config.h"

#include <torch/torch.h>

namespace seg::bench {

void add_loss(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("loss", "Loss alone: forward and backward to the logits");
  struct Choice {
    std::vector<std::int64_t> size = {64, 256, 256};
    std::int64_t classes = 16;
    std::string name = "CWCD";
  };
  auto c = std::make_shared<Choice>();
  command->add_option("--size", c->size, "D H W")->expected(3)->capture_default_str();
  command->add_option("--classes", c->classes)->capture_default_str();
  command->add_option("--name", c->name)->capture_default_str();
  command->callback([c, &options] {
    torch::manual_seed(0);
    const torch::Device device(options.device);
    const Config config = config_from({"loss.name=" + c->name});
    const auto blocks = torch::randint(0, c->classes, {1, c->size[0] / 32 + 1, c->size[1] / 32 + 1, c->size[2] / 32 + 1}).to(torch::kUInt8);
    auto label = blocks.repeat_interleave(32, 1).repeat_interleave(32, 2).repeat_interleave(32, 3);
    label = label.slice(1, 0, c->size[0]).slice(2, 0, c->size[1]).slice(3, 0, c->size[2]).contiguous().to(device);
    auto logits = torch::randn({1, c->classes, c->size[0], c->size[1], c->size[2]}).to(device).requires_grad_();
    const double before = resident_mib(), logits_mib = static_cast<double>(logits.numel()) * 4 / 1048576;
    const auto step = [&] {
      logits.mutable_grad() = torch::Tensor();
      loss(logits, label, config.loss).backward();
    };
    step();
    measure("loss." + c->name, options, step,
            {{"size", c->size}, {"classes", c->classes}, {"logits_mib", logits_mib}, {"rss_before_mib", before}});
  });
}

}  // namespace seg::bench
