// segbench predict: the label map of a whole volume by sliding window and on its way back to the
// file's grid, with a network of random weights.
#include "bench.h"
#include "core/error.h"
#include "inference/predictor.h"
#include "models/registry.h"

namespace seg::bench {
namespace {

struct Choice {
  std::string model = "unet", precision = "auto", format = "auto";
  std::vector<std::int64_t> size = {128, 256, 256}, window = {64, 128, 128};
  std::vector<double> spacing = {1, 1, 1};
  std::int64_t channels = 1, classes = 16;
};

Config config_of(const Choice& c, const Options& options) {
  const auto& w = c.window;
  return config_from({"model.name=" + c.model, "training.precision=" + c.precision,
                      "training.memory_format=" + c.format, "device=" + options.device,
                      fmt::format("threads={}", options.threads),
                      fmt::format("training.patch=[{}, {}, {}]", w[0], w[1], w[2])});
}

void run(const Choice& c, const Options& options) {
  const Config config = config_of(c, options);
  const Compute compute = compute_of(config);
  torch::manual_seed(0);
  const auto network =
      make_network(config.model, c.channels, c.classes, {c.window[0], c.window[1], c.window[2]});
  to_device(*network, compute);
  const torch::Tensor image = torch::randn({c.channels, c.size[0], c.size[1], c.size[2]});
  const std::vector<double> padding(static_cast<std::size_t>(c.channels), 0);
  Geometry from, to;
  from.size = {c.size[2], c.size[1], c.size[0]};
  to.spacing = {c.spacing[2], c.spacing[1], c.spacing[0]};
  for (int a = 0; a < 3; ++a)
    to.size[a] =
        static_cast<std::int64_t>(std::round(static_cast<double>(from.size[a]) / to.spacing[a]));
  Predictor predictor({network.get()}, config, {}, compute);
  nlohmann::json extra = {{"compute", compute.text()}, {"size", c.size},
                          {"window", c.window},        {"spacing", c.spacing},
                          {"channels", c.channels},    {"classes", c.classes}};
  measure(
      "predict." + c.model, options,
      [&] {
        predictor.labels(image, padding, from, to);
        const PredictionSeconds& s = predictor.seconds();
        if (extra.contains("network_s") && extra["network_s"] < s.network) return;
        extra["network_s"] = s.network;  // of the repetition where it took least
        extra["blending_s"] = s.blending;
        extra["way_back_s"] = s.way_back;
        extra["windows"] = s.windows;
      },
      extra);
}

}  // namespace

void add_predict(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand(
      "predict", "Seconds per volume of sliding-window inference and of the way back");
  auto c = std::make_shared<Choice>();
  command->add_option("--model", c->model)->capture_default_str();
  command->add_option("--precision", c->precision)->capture_default_str();
  command->add_option("--memory-format", c->format)->capture_default_str();
  command->add_option("--size", c->size, "D H W")->expected(3)->capture_default_str();
  command->add_option("--window", c->window, "D H W")->expected(3)->capture_default_str();
  command->add_option("--spacing", c->spacing, "D H W of the file in mm; the image has 1 mm")
      ->expected(3)
      ->capture_default_str();
  command->add_option("--channels", c->channels)->capture_default_str();
  command->add_option("--classes", c->classes)->capture_default_str();
  command->callback([c, &options] { run(*c, options); });
}

}  // namespace seg::bench
