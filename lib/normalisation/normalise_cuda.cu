// A thread keeps to its channels: with channels last to the P of one pack, row after row, else to
// one channel, P voxels at a time. So what belongs to a channel stays in registers. A pass that
// sums writes each block's sums, and a kernel of one block per channel adds them.
#include "core/cuda_numbers.cuh"
#include "normalisation/normalise_cuda.h"

#include <algorithm>
#include <type_traits>

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
      group = sample, slot = blockIdx.x;
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
      mean[k] = f.mean[at], inverse[k] = f.inverse[at];
      scale[k] = f.scale ? f.scale[c] : 1.f, shift[k] = f.shift ? f.shift[c] : 0.f;
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
    __syncthreads();
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
    __syncthreads();
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

template <class T, int P, bool kLast>
__global__ void __launch_bounds__(kThreads, kResident)
    norm_measure_kernel(Share s, const T* __restrict__ x, NormFormula f, std::int64_t slots,
                        float* partial) {
  const Part<P, kLast> part(s);
  Numbers<P, kLast> n;
  n.load_bias(f, part);
  constexpr int kOwn = Numbers<P, kLast>::kOwn;
  float about[kOwn], sums[2][kOwn] = {};
  SEG_UNROLL
  for (int k = 0; k < kOwn; ++k)
    about[k] = pivot(x, f, part.channel + k, pivot_place(s, kLast, part.group, part.channel + k));
  Pack<T, P> in[4];
  const auto load = [&](int a, std::int64_t i) {
    in[a] = pack_at<T, P>(x + part.begin + i * part.stride);
  };
  each_step<4>(part.steps, load, [&](int a, std::int64_t) {
    float v[P];
    in[a].get(v);
    SEG_UNROLL
    for (int k = 0; k < P; ++k) {
      const float d = n.before(v[k], k, f.relu_first) - about[n.own(k)];
      sums[0][n.own(k)] += d, sums[1][n.own(k)] += d * d;
    }
  });
  give_sums<2, P, kLast>(sums, s, part, slots, partial);
}

template <class T, int P, bool kLast>
__global__ void __launch_bounds__(kThreads, kResident)
    norm_apply_kernel(Share s, const T* __restrict__ x, NormFormula f, T* __restrict__ y) {
  const Part<P, kLast> part(s);
  Numbers<P, kLast> n;
  n.load(f, part, s.channels);
  Pack<T, P> in[4];
  const auto load = [&](int a, std::int64_t i) {
    in[a] = pack_at<T, P>(x + part.begin + i * part.stride);
  };
  each_step<4>(part.steps, load, [&](int a, std::int64_t i) {
    float v[P];
    in[a].get(v);
    SEG_UNROLL
    for (int k = 0; k < P; ++k) {
      const float r = n.before(v[k], k, f.relu_first);
      v[k] = activated(n.after_affine(n.normalised(r, k), k), f.after);
    }
    reinterpret_cast<Pack<T, P>*>(y + part.begin + i * part.stride)->set(v);
  });
}

// Sums of g and of g times the normalised value; g is the derivative before the activation.
template <class T, int P, bool kLast>
__global__ void __launch_bounds__(kThreads, kResident)
    norm_slopes_kernel(Share s, const T* __restrict__ x, const T* __restrict__ dy, NormFormula f,
                       std::int64_t slots, float* partial) {
  const Part<P, kLast> part(s);
  Numbers<P, kLast> n;
  n.load(f, part, s.channels);
  float sums[2][Numbers<P, kLast>::kOwn] = {};
  Pack<T, P> in[2], in_dy[2];
  const auto load = [&](int a, std::int64_t i) {
    in[a] = pack_at<T, P>(x + part.begin + i * part.stride);
    in_dy[a] = pack_at<T, P>(dy + part.begin + i * part.stride);
  };
  each_step<2>(part.steps, load, [&](int a, [[maybe_unused]] std::int64_t i) {
    float v[P], d[P];
    in[a].get(v), in_dy[a].get(d);
    SEG_UNROLL
    for (int k = 0; k < P; ++k) {
      const float hat = n.normalised(n.before(v[k], k, f.relu_first), k);
      const float g = d[k] * slope(n.after_affine(hat, k), f.after);
      sums[0][n.own(k)] += g, sums[1][n.own(k)] += g * hat;
    }
  });
  give_sums<2, P, kLast>(sums, s, part, slots, partial);
}

// dx = scale / deviation (g - mean of g - hat mean of g hat), 0 where the first ReLU is.
// means: [groups, 2, channels]. Its sums, if asked for, are the bias's derivative.
template <class T, int P, bool kLast>
__global__ void __launch_bounds__(kThreads, kResident)
    norm_gradient_kernel(Share s, const T* __restrict__ x, const T* __restrict__ dy, NormFormula f,
                         const float* means, T* __restrict__ dx, std::int64_t slots,
                         float* bias_partial) {
  const Part<P, kLast> part(s);
  Numbers<P, kLast> n;
  n.load(f, part, s.channels);
  constexpr int kOwn = Numbers<P, kLast>::kOwn;
  float mean_g[kOwn], mean_gh[kOwn], sums[1][kOwn] = {};
  SEG_UNROLL
  for (int k = 0; k < kOwn; ++k) {
    const float* of = means + part.group * 2 * s.channels + part.channel + k;
    mean_g[k] = of[0], mean_gh[k] = of[s.channels];
  }
  Pack<T, P> in[2], in_dy[2];
  const auto load = [&](int a, std::int64_t i) {
    in[a] = pack_at<T, P>(x + part.begin + i * part.stride);
    in_dy[a] = pack_at<T, P>(dy + part.begin + i * part.stride);
  };
  each_step<2>(part.steps, load, [&](int a, [[maybe_unused]] std::int64_t i) {
    float v[P], d[P];
    in[a].get(v), in_dy[a].get(d);
    SEG_UNROLL
    for (int k = 0; k < P; ++k) {
      const int o = n.own(k);
      const float r = n.before(v[k], k, f.relu_first), hat = n.normalised(r, k);
      const float g = d[k] * slope(n.after_affine(hat, k), f.after);
      const float dr = n.scale[o] * n.inverse[o] * (g - mean_g[o] - hat * mean_gh[o]);
      d[k] = f.relu_first && r <= 0 ? 0.f : dr;
      sums[0][o] += d[k];
    }
    reinterpret_cast<Pack<T, P>*>(dx + part.begin + i * part.stride)->set(d);
  });
  if (bias_partial) give_sums<1, P, kLast>(sums, s, part, slots, bias_partial);
}

// The sum of count floats, in double; for all threads of the block.
__device__ double block_sum(const float* from, std::int64_t count) {
  __shared__ double sums[kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  double sum = 0;
  for (std::int64_t i = thread; i < count; i += kThreads) sum += from[i];
  __syncthreads();
  sums[thread] = sum;
  for (int n = kThreads / 2; n > 0; n /= 2) {
    __syncthreads();
    if (thread < n) sums[thread] += sums[thread + n];
  }
  __syncthreads();
  return sums[0];
}

// Grid: [channels, groups].
template <class T>
__global__ void norm_statistics_kernel(Share s, bool last, const T* x, NormFormula f, double count,
                                       std::int64_t slots, const float* partial, double eps,
                                       NormRunning running) {
  const std::int64_t c = blockIdx.x, group = blockIdx.y, at = group * s.channels + c;
  const float* of = partial + (group * 2 * s.channels + c) * slots;
  const double sum = block_sum(of, slots), squares = block_sum(of + s.channels * slots, slots);
  if (threadIdx.x != 0) return;
  const double off = sum / count, variance = fmax(squares / count - off * off, 0.0);
  const double mean = pivot(x, f, c, pivot_place(s, last, group, c)) + off;
  f.mean[at] = static_cast<float>(mean);
  f.inverse[at] = static_cast<float>(1 / sqrt(variance + eps));
  if (!running.mean) return;
  const double unbiased = variance * count / fmax(count - 1, 1.0), m = running.momentum;
  running.mean[c] = static_cast<float>((1 - m) * running.mean[c] + m * mean);
  running.variance[c] = static_cast<float>((1 - m) * running.variance[c] + m * unbiased);
}

// sums[group, q, channel] over the slots to means, and to the derivatives of shift and scale.
// Grid: [channels, groups, 2].
__global__ void norm_means_kernel(std::int64_t channels, double count, std::int64_t slots,
                                  const float* partial, float* means, float* shift, float* scale) {
  const std::int64_t c = blockIdx.x, at = (blockIdx.y * 2 + blockIdx.z) * channels + c;
  const double sum = block_sum(partial + at * slots, slots);
  if (threadIdx.x != 0) return;
  means[at] = static_cast<float>(sum / count);
  float* derivative = blockIdx.z == 0 ? shift : scale;
  if (derivative) derivative[c] = static_cast<float>(sum);
}

// Grid: [channels].
__global__ void norm_bias_kernel(std::int64_t channels, std::int64_t groups, std::int64_t slots,
                                 const float* partial, float* bias) {
  double sum = 0;
  for (std::int64_t g = 0; g < groups; ++g)
    sum += block_sum(partial + (g * channels + blockIdx.x) * slots, slots);
  if (threadIdx.x == 0) bias[blockIdx.x] = static_cast<float>(sum);
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

// work(T(), pack, channels last) for the layout; packs of 1 where 16 bytes cannot be read at a
// time.
template <class Work>
const char* with_layout(const NormLayout& l, bool aligned, Work work) {
  const auto of_type = [&](auto type) {
    using T = decltype(type);
    using Wide = std::integral_constant<int, kWidePack<T>>;
    using One = std::integral_constant<int, 1>;
    const std::int64_t length = l.channels_last ? l.channels : l.voxels;
    const bool wide = aligned && length % Wide::value == 0;
    if (l.channels_last) {
      if (l.channels / (wide ? Wide::value : 1) > kThreads)
        return "more channels than a block has threads";
      return wide ? work(type, Wide(), std::true_type()) : work(type, One(), std::true_type());
    }
    return wide ? work(type, Wide(), std::false_type()) : work(type, One(), std::false_type());
  };
  return l.type == FloatType::bfloat16 ? of_type(__nv_bfloat16()) : of_type(0.f);
}

}  // namespace

bool norm_cuda_knows(const NormLayout& l) {
  const int wide = l.type == FloatType::bfloat16 ? kWidePack<__nv_bfloat16> : kWidePack<float>;
  const std::int64_t packs = l.channels % wide == 0 ? l.channels / wide : l.channels;
  return l.channels_last ? packs <= kThreads : l.channels * l.samples <= 65535;
}

std::int64_t norm_work(const NormLayout& l) {
  const std::int64_t slots = std::max<std::int64_t>(kMostBlocks, l.samples);
  return 2 * l.channels * l.groups() * (slots + 1);
}

const char* norm_cuda_measure(const NormLayout& l, const void* x, const NormFormula& f, double eps,
                              const NormRunning& running, float* work, CUstream_st* stream) {
  return with_layout(l, wide_aligned(x), [&](auto type, auto pack, auto last) -> const char* {
    using T = decltype(type);
    constexpr int P = decltype(pack)::value;
    constexpr bool kLast = decltype(last)::value;
    const Share s = share_of(l, P);
    const std::int64_t slots = slots_of(l, s);
    const auto* from = static_cast<const T*>(x);
    if (const char* error = launch(norm_measure_kernel<T, P, kLast>, grid_of(l, s), dim3(s.threads),
                                   shared_of(l, s, P, 2), stream, s, from, f, slots, work))
      return error;
    const dim3 grid(static_cast<unsigned>(l.channels), static_cast<unsigned>(l.groups()));
    return launch(norm_statistics_kernel<T>, grid, dim3(kThreads), 0, stream, s, kLast, from, f,
                  static_cast<double>(l.count()), slots, static_cast<const float*>(work), eps,
                  running);
  });
}

const char* norm_cuda_apply(const NormLayout& l, const void* x, const NormFormula& f, void* y,
                            CUstream_st* stream) {
  const bool aligned = wide_aligned(x) && wide_aligned(y);
  return with_layout(l, aligned, [&](auto type, auto pack, auto last) {
    using T = decltype(type);
    constexpr int P = decltype(pack)::value;
    const Share s = share_of(l, P);
    return launch(norm_apply_kernel<T, P, decltype(last)::value>, grid_of(l, s), dim3(s.threads), 0,
                  stream, s, static_cast<const T*>(x), f, static_cast<T*>(y));
  });
}

const char* norm_cuda_backward(const NormLayout& l, const void* x, const void* dy,
                               const NormFormula& f, const NormGradients& d, float* work,
                               CUstream_st* stream) {
  const bool aligned = wide_aligned(x) && wide_aligned(dy) && wide_aligned(d.x);
  return with_layout(l, aligned, [&](auto type, auto pack, auto last) -> const char* {
    using T = decltype(type);
    constexpr int P = decltype(pack)::value;
    constexpr bool kLast = decltype(last)::value;
    const Share s = share_of(l, P);
    const std::int64_t slots = slots_of(l, s);
    const auto *from = static_cast<const T*>(x), *slope_of_y = static_cast<const T*>(dy);
    float* means = work + 2 * l.channels * l.groups() * slots;
    if (const char* error =
            launch(norm_slopes_kernel<T, P, kLast>, grid_of(l, s), dim3(s.threads),
                   shared_of(l, s, P, 2), stream, s, from, slope_of_y, f, slots, work))
      return error;
    const auto channels = static_cast<unsigned>(l.channels),
               groups = static_cast<unsigned>(l.groups());
    if (const char* error = launch(norm_means_kernel, dim3(channels, groups, 2), dim3(kThreads), 0,
                                   stream, l.channels, static_cast<double>(l.count()), slots,
                                   static_cast<const float*>(work), means, d.shift, d.scale))
      return error;
    if (const char* error = launch(norm_gradient_kernel<T, P, kLast>, grid_of(l, s),
                                   dim3(s.threads), shared_of(l, s, P, 1), stream, s, from,
                                   slope_of_y, f, static_cast<const float*>(means),
                                   static_cast<T*>(d.x), slots, d.bias ? work : nullptr))
      return error;
    if (!d.bias) return nullptr;
    return launch(norm_bias_kernel, dim3(channels), dim3(kThreads), 0, stream, l.channels,
                  l.groups(), slots, static_cast<const float*>(work), d.bias);
  });
}

}  // namespace seg
