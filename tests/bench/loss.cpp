// segbench loss: forward and backward of a loss on logits, and a plain copy of the logits: the
// memory's speed in this run.
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
    std::string name = "CWCD", type = "float32";
    bool channels_last = false;
  };
  auto c = std::make_shared<Choice>();
  command->add_option("--size", c->size, "D H W")->expected(3)->capture_default_str();
  command->add_option("--classes", c->classes)->capture_default_str();
  command->add_option("--name", c->name)->capture_default_str();
  command->add_option("--type", c->type)
      ->capture_default_str()
      ->check(CLI::IsMember({"float32", "bfloat16", "float16"}));
  command->add_flag("--channels-last", c->channels_last);
  command->callback([c, &options] {
    torch::manual_seed(0);
    const Config config = config_from({"loss.name=" + c->name});
    const torch::Tensor label = boxes(c->size, c->classes, 32, options.device);
    const auto type = c->type == "bfloat16"  ? torch::kBFloat16
                      : c->type == "float16" ? torch::kHalf
                                             : torch::kFloat;
    const auto format =
        c->channels_last ? torch::MemoryFormat::ChannelsLast3d : torch::MemoryFormat::Contiguous;
    auto logits = torch::randn({1, c->classes, c->size[0], c->size[1], c->size[2]})
                      .to(torch::Device(options.device), type);
    logits = logits.contiguous(format).requires_grad_();
    const double before = resident_mib(),
                 logits_mib = static_cast<double>(logits.nbytes()) / 1048576;
    const auto step = [&] {
      logits.mutable_grad() = torch::Tensor();
      loss(logits, label, config.loss).backward();
    };
    step();
    measure("loss." + c->name, options, step,
            {{"size", c->size},
             {"classes", c->classes},
             {"type", c->type},
             {"channels_last", c->channels_last},
             {"logits_mib", logits_mib},
             {"rss_before_mib", before}});
    torch::Tensor copy = torch::empty_like(logits);  // afterwards, for the peak's sake
    measure("copy", options, [&] { copy.copy_(logits.detach()); }, {{"mib", logits_mib}});
  });
}

}  // namespace seg::bench
