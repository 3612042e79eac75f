// segbench norm: a normalisation with what stands around it, in training, forward and backward;
// beside it the same by Torch's operations.
#include "normalisation/normalise.h"
#include "bench.h"

#include <torch/torch.h>

namespace seg::bench {
namespace {

// x as another's result, which may be changed in place as a convolution's may.
struct ResultOf : torch::autograd::Function<ResultOf> {
  static torch::Tensor forward(torch::autograd::AutogradContext*, const torch::Tensor& x) {
    return x.detach();
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*,
                                                 const torch::autograd::variable_list& d) {
    return {d[0]};
  }
};

struct NormChoice {
  std::vector<std::int64_t> size = {64, 96, 96};
  std::int64_t channels = 16, batch = 1;
  std::string type = "float32", after = "none";
  bool contiguous = false, relu_first = false, instance = false;

  Normalisation normalisation(const std::string& device) const {
    const torch::TensorOptions floats{torch::Device(device)};
    Normalisation n;
    n.relu_first = relu_first;
    n.instance = instance;
    for (const auto& [word, activation] :
         {std::pair("relu", Activation::relu), std::pair("leaky_relu", Activation::leaky_relu),
          std::pair("elu", Activation::elu)})
      if (after == word) n.after = activation;
    if (instance) return n;
    n.scale = torch::rand({channels}, floats).requires_grad_();
    n.shift = torch::randn({channels}, floats).requires_grad_();
    n.running_mean = torch::zeros({channels}, floats);
    n.running_var = torch::ones({channels}, floats);
    return n;
  }
};

void normalisations(const NormChoice& c, const Options& options) {
  torch::manual_seed(0);
  const auto type = c.type == "bfloat16" ? torch::kBFloat16 : torch::kFloat;
  const auto format =
      c.contiguous ? torch::MemoryFormat::Contiguous : torch::MemoryFormat::ChannelsLast3d;
  const auto random = [&] {
    return torch::randn({c.batch, c.channels, c.size[0], c.size[1], c.size[2]})
        .to(torch::Device(options.device), type)
        .contiguous(format);
  };
  torch::Tensor x = random().requires_grad_(), dy = random();
  const Normalisation n = c.normalisation(options.device);
  for (const auto& [name, operation] :
       {std::pair("norm", &normalise), std::pair("norm.plain", &plain_normalise)}) {
    const auto step = [&, run = operation] {
      x.mutable_grad() = torch::Tensor();
      run(ResultOf::apply(x), n).backward(dy);
    };
    measure(name, options, step,
            {{"size", c.size},
             {"channels", c.channels},
             {"batch", c.batch},
             {"type", c.type},
             {"after", c.after},
             {"contiguous", c.contiguous},
             {"relu_first", c.relu_first},
             {"instance", c.instance}});
  }
}

}  // namespace

void add_norm(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("norm", "Normalisation alone: forward and backward");
  auto c = std::make_shared<NormChoice>();
  command->add_option("--size", c->size, "D H W")->expected(3)->capture_default_str();
  command->add_option("--channels", c->channels)->capture_default_str();
  command->add_option("--batch", c->batch)->capture_default_str();
  command->add_option("--type", c->type)->check(CLI::IsMember({"float32", "bfloat16"}));
  command->add_option("--after", c->after)
      ->check(CLI::IsMember({"none", "relu", "leaky_relu", "elu"}));
  command->add_flag("--contiguous", c->contiguous, "Else channels_last_3d");
  command->add_flag("--relu-first", c->relu_first);
  command->add_flag("--instance", c->instance);
  command->callback([c, &options] { normalisations(*c, options); });
}

}  // namespace seg::bench
