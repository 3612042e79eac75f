#include "contour/contour_on_gpu.h"
#include "core/error.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace seg {

std::int64_t adaptive_reach(const ContourConfig& config) {
  constexpr double most = 1 << 30;
  if (config.beta <= 0) return config.iterations;
  const double enough = std::ceil((static_cast<double>(config.iterations) - 0.5) / config.beta);
  return std::max(config.iterations, static_cast<std::int64_t>(std::min(enough, most)));
}

std::int64_t dwce_reach(const DwceConfig& config) {
  constexpr double negligible = 1e-8, most = 1 << 30;
  const double steps = std::sqrt(2 * std::log(std::max(1.0, config.w0 / negligible)));
  return static_cast<std::int64_t>(std::min(std::ceil(config.sigma * steps), most));
}

}  // namespace seg

#ifdef SEG_HAS_CUDA
#include "contour/distance_maps_cuda.h"

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace seg {
namespace {

void require(const char* error) {
  if (error) fail("contours: the CUDA kernel did not start: {}", error);
}

LabelGrid grid_of(const torch::Tensor& labels) {
  return {labels.const_data_ptr<std::uint8_t>(), labels.size(0), labels.size(1), labels.size(2),
          labels.size(3)};
}

// The two nearest labels of every voxel, in tensors that live as long.
struct Nearest {
  torch::Tensor distance, label;

  explicit Nearest(const torch::Tensor& labels)
      : distance(torch::empty({2, labels.numel()}, labels.options().dtype(torch::kFloat))),
        label(torch::empty({2, labels.numel()}, labels.options())) {}
  Nearest(const torch::Tensor& labels, std::uint8_t first, Joining joining, std::int64_t limit)
      : Nearest(labels) {
    const Nearest work(labels);
    require(cuda_nearest_labels(grid_of(labels), first, joining, limit, view(), work.view(),
                                c10::cuda::getCurrentCUDAStream()));
  }
  NearestLabels view() const {
    return {distance.data_ptr<float>(), label.data_ptr<std::uint8_t>()};
  }
};

}  // namespace

torch::Tensor cube_contour_on_gpu(const torch::Tensor& labels, Reach reach, bool zero_border,
                                  std::uint8_t first, std::uint8_t classes) {
  const c10::cuda::CUDAGuard guard(labels.device());
  torch::Tensor out = torch::empty_like(labels);
  const torch::Tensor work =
      torch::empty({window_contour_words(grid_of(labels))}, labels.options().dtype(torch::kInt));
  require(cuda_window_contour(grid_of(labels), reach.back, reach.forward,
                              {first, classes, zero_border},
                              reinterpret_cast<std::uint32_t*>(work.data_ptr<int>()),
                              out.data_ptr<std::uint8_t>(), c10::cuda::getCurrentCUDAStream()));
  return out;
}

torch::Tensor adaptive_map_on_gpu(const torch::Tensor& labels, std::int64_t classes,
                                  const ContourConfig& config) {
  const c10::cuda::CUDAGuard guard(labels.device());
  const Nearest nearest(labels, 0, Joining::chessboard, adaptive_reach(config));
  torch::Tensor out = torch::empty_like(labels);
  const torch::Tensor thickness =
      torch::empty({labels.size(0), 256}, labels.options().dtype(torch::kInt));
  require(cuda_adaptive_contour(grid_of(labels), nearest.view(),
                                {config.first_class(), static_cast<std::uint8_t>(classes),
                                 config.border == ContourBorder::zero},
                                config.beta, config.iterations, thickness.data_ptr<int>(),
                                out.data_ptr<std::uint8_t>(), c10::cuda::getCurrentCUDAStream()));
  return out;
}

torch::Tensor dwce_weight_on_gpu(const torch::Tensor& labels, const DwceConfig& config) {
  const c10::cuda::CUDAGuard guard(labels.device());
  const bool two_nearest = config.distance == DwceDistance::two_nearest;
  const Nearest nearest(labels, two_nearest ? 1 : 0, Joining::euclidean, dwce_reach(config));
  torch::Tensor weight = torch::empty(labels.sizes(), labels.options().dtype(torch::kFloat));
  require(cuda_distance_weight(grid_of(labels), nearest.view(), two_nearest,
                               static_cast<float>(config.w0), static_cast<float>(config.sigma),
                               weight.data_ptr<float>(), c10::cuda::getCurrentCUDAStream()));
  return weight;
}

}  // namespace seg
#else
namespace seg {

torch::Tensor cube_contour_on_gpu(const torch::Tensor&, Reach, bool, std::uint8_t, std::uint8_t) {
  fail("contours: the labels are on a GPU, but segtrain was built without CUDA");
}
torch::Tensor adaptive_map_on_gpu(const torch::Tensor&, std::int64_t, const ContourConfig&) {
  fail("contours: the labels are on a GPU, but segtrain was built without CUDA");
}
torch::Tensor dwce_weight_on_gpu(const torch::Tensor&, const DwceConfig&) {
  fail("distance weights: the labels are on a GPU, but segtrain was built without CUDA");
}

}  // namespace seg
#endif
