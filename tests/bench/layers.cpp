#include "layers.h"

#include "models/convolution.h"

#include <ATen/record_function.h>
#include <torch/torch.h>

#include <algorithm>
#include <mutex>

namespace seg::bench {
namespace {

std::vector<MetLayer> met;
std::mutex met_mutex;

// at::convolution's arguments: input, weight, bias, stride, padding, dilation, transposed, ...
std::unique_ptr<at::ObserverContext> meet(const at::RecordFunction& call) {
  if (std::string_view(call.name()) != "aten::convolution") return nullptr;
  const auto in = call.inputs();
  if (in.size() < 9 || !in[0].isTensor() || in[0].toTensor().dim() != 5) return nullptr;
  const torch::Tensor x = in[0].toTensor(), weight = in[1].toTensor();
  const Layer layer{x.sizes().vec(),        weight.sizes().vec(),
                    in[3].toIntVector()[0], in[4].toIntVector()[0],
                    in[5].toIntVector()[0], in[2].isTensor() && in[2].toTensor().defined(),
                    in[6].toBool()};
  const std::lock_guard lock(met_mutex);
  const bool seen = std::any_of(met.begin(), met.end(),
                                [&](const MetLayer& other) { return other.layer == layer; });
  if (!seen) met.push_back({layer, x.detach().clone(), weight.detach().clone()});
  return nullptr;
}

}  // namespace

double Layer::gflop() const {
  double products = 2e-9 * static_cast<double>(x[0]);
  for (const std::int64_t n : weight) products *= static_cast<double>(n);
  for (std::size_t axis = 2; axis < 5; ++axis) {
    const std::int64_t reach = dilation * (weight[axis] - 1) + 1;
    products *=
        static_cast<double>(transposed ? x[axis] : (x[axis] + 2 * padding - reach) / stride + 1);
  }
  return products;
}

bool Layer::ours() const {
  return !transposed && stride == 1 && dilation == 1 && padding == weight[2] / 2 &&
         (weight[2] == 3 || weight[2] == 5);
}

std::vector<MetLayer> layers_of(Network& network, const torch::Tensor& image) {
  met.clear();
  set_exact_convolutions(true);
  network.train();
  const auto handle = at::addGlobalCallback(
      at::RecordFunctionCallback(meet).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  const torch::NoGradGuard no_grad;
  network.forward(image);
  at::removeCallback(handle);
  return std::move(met);
}

}  // namespace seg::bench
