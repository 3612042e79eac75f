// segbench step: one training step (forward, loss, backward, Adam) of a network.
#include "bench.h"
#include "inference/compute.h"
#include "loss/loss.h"
#include "models/registry.h"
#include "training/fused_adam.h"

namespace seg::bench {

void add_step(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("step", "Seconds per training step");
  struct Choice {
    std::string model = "unet", loss = "CEDL", precision = "auto", format = "auto";
    std::vector<std::int64_t> size = {64, 96, 96};
    std::int64_t channels = 1, classes = 16, batch = 1;
    bool checkpointing = false;
    std::optional<bool> cudnn_benchmark;
  };
  auto c = std::make_shared<Choice>();
  command->add_option("--model", c->model)->capture_default_str();
  command->add_option("--loss", c->loss)->capture_default_str();
  command->add_option("--precision", c->precision)->capture_default_str();
  command->add_option("--memory-format", c->format)->capture_default_str();
  command->add_option("--size", c->size, "D H W")->expected(3)->capture_default_str();
  command->add_option("--channels", c->channels)->capture_default_str();
  command->add_option("--classes", c->classes)->capture_default_str();
  command->add_option("--batch", c->batch)->capture_default_str();
  command->add_flag("--checkpointing", c->checkpointing);
  command->add_flag("--cudnn-benchmark,!--no-cudnn-benchmark", c->cudnn_benchmark,
                    "Overrides what a training run has");
  command->callback([c, &options] {
    const std::string size = std::to_string(c->size[0]) + "," + std::to_string(c->size[1]) + "," +
                             std::to_string(c->size[2]);
    const Config config = config_from(
        {"model.name=" + c->model, "loss.name=" + c->loss, "training.precision=" + c->precision,
         "training.memory_format=" + c->format, "device=" + options.device,
         "training.patch=[" + size + "]", "threads=" + std::to_string(options.threads),
         std::string("model.checkpointing=") + (c->checkpointing ? "true" : "false")});
    const Compute compute = compute_of(config);
    if (c->cudnn_benchmark) at::globalContext().setBenchmarkCuDNN(*c->cudnn_benchmark);
    torch::manual_seed(0);
    const auto network =
        make_network(config.model, c->channels, c->classes, {c->size[0], c->size[1], c->size[2]});
    to_device(*network, compute);
    network->train();
    torch::optim::Adam optimiser(network->parameters(), torch::optim::AdamOptions(3e-4));
    const auto image = to_device(
        torch::randn({c->batch, c->channels, c->size[0], c->size[1], c->size[2]}), compute);
    std::vector<torch::Tensor> labels;
    for (std::int64_t i = 0; i < c->batch; ++i)
      labels.push_back(boxes(c->size, c->classes, 32, options.device));
    const torch::Tensor label = torch::cat(labels);
    measure("step." + c->model, options,
            [&] {
              optimiser.zero_grad();
              torch::Tensor logits;
              {
                const AutocastScope autocast(compute);
                logits = network->forward(image);
              }
              loss(logits, label, config.loss).backward();
              fused_step(optimiser);
            },
            {{"compute", compute.text()},
             {"checkpointing", c->checkpointing},
             {"cudnn_benchmark", at::globalContext().benchmarkCuDNN()},
             {"loss", c->loss},
             {"size", c->size},
             {"channels", c->channels},
             {"classes", c->classes},
             {"batch", c->batch}});
  });
}

}  // namespace seg::bench
