// DeepLabV3 against a forward pass written plainly from its weights, and its numbers of parameters.
#include "support/oracle_networks.h"
#include "support/word.h"

namespace seg {
namespace {

using Weights = std::map<std::string, torch::Tensor>;

ModelConfig deeplab(const std::string& backbone, const std::string& stride, bool decoder) {
  ModelConfig config;
  config.name = NetworkName::deeplabv3;
  config.backbone = test::word(backbone);
  config.output_stride = test::word(stride);
  config.decoder = decoder;
  return config;
}

// A dilated convolution as a dense one: the kernel with zeros between its values.
torch::Tensor convolution(const torch::Tensor& x, const torch::Tensor& w, std::int64_t stride,
                          std::int64_t dilation) {
  const std::int64_t k = w.size(2), span = (k - 1) * dilation + 1;
  torch::Tensor dense = torch::zeros({w.size(0), w.size(1), span, span, span}, w.options());
  for (std::int64_t a = 0; a < k; ++a)
    for (std::int64_t b = 0; b < k; ++b)
      for (std::int64_t c = 0; c < k; ++c)
        dense.select(2, a * dilation)
            .select(2, b * dilation)
            .select(2, c * dilation)
            .copy_(w.select(2, a).select(2, b).select(2, c));
  return torch::conv3d(x, dense, {}, stride, span / 2);
}

// Trilinear, one axis after the other, voxels as cells: the centre of cell i of n is (i + 0.5) / n.
torch::Tensor resized(torch::Tensor x, const torch::Tensor& like) {
  for (int axis = 2; axis < 5; ++axis) {
    std::vector<torch::Tensor> planes;
    for (std::int64_t i = 0; i < like.size(axis); ++i) {
      const double at = std::max(0.0, (i + 0.5) * x.size(axis) / like.size(axis) - 0.5);
      const auto below = static_cast<std::int64_t>(at),
                 above = std::min(below + 1, x.size(axis) - 1);
      const double share = at - static_cast<double>(below);
      planes.push_back(x.select(axis, below) * (1 - share) + x.select(axis, above) * share);
    }
    x = torch::stack(planes, axis);
  }
  return x;
}

struct Plain {
  const ModelConfig& config;
  const Weights& w;

  torch::Tensor norm(const torch::Tensor& x, const std::string& name) const {
    const auto of = [&](const char* what) { return w.at(name + what).view({1, -1, 1, 1, 1}); };
    return (x - of(".running_mean")) / (of(".running_var") + 1e-5).sqrt() * of(".weight") +
           of(".bias");
  }
  torch::Tensor unit(const torch::Tensor& x, const std::string& name,
                     std::int64_t dilation = 1) const {
    return norm(convolution(x, w.at(name + ".0.weight"), 1, dilation), name + ".1").relu();
  }
  torch::Tensor block(const torch::Tensor& x, const std::string& name, std::int64_t stride,
                      std::int64_t dilation) const {
    torch::Tensor y = x;
    const int count = config.backbone == Backbone::resnet50 ? 3 : 2,
              strided = config.backbone == Backbone::resnet50 ? 2 : 1;
    for (int i = 1; i <= count; ++i) {
      const torch::Tensor& kernel = w.at(name + ".conv" + std::to_string(i) + ".weight");
      y = norm(convolution(y, kernel, i == strided ? stride : 1, dilation),
               name + ".bn" + std::to_string(i));
      if (i < count) y = y.relu();
    }
    const bool shortcut = w.contains(name + ".downsample.0.weight");
    if (!shortcut) return (y + x).relu();
    const torch::Tensor bias = w.at(name + ".downsample.0.bias").view({1, -1, 1, 1, 1});
    return (y + norm(convolution(x, w.at(name + ".downsample.0.weight"), stride, 1) + bias,
                     name + ".downsample.1"))
        .relu();
  }
  torch::Tensor layer(torch::Tensor x, int number, int depth, std::int64_t stride,
                      std::int64_t first, std::int64_t others) const {
    for (int i = 0; i < depth; ++i)
      x = block(x, "encoder.layer" + std::to_string(number) + "." + std::to_string(i),
                i ? 1 : stride, i ? others : first);
    return x;
  }
  torch::Tensor aspp(const torch::Tensor& x) const {
    std::vector<torch::Tensor> parts = {unit(x, "aspp.point")};
    for (int i = 0; i < 3; ++i)
      parts.push_back(unit(x, "aspp.dilated" + std::to_string(i), config.aspp_rates[i]));
    const torch::Tensor mean = x.flatten(2).mean(2).view({x.size(0), -1, 1, 1, 1});
    const torch::Tensor pooled = (convolution(mean, w.at("aspp.mean.weight"), 1, 1) +
                                  w.at("aspp.mean.bias").view({1, -1, 1, 1, 1}))
                                     .relu();
    parts.push_back(pooled.expand_as(parts[0]));
    return unit(torch::cat(parts, 1), "aspp.project");
  }
  torch::Tensor operator()(const torch::Tensor& image) const {
    const bool eight = config.output_stride == OutputStride::eight;
    const bool small = config.backbone == Backbone::resnet18;
    torch::Tensor x =
        norm(convolution(image, w.at("encoder.conv1.weight"), 2, 1), "encoder.bn1").relu();
    x = torch::max_pool3d(x, 3, 2, 1);
    const torch::Tensor low = layer(x, 1, small ? 2 : 3, 1, 1, 1);
    x = layer(low, 2, small ? 2 : 4, 2, 1, 1);
    x = layer(x, 3, small ? 2 : 6, eight ? 1 : 2, 1, eight ? 2 : 1);
    x = layer(x, 4, small ? 2 : 3, 1, eight ? 2 : 1, eight ? 4 : 2);
    x = aspp(x);
    if (config.decoder)
      x = unit(unit(torch::cat({resized(x, low), unit(low, "decoder.reduce")}, 1), "decoder.fuse"),
               "decoder.refine");
    else
      x = unit(x, "decoder.fuse");
    return resized(
        convolution(x, w.at("head.weight"), 1, 1) + w.at("head.bias").view({1, -1, 1, 1, 1}),
        image);
  }
};

// Statistics and weights that are not the initial ones, of a size that keeps the signal.
void shake(Network& network) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : state_dict(network)) {
    torch::Tensor t = tensor;
    if (name.ends_with("running_mean")) t.normal_(0, 0.1);
    if (name.ends_with("running_var")) t.uniform_(0.5, 1.5);
    if (t.dim() == 1 && name.ends_with("weight")) t.uniform_(0.8, 1.2);
    if (t.dim() == 5) t.normal_(0, std::sqrt(2.0 / static_cast<double>(t.numel() / t.size(0))));
  }
}

std::int64_t count(const Network& network, const std::string& prefix) {
  std::int64_t sum = 0;
  for (const auto& item : network.named_parameters())
    if (item.key().starts_with(prefix)) sum += item.value().numel();
  return sum;
}

}  // namespace

TEST_CASE("DeepLabV3 agrees with a plain forward pass", "[models]") {
  const torch::NoGradGuard no_grad;
  const auto [backbone, stride, decoder] =
      GENERATE(table<std::string, std::string, bool>({{"resnet18", "8", true},
                                                      {"resnet18", "16", false},
                                                      {"resnet34", "16", true},
                                                      {"resnet50", "8", false}}));
  INFO(backbone << ", stride " << stride << ", decoder " << decoder);
  ModelConfig config = deeplab(backbone, stride, decoder);
  config.aspp_rates = {1, 2, 3};
  torch::manual_seed(5);
  const auto network = make_network(config, 2, 3, {32, 16, 48});
  network->eval();
  shake(*network);
  Weights weights;
  for (const auto& [name, tensor] : state_dict(*network)) weights[name] = tensor;
  const torch::Tensor image = torch::randn({1, 2, 32, 16, 48});
  const torch::Tensor logits = network->forward(image), expected = Plain{config, weights}(image);
  REQUIRE(logits.sizes() == torch::IntArrayRef({1, 3, 32, 16, 48}));
  CHECK((logits - expected).abs().max().item<double>() <
        1e-4 * expected.abs().max().item<double>());
  CHECK(expected.std().item<double>() > 0.01);
}

TEST_CASE("DeepLabV3's numbers of parameters", "[models][oracle]") {
  SEG_ORACLE(dir);
  const auto counts = test::json_file(dir / "networks" / "deeplabv3_counts.json");
  for (const std::string backbone : {"resnet18", "resnet34", "resnet50"})
    for (const int channels : {1, 4}) {
      const int classes = channels == 1 ? 16 : 4;
      INFO(backbone << " " << channels << " " << classes);
      const auto network =
          make_network(deeplab(backbone, "8", false), channels, classes, {16, 16, 16});
      CHECK(count(*network, "encoder.") ==
            counts.at("backbone")
                .at(backbone + "_in" + std::to_string(channels) + "_shortcutB")
                .get<std::int64_t>());
      // The reference's image pooling has a BatchNorm (2 x 256), ours a bias (256).
      CHECK(count(*network, "") - count(*network, "encoder.") ==
            counts.at("head")
                    .at(backbone + "_classes" + std::to_string(classes))
                    .get<std::int64_t>() -
                512 + 256);
      // v3+'s decoder: 1x1x1 of the skip to 48, 48 more channels into the first 3x3x3, a second
      // 3x3x3, their BatchNorms.
      const auto plus =
          make_network(deeplab(backbone, "16", true), channels, classes, {16, 16, 16});
      const std::int64_t low = backbone == "resnet50" ? 256 : 64;
      CHECK(count(*plus, "") - count(*network, "") ==
            low * 48 + 96 + 27 * 48 * 256 + 27 * 256 * 256 + 512);
    }
}

TEST_CASE("DeepLabV3 trains on a batch of one, at the rates of the 2D paper too", "[models]") {
  ModelConfig config = deeplab("resnet18", "8", true);
  config.aspp_rates = {6, 12, 18};
  const auto network = make_network(config, 1, 2, {16, 32, 32});
  network->forward(torch::randn({1, 1, 16, 32, 32})).square().mean().backward();
  for (const auto& item : network->named_parameters()) {
    INFO(item.key());
    REQUIRE(item.value().grad().defined());
    CHECK(item.value().grad().isfinite().all().item<bool>());
  }
  CHECK_THROWS_WITH(make_network(config, 1, 2, {16, 20, 32}),
                    Catch::Matchers::Contains("must be a multiple of 8 for model.name: deeplabv3"));
}

}  // namespace seg
