// softmax_statistics on the device against plain operations in float64: few and many classes,
// memory that was never written, addresses of every alignment, nothing at all. Small, for
// compute-sanitizer.
#include "loss/support.h"
#include "support/device.h"

using namespace seg;
using namespace seg::test;

namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast3d;

struct Statistics {
  torch::Tensor sums, cross_entropy, gradient;
};

// The statistics and the gradient of probe(); logits may lie anywhere in their memory.
Statistics statistics_of(const torch::Tensor& logits, const Inputs& in) {
  const torch::Tensor leaf = logits.detach().requires_grad_();
  const SoftmaxStatistics s = softmax_statistics(leaf, in.labels, in.contour, in.weight);
  probe(s).backward();
  return {s.sums.detach().cpu(), s.cross_entropy.detach().cpu(), leaf.grad().cpu()};
}

// Each gradient is rounded to the logits' type once: half a unit in the last place, and the float32
// arithmetic before it.
double gradient_tolerance(torch::ScalarType type) {
  return type == torch::kFloat ? 2e-6 : type == torch::kHalf ? 6e-4 : 4e-3;
}

void check_equal(const Statistics& found, const torch::Tensor& logits, const Inputs& in) {
  const torch::Tensor exact = logits.cpu().to(torch::kDouble);
  const auto expected = plain_statistics(exact, in.labels, in.contour, in.weight);
  CHECK(torch::allclose(found.sums, expected.sums, 1e-6, 1e-5));
  CHECK(torch::allclose(found.cross_entropy, expected.cross_entropy, 1e-6));
  const double error = relative_error(found.gradient, gradient(plain_statistics, exact, in));
  CHECK(error < gradient_tolerance(logits.scalar_type()));
}

template <class Check>
void for_each_logits(const Inputs& in, Check check) {
  for (const auto type : {torch::kFloat, torch::kBFloat16, torch::kHalf})
    for (const bool last : {false, true}) {
      INFO(in.logits.size(1) << " classes, " << type << (last ? ", channels last" : ""));
      const torch::Tensor logits = in.logits.to(type);
      check(last ? logits.contiguous(kChannelsLast) : logits);
    }
}

}  // namespace

TEST_CASE("Softmax statistics on a GPU equal plain ones in float64", "[softmax][cuda][kernel]") {
  SEG_DEVICE(device);
  for (const std::int64_t classes : {2, 17, 255}) {
    const Inputs in(classes, classes == 255 ? 3 : 37), there = in.on(device);
    for_each_logits(in, [&](const torch::Tensor& logits) {
      check_equal(statistics_of(placed(logits, device), there), logits, in);
    });
  }
}

TEST_CASE("Softmax statistics on a GPU leave nothing unwritten", "[softmax][cuda][kernel]") {
  SEG_DEVICE(device);
  for (const std::int64_t classes : {2, 9, 16, 17}) {
    const Inputs in(classes, 7), there = in.on(device);
    for_each_logits(in, [&](const torch::Tensor& logits) {
      const torch::Tensor x = placed(logits, device);
      Statistics found;
      {
        const PoisonedMemory poisoned;
        REQUIRE(torch::empty({5}, x.options()).isnan().all().item<bool>());
        found = statistics_of(x, there);
      }
      check_equal(found, logits, in);
    });
  }
}

TEST_CASE("Softmax statistics on a GPU take volumes that begin anywhere",
          "[softmax][cuda][kernel]") {
  SEG_DEVICE(device);
  for (const std::int64_t classes : {4, 8, 16, 17}) {
    const Inputs in(classes, 7), there = in.on(device);
    for_each_logits(in, [&](const torch::Tensor& logits) {
      const torch::Tensor x = placed(logits, device);
      for (const std::int64_t offset : {1, 2, 3}) {
        INFO("offset " << offset);
        const torch::Tensor moved =
            x.is_contiguous() ? shifted(x, offset) : shifted_channels_last(x, offset);
        REQUIRE(moved.storage_offset() == offset);
        REQUIRE(moved.strides() == x.strides());
        check_equal(statistics_of(moved, there), logits, in);
      }
    });
    Inputs odd = there;
    for (torch::Tensor* volume : {&odd.labels, &odd.contour, &odd.weight})
      *volume = shifted(*volume, 1);
    check_equal(statistics_of(placed(in.logits, device), odd), in.logits, in);
    odd.contour = shifted(there.contour, 3);  // labels and contour at different places of a word
    check_equal(statistics_of(placed(in.logits, device), odd), in.logits, in);
  }
}

TEST_CASE("Softmax statistics of nothing are zero", "[softmax][cuda][kernel]") {
  SEG_DEVICE(device);
  for (const auto& sizes : {std::vector<std::int64_t>{0, 3, 4, 5, 6}, {2, 3, 0, 5, 6}})
    for (const auto type : {torch::kFloat, torch::kBFloat16}) {
      const std::vector<std::int64_t> volume = {sizes[0], sizes[2], sizes[3], sizes[4]};
      const auto options = torch::dtype(type).device(device);
      const torch::Tensor logits = torch::zeros(sizes, options).requires_grad_();
      const torch::Tensor labels = torch::zeros(volume, options.dtype(torch::kUInt8));
      const SoftmaxStatistics s = softmax_statistics(logits, labels, labels, {});
      CHECK(s.sums.sizes() == torch::IntArrayRef({sizes[0], 2, 4, 3}));
      CHECK(s.sums.cpu().eq(0).all().item<bool>());
      CHECK(s.cross_entropy.cpu().eq(0).all().item<bool>());
      probe(s).backward();
      CHECK(logits.grad().sizes() == logits.sizes());
    }
}
