#include "contour/cuda_contour.h"
#include "core/error.h"

#include <torch/types.h>

#ifdef SEG_HAS_CUDA
#include "contour/nearest_cuda.h"

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace seg {
namespace {

void require(const char* error) {
  if (error) fail("contours: the CUDA kernel did not start: {}", error);
}

LabelGrid grid_of(const torch::Tensor& labels) {
  return {labels.const_data_ptr<std::uint8_t>(), labels.size(0), labels.size(1), labels.size(2), labels.size(3)};
}

// The two nearest labels of every voxel, in tensors that live as long.
struct Nearest {
  torch::Tensor distance, label;

  explicit Nearest(const torch::Tensor& labels)
      : distance(torch::empty({2, labels.numel()}, labels.options().dtype(torch::kFloat))),
        label(torch::empty({2, labels.numel()}, labels.options())) {}
  Nearest(const torch::Tensor& labels, std::uint8_t first, Metric metric) : Nearest(labels) {
    const Nearest work(labels);
    require(cuda_nearest_labels(grid_of(labels), first, metric, view(), work.view(), c10::cuda::getCurrentCUDAStream()));
  }
  NearestLabels view() const { return {distance.data_ptr<float>(), label.data_ptr<std::uint8_t>()}; }
};

}  // namespace

torch::Tensor cuda_cube_contour(const torch::Tensor& labels, Reach reach, bool zero_border, std::uint8_t first, std::uint8_t classes) {
  const c10::cuda::CUDAGuard guard(labels.device());
  torch::Tensor out = torch::empty_like(labels);
  const torch::Tensor work = torch::empty({4, labels.numel()}, labels.options());
  require(cuda_window_contour(grid_of(labels), reach.back, reach.forward, {first, classes, zero_border}, work.data_ptr<std::uint8_t>(),
                              out.data_ptr<std::uint8_t>(), c10::cuda::getCurrentCUDAStream()));
  return out;
}

torch::Tensor cuda_adaptive_map(const torch::Tensor& labels, std::int64_t classes, const ContourConfig& config) {
  const c10::cuda::CUDAGuard guard(labels.device());
  const Nearest nearest(labels, 0, Metric::chessboard);
  torch::Tensor out = torch::empty_like(labels);
  const torch::Tensor thickness = torch::empty({labels.size(0), 256}, labels.options().dtype(torch::kInt));
  require(cuda_adaptive_contour(
      grid_of(labels), nearest.view(), {config.first_class(), static_cast<std::uint8_t>(classes), config.border == "zero"}, config.beta,
      config.iterations, thickness.data_ptr<int>(), out.data_ptr<std::uint8_t>(), c10::cuda::getCurrentCUDAStream()));
  return out;
}

torch::Tensor cuda_dwce_weight(const torch::Tensor& labels, const DwceConfig& config) {
  const c10::cuda::CUDAGuard guard(labels.device());
  const bool two_nearest = config.distance == "two_nearest";
  const Nearest nearest(labels, two_nearest ? 1 : 0, Metric::euclidean);
  torch::Tensor weight = torch::empty(labels.sizes(), labels.options().dtype(torch::kFloat));
  require(cuda_distance_weight(grid_of(labels), nearest.view(), two_nearest, static_cast<float>(config.w0),
                               static_cast<float>(config.sigma), weight.data_ptr<float>(), c10::cuda::getCurrentCUDAStream()));
  return weight;
}

}  // namespace seg
#else
namespace seg {

torch::Tensor cuda_cube_contour(const torch::Tensor&, Reach, bool, std::uint8_t, std::uint8_t) {
  fail("contours: the labels are on a GPU, but segtrain was built without CUDA");
}
torch::Tensor cuda_adaptive_map(const torch::Tensor&, std::int64_t, const ContourConfig&) {
  fail("contours: the labels are on a GPU, but segtrain was built without CUDA");
}
torch::Tensor cuda_dwce_weight(const torch::Tensor&, const DwceConfig&) {
  fail("distance weights: the labels are on a GPU, but segtrain was built without CUDA");
}

}  // namespace seg
#endif
