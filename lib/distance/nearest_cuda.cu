// Separable distance transforms that keep the two nearest labels: a label among the two nearest of
// a voxel is among the two nearest of the voxel its distance comes through, so nothing is lost from
// axis to axis. A thread owns a voxel, looks outwards along its line and stops when a farther step
// cannot help.
#include "core/cuda_kernel.h"
#include "core/ignore.h"
#include "distance/nearest_cuda.h"

namespace seg {
namespace {

constexpr int kThreads = 256;
constexpr std::uint8_t kNone = kIgnore;  // an ignored voxel is no label
constexpr float kFar = 3e38f;            // beyond every distance

struct Two {
  float d1 = kFar, d2 = kFar;
  std::uint8_t l1 = kNone, l2 = kNone;

  __device__ void add(float d, std::uint8_t l) {
    if (l == kNone) return;
    if (l == l1) {
      d1 = fminf(d1, d);
    } else if (d < d1) {
      d2 = d1;
      l2 = l1;
      d1 = d;
      l1 = l;
    } else if (d < d2) {
      d2 = d;
      l2 = l;
    }
  }
};

__device__ float joined(Joining joining, float d, float step) {
  return joining == Joining::euclidean ? d + step * step : fmaxf(d, step);
}

// What voxel q knows, seen from `step` away. On the first axis it knows its label.
__device__ void look(Two& two, const std::uint8_t* labels, std::uint8_t first,
                     const NearestLabels& from, std::int64_t voxels, std::int64_t q,
                     Joining joining, float step) {
  if (labels != nullptr) {
    if (labels[q] >= first) two.add(joined(joining, 0, step), labels[q]);
    return;
  }
  two.add(joined(joining, from.distance[q], step), from.label[q]);
  two.add(joined(joining, from.distance[voxels + q], step), from.label[voxels + q]);
}

// labels: on the first axis, else null.
__global__ void nearest_kernel(const std::uint8_t* labels, std::uint8_t first, NearestLabels from,
                               std::int64_t voxels, std::int64_t size, std::int64_t stride,
                               Joining joining, std::int64_t limit, NearestLabels to) {
  const std::int64_t v = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (v >= voxels) return;
  const std::int64_t place = v / stride % size, last = size - 1 - place;
  const std::int64_t before = place < limit ? place : limit, after = last < limit ? last : limit;
  Two two;
  look(two, labels, first, from, voxels, v, joining, 0);
  for (std::int64_t r = 1; r <= before || r <= after; ++r) {
    const auto step = static_cast<float>(r);
    if (joined(joining, 0, step) >= two.d2) break;
    if (r <= before) look(two, labels, first, from, voxels, v - r * stride, joining, step);
    if (r <= after) look(two, labels, first, from, voxels, v + r * stride, joining, step);
  }
  to.distance[v] = two.d1;
  to.distance[voxels + v] = two.d2;
  to.label[v] = two.l1;
  to.label[voxels + v] = two.l2;
}

}  // namespace

const char* cuda_nearest_labels(const LabelGrid& grid, std::uint8_t first, Joining joining,
                                std::int64_t limit, NearestLabels a, NearestLabels b,
                                CUstream_st* stream) {
  const std::int64_t n = grid.voxels();
  if (n == 0) return nullptr;
  const auto pass = [&](const std::uint8_t* labels, NearestLabels from, std::int64_t size,
                        std::int64_t stride, NearestLabels to) {
    return launch(nearest_kernel, dim3(blocks_of(n, kThreads)), dim3(kThreads), 0, stream, labels,
                  first, from, n, size, stride, joining, limit, to);
  };
  if (const char* error = pass(grid.labels, b, grid.width, 1, a)) return error;
  if (const char* error = pass(nullptr, a, grid.height, grid.width, b)) return error;
  return pass(nullptr, b, grid.depth, grid.height * grid.width, a);
}

}  // namespace seg
