#pragma once
// What a thread of normalise_cuda.cu owns of a volume, what it knows of its channels, and how a
// block gives its sums.
#include "core/cuda_numbers.cuh"
#include "normalisation/normalise_cuda.h"

#include <algorithm>

namespace seg {
namespace {

constexpr int kThreads = 256, kWarp = 32;
constexpr int kMostBlocks =
    1024;                     // of a group or channel; fixed, so that sums are on every GPU alike
constexpr int kResident = 2;  // blocks of a multiprocessor, at least: bounds the registers
constexpr int kSteps = 8;     // packs of a thread, where there are enough for all blocks

// How the threads of a grid share a volume out.
struct Share {
  std::int64_t channels, voxels;
  std::int64_t rows;    // steps of a row or voxel pack in a group (channels last) or channel
  std::int64_t blocks;  // that share those rows
  int packs;            // of a row; 1 without channels last
  int threads;          // of a block
  bool instance;
};

// The part of a volume that belongs to one thread: elements begin + k * stride, k < steps.
template <int P, bool kLast>
struct Part {
  std::int64_t begin, stride, steps;
  int channel;         // the first of its channels
  std::int64_t group;  // whose mean it needs
  std::int64_t slot;   // of its block's sums within the group

  // Grid: [blocks, 1, groups], or [blocks, channels, samples].
  __device__ explicit Part(const Share& s) {
    const int thread = static_cast<int>(threadIdx.x), row = thread / s.packs;
    const int rows = s.threads / s.packs;  // of a block
    const std::int64_t sample = blockIdx.z,
                       first = blockIdx.x * static_cast<std::int64_t>(rows) + row;
    const std::int64_t step = s.blocks * rows;
    steps = first < s.rows ? (s.rows - first + step - 1) / step : 0;
    if constexpr (kLast) {
      channel = thread % s.packs * P;
      begin = (sample * s.rows + first) * s.channels + channel;
      stride = step * s.channels;
      group = sample;
      slot = blockIdx.x;
    } else {
      channel = static_cast<int>(blockIdx.y);
      begin = (sample * s.channels + channel) * s.voxels + first * P;
      stride = step * P;
      group = s.instance ? sample : 0;
      slot = s.instance ? blockIdx.x : sample * s.blocks + blockIdx.x;
    }
  }
};

__device__ float rectified(float z) { return z < 0 ? 0.f : z; }  // NaN stays

// The formula's numbers for a thread's channels.
template <int P, bool kLast>
struct Numbers {
  static constexpr int kOwn = kLast ? P : 1;
  float bias[kOwn], mean[kOwn], inverse[kOwn], scale[kOwn], shift[kOwn];

  __device__ void load_bias(const NormFormula& f, const Part<P, kLast>& part) {
    SEG_UNROLL
    for (int k = 0; k < kOwn; ++k) bias[k] = f.bias ? f.bias[part.channel + k] : 0.f;
  }
  __device__ void load(const NormFormula& f, const Part<P, kLast>& part, std::int64_t channels) {
    load_bias(f, part);
    SEG_UNROLL
    for (int k = 0; k < kOwn; ++k) {
      const std::int64_t c = part.channel + k, at = part.group * channels + c;
      mean[k] = f.mean[at];
      inverse[k] = f.inverse[at];
      scale[k] = f.scale ? f.scale[c] : 1.f;
      shift[k] = f.shift ? f.shift[c] : 0.f;
    }
  }
  // Of the pack's element k.
  __device__ static constexpr int own(int k) { return kLast ? k : 0; }
  __device__ float before(float x, int k, bool relu_first) const {
    const float z = x + bias[own(k)];
    return relu_first ? rectified(z) : z;
  }
  __device__ float normalised(float r, int k) const { return (r - mean[own(k)]) * inverse[own(k)]; }
  __device__ float after_affine(float n, int k) const { return n * scale[own(k)] + shift[own(k)]; }
};

__device__ float activated(float u, Activation a) {
  if (a == Activation::relu) return rectified(u);
  if (a == Activation::leaky_relu) return u > 0 ? u : 0.01f * u;
  if (a == Activation::elu) return u > 0 ? u : expm1f(u);
  return u;
}

__device__ float slope(float u, Activation a) {
  if (a == Activation::none || u > 0) return 1.f;
  if (a == Activation::leaky_relu) return 0.01f;
  return a == Activation::elu ? expf(u) : 0.f;
}

// Adds Q sums per channel over the block and writes them to partial[group, q, channel, slot].
template <int Q, int P, bool kLast>
__device__ void give_sums(const float (&sums)[Q][Numbers<P, kLast>::kOwn], const Share& s,
                          const Part<P, kLast>& part, std::int64_t slots, float* partial) {
  SEG_SHARED_MEMORY(float, shared);
  const int thread = static_cast<int>(threadIdx.x);
  float* to = partial + part.group * Q * s.channels * slots + part.slot;
  if constexpr (kLast) {
    const int pitch = s.threads + 1, rows = s.threads / s.packs;  // + 1: another bank for each sum
    SEG_UNROLL
    for (int q = 0; q < Q; ++q) {
      SEG_UNROLL
      for (int k = 0; k < P; ++k) shared[(q * P + k) * pitch + thread] = sums[q][k];
    }
    __syncthreads();  // below, a thread adds a channel over the rows of the block
    const int channels = static_cast<int>(s.channels);
    for (int i = thread; i < Q * channels; i += s.threads) {
      const int q = i / channels, c = i % channels;
      float sum = 0;
      for (int row = 0; row < rows; ++row)
        sum += shared[(q * P + c % P) * pitch + row * s.packs + c / P];
      to[i * slots] = sum;
    }
  } else {
    SEG_UNROLL
    for (int q = 0; q < Q; ++q) {
      const float sum = warp_sum(sums[q][0]);
      if (thread % kWarp == 0) shared[q * (kThreads / kWarp) + thread / kWarp] = sum;
    }
    __syncthreads();  // below, the first threads add over the warps
    if (thread >= Q) return;
    float sum = 0;
    for (int w = 0; w < kThreads / kWarp; ++w) sum += shared[thread * (kThreads / kWarp) + w];
    to[(thread * s.channels + part.channel) * slots] = sum;
  }
}

// use(n, step) for every step, kAhead at a time after as many load(n, step), n < kAhead: so that
// several reads are under way before the first is waited for.
template <int kAhead, class Load, class Use>
__device__ void each_step(std::int64_t steps, Load load, Use use) {
  for (std::int64_t i = 0; i < steps; i += kAhead) {
    SEG_UNROLL
    for (int n = 0; n < kAhead; ++n)
      if (i + n < steps) load(n, i + n);
    SEG_UNROLL
    for (int n = 0; n < kAhead; ++n)
      if (i + n < steps) use(n, i + n);
  }
}

template <class T, int P>
__device__ Pack<T, P> pack_at(const T* from) {
  return *reinterpret_cast<const Pack<T, P>*>(from);
}

// What the sums of r are taken about, lest they cancel: r of the group's first voxel.
template <class T>
__device__ float pivot(const T* x, const NormFormula& f, std::int64_t channel, std::int64_t at) {
  const float z = as_float(x[at]) + (f.bias ? f.bias[channel] : 0.f);
  return f.relu_first ? rectified(z) : z;
}

__device__ std::int64_t pivot_place(const Share& s, bool last, std::int64_t group, std::int64_t c) {
  return last ? group * s.rows * s.channels + c : (group * s.channels + c) * s.voxels;
}

Share share_of(const NormLayout& l, int pack) {
  Share s{l.channels, l.voxels, 0, 0, 1, kThreads, l.instance};
  if (l.channels_last) {
    s.packs = static_cast<int>(l.channels / pack);
    s.threads = kThreads / s.packs * s.packs;
    s.rows = l.count();
  } else {
    s.rows = l.voxels / pack;
  }
  const std::int64_t block_rows = s.threads / s.packs;
  const std::int64_t needed = (s.rows + block_rows * kSteps - 1) / (block_rows * kSteps);
  const std::int64_t planes = l.channels_last ? l.groups() : l.channels * l.samples;
  s.blocks = std::clamp<std::int64_t>(needed, 1, std::max<std::int64_t>(1, kMostBlocks / planes));
  return s;
}

// Sums that the blocks of a group leave for a channel.
std::int64_t slots_of(const NormLayout& l, const Share& s) {
  return l.channels_last || l.instance ? s.blocks : s.blocks * l.samples;
}

dim3 grid_of(const NormLayout& l, const Share& s) {
  const auto blocks = static_cast<unsigned>(s.blocks);
  if (l.channels_last) return dim3(blocks, 1, static_cast<unsigned>(l.groups()));
  return dim3(blocks, static_cast<unsigned>(l.channels), static_cast<unsigned>(l.samples));
}

std::size_t shared_of(const NormLayout& l, const Share& s, int pack, int sums) {
  if (!l.channels_last) return static_cast<std::size_t>(sums * kThreads / kWarp) * sizeof(float);
  return static_cast<std::size_t>(sums * pack * (s.threads + 1)) * sizeof(float);
}

}  // namespace
}  // namespace seg
