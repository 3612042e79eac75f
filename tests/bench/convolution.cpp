// segbench convolution: every convolution of a network, as its forward pass meets them, forward and
// both gradients, by the library (training.convolution: exact) and by what `auto` chooses.
// --errors: their relative errors instead of their seconds.
#include "models/convolution.h"
#include "bench.h"
#include "inference/compute.h"
#include "layers.h"
#include "models/registry.h"
#include "run/trained_model.h"

#include <algorithm>
#include <chrono>

namespace seg::bench {
namespace {

namespace nn = torch::nn;

double seconds_of(const Options& options, const std::function<void()>& work) {
  double least = 1e9;
  for (int i = 0; i < options.warmup + options.repetitions; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun;
    if (i >= options.warmup) least = std::min(least, passed.count());
  }
  return least;
}

template <class Module>
nlohmann::json time_module(Module& module, const MetLayer& met, const Compute& compute,
                           const Options& options) {
  to_device(*module, compute);
  const torch::Tensor x = met.x.detach().requires_grad_(true);
  torch::Tensor y;
  const auto forward = [&] {
    const AutocastScope autocast(compute);
    y = module->forward(x);
  };
  const double forward_s = seconds_of(options, forward);
  const torch::Tensor dy = torch::randn_like(y);
  const auto gradient = [&](const std::vector<torch::Tensor>& of) {
    return seconds_of(options, [&] { torch::autograd::grad({y}, of, {dy}, true); });
  };
  std::vector<torch::Tensor> parameters = {module->weight};
  if (module->bias.defined()) parameters.push_back(module->bias);
  const double data_s = gradient({x}), weight_s = gradient(parameters);
  module->eval();
  const torch::NoGradGuard no_grad;
  return {{"forward_s", forward_s},
          {"data_gradient_s", data_s},
          {"weight_gradient_s", weight_s},
          {"evaluation_s", seconds_of(options, forward)}};
}

nlohmann::json times(const MetLayer& met, const Compute& compute, const Options& options) {
  const Layer& l = met.layer;
  if (l.transposed) {
    Upsampling module(nn::ConvTranspose3dOptions(l.weight[0], l.weight[1], l.weight[2])
                          .stride(l.stride)
                          .bias(l.bias));
    return time_module(module, met, compute, options);
  }
  Convolution module(nn::Conv3dOptions(l.weight[1], l.weight[0], l.weight[2])
                         .stride(l.stride)
                         .padding(l.padding)
                         .dilation(l.dilation)
                         .bias(l.bias));
  return time_module(module, met, compute, options);
}

// y and its gradients, dy random.
struct Results {
  torch::Tensor y, dx, dw;
};

template <class Module>
Results results_of(Module& module, const MetLayer& met, torch::ScalarType type,
                   const Compute& compute) {
  module->weight = met.weight.to(type).clone().requires_grad_(true);
  const torch::Tensor x = met.x.to(type).detach().requires_grad_(true);
  torch::Tensor y;
  {
    const AutocastScope autocast(compute);
    y = module->forward(x);
  }
  torch::manual_seed(1);
  const torch::Tensor dy = torch::randn(y.sizes()).to(torch::kBFloat16).to(y.scalar_type());
  const auto d = torch::autograd::grad({y}, {x, module->weight}, {dy});
  return {y.detach(), d[0], d[1]};
}

double error_of(const torch::Tensor& found, const torch::Tensor& expected) {
  return ((found.to(torch::kFloat64) - expected).norm() / expected.norm()).item<double>();
}

// Root mean square of the difference from float64 over that of the values.
nlohmann::json errors(const MetLayer& met, const Compute& compute) {
  const Layer& l = met.layer;
  const auto options =
      nn::Conv3dOptions(l.weight[1], l.weight[0], l.weight[2]).padding(l.padding).bias(false);
  nn::Conv3d plain(options);
  const Results exact = results_of(plain, met, torch::kFloat64, {});
  Convolution module(options);
  to_device(*module, compute);
  const Results found = results_of(module, met, torch::kFloat32, compute);
  return {{"forward", error_of(found.y, exact.y)},
          {"data_gradient", error_of(found.dx, exact.dx)},
          {"weight_gradient", error_of(found.dw, exact.dw)}};
}

struct ConvolutionBench {
  std::string model = "unet", precision = "auto", run;
  std::vector<std::int64_t> size = {64, 96, 96};
  std::int64_t channels = 1, classes = 16, batch = 1;
  bool errors = false;
};

void compare(const ConvolutionBench& c, const Options& options) {
  const Config config = config_from({"model.name=" + c.model, "device=" + options.device,
                                     "training.precision=" + c.precision,
                                     "threads=" + std::to_string(options.threads)});
  const Compute compute = compute_of(config);
  torch::manual_seed(0);
  const auto network = c.run.empty() ? make_network(config.model, c.channels, c.classes,
                                                    {c.size[0], c.size[1], c.size[2]})
                                     : network_of(read_trained_model(c.run), compute);
  to_device(*network, compute);
  const torch::Tensor image =
      to_device(torch::randn({c.batch, c.channels, c.size[0], c.size[1], c.size[2]}), compute);
  std::vector<MetLayer> layers;
  {
    const AutocastScope autocast(compute);
    layers = layers_of(*network, image);
  }
  for (const MetLayer& met : layers) {
    if (c.errors && !met.layer.ours()) continue;
    nlohmann::json line = {{"name", "convolution." + c.model},
                           {"compute", compute.text()},
                           {"x", met.layer.x},
                           {"weight", met.layer.weight},
                           {"stride", met.layer.stride},
                           {"dilation", met.layer.dilation},
                           {"transposed", met.layer.transposed},
                           {"gflop", met.layer.gflop()},
                           {"kernels", name_of(instruction_set())}};
    for (const bool exact : {true, false}) {
      set_exact_convolutions(exact);
      line[exact ? "exact" : "auto"] =
          c.errors ? errors(met, compute) : times(met, compute, options);
    }
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
  }
}

}  // namespace

void add_convolution(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("convolution",
                                     "Each convolution of a network, the library's beside auto's");
  auto c = std::make_shared<ConvolutionBench>();
  command->add_option("--model", c->model)->capture_default_str();
  command->add_option("--run", c->run, "A trained network instead, by its run");
  command->add_option("--precision", c->precision)->capture_default_str();
  command->add_option("--size", c->size, "D H W")->expected(3)->capture_default_str();
  command->add_option("--channels", c->channels)->capture_default_str();
  command->add_option("--classes", c->classes)->capture_default_str();
  command->add_option("--batch", c->batch)->capture_default_str();
  command->add_flag("--errors", c->errors, "Errors against float64 instead of seconds");
  command->callback([c, &options] { compare(*c, options); });
}

}  // namespace seg::bench
