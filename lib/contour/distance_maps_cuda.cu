// A thread owns a voxel. The nearest labels were found by distance/nearest_cuda.cu.
#include "contour/distance_maps_cuda.h"
#include "core/cuda_kernel.h"

namespace seg {
namespace {

constexpr int kThreadsOfMap = 256;

// The distance to the nearest label that is not y.
__device__ float to_other(const NearestLabels& n, std::int64_t voxels, std::int64_t v,
                          std::uint8_t y) {
  return n.label[v] == y ? n.distance[voxels + v] : n.distance[v];
}

__global__ void weight_kernel(const std::uint8_t* labels, std::int64_t voxels, NearestLabels n,
                              bool two_nearest, float w0, float sigma, float* weight) {
  const std::int64_t v = static_cast<std::int64_t>(blockIdx.x) * kThreadsOfMap + threadIdx.x;
  if (v >= voxels) return;
  float squared = to_other(n, voxels, v, labels[v]);
  if (two_nearest) {
    const float d = sqrtf(n.distance[v]) + sqrtf(n.distance[voxels + v]);
    squared = d * d;
  }
  weight[v] = 1 + w0 * expf(-squared / (2 * sigma * sigma));
}

// A volume's shape, and the chessboard distance of voxel v to another label, to the outside too if
// that is one.
struct Shape {
  std::int64_t depth, height, width;
  __device__ std::int64_t per_sample() const { return depth * height * width; }
  __device__ float to_outside(std::int64_t v) const {
    const auto along = [](std::int64_t place, std::int64_t size) {
      return place + 1 < size - place ? place + 1 : size - place;
    };
    const std::int64_t x = along(v % width, width), y = along(v / width % height, height),
                       z = along(v / (width * height) % depth, depth);
    return static_cast<float>(x < y ? (x < z ? x : z) : (y < z ? y : z));
  }
};

__device__ float contour_distance(const std::uint8_t* labels, std::int64_t voxels, Shape shape,
                                  const NearestLabels& n, ContourOf of, std::int64_t v) {
  const float d = to_other(n, voxels, v, labels[v]);
  return of.zero_border ? fminf(d, shape.to_outside(v)) : d;
}

__device__ bool asked(std::uint8_t label, ContourOf of) {
  return label >= of.first && label < of.classes;
}

__global__ void clear_kernel(int* values, std::int64_t count) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreadsOfMap + threadIdx.x;
  if (i < count) values[i] = 0;
}

// largest[sample, label] = m_j; no other label: a number beyond every n.
__global__ void largest_kernel(const std::uint8_t* labels, std::int64_t voxels, Shape shape,
                               NearestLabels n, ContourOf of, int* largest) {
  const std::int64_t v = static_cast<std::int64_t>(blockIdx.x) * kThreadsOfMap + threadIdx.x;
  if (v >= voxels || !asked(labels[v], of)) return;
  const int d = static_cast<int>(fminf(contour_distance(labels, voxels, shape, n, of, v), 1e9f));
  int* slot = largest + v / shape.per_sample() * 256 + labels[v];
  if (d > *static_cast<volatile int*>(slot)) atomicMax(slot, d);
}

__global__ void adaptive_kernel(const std::uint8_t* labels, std::int64_t voxels, Shape shape,
                                NearestLabels n, ContourOf of, double beta, int iterations,
                                const int* largest, std::uint8_t* out) {
  const std::int64_t v = static_cast<std::int64_t>(blockIdx.x) * kThreadsOfMap + threadIdx.x;
  if (v >= voxels) return;
  const double wished = floor(beta * largest[v / shape.per_sample() * 256 + labels[v]] + 0.5);
  const auto thickness =
      static_cast<float>(fmin(fmax(wished, 1.0), static_cast<double>(iterations)));
  out[v] = asked(labels[v], of) && contour_distance(labels, voxels, shape, n, of, v) <= thickness;
}

}  // namespace

const char* cuda_distance_weight(const LabelGrid& grid, NearestLabels nearest, bool two_nearest,
                                 float w0, float sigma, float* weight, CUstream_st* stream) {
  const std::int64_t n = grid.voxels();
  if (n == 0) return nullptr;
  return launch(weight_kernel, dim3(blocks_of(n, kThreadsOfMap)), dim3(kThreadsOfMap), 0, stream,
                grid.labels, n, nearest, two_nearest, w0, sigma, weight);
}

const char* cuda_adaptive_contour(const LabelGrid& grid, NearestLabels nearest, ContourOf of,
                                  double beta, std::int64_t iterations, int* thickness,
                                  std::uint8_t* out, CUstream_st* stream) {
  const std::int64_t n = grid.voxels(), slots = grid.samples * 256;
  if (n == 0) return nullptr;
  const Shape shape{grid.depth, grid.height, grid.width};
  const dim3 block(kThreadsOfMap);
  if (const char* error = launch(clear_kernel, dim3(blocks_of(slots, kThreadsOfMap)), block, 0,
                                 stream, thickness, slots))
    return error;
  if (const char* error = launch(largest_kernel, dim3(blocks_of(n, kThreadsOfMap)), block, 0,
                                 stream, grid.labels, n, shape, nearest, of, thickness))
    return error;
  return launch(adaptive_kernel, dim3(blocks_of(n, kThreadsOfMap)), block, 0, stream, grid.labels,
                n, shape, nearest, of, beta, static_cast<int>(iterations),
                static_cast<const int*>(thickness), out);
}

}  // namespace seg
