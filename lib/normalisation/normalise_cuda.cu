// A thread keeps to its channels: with channels last to the P of one pack, row after row, else to
// one channel, P voxels at a time. So what belongs to a channel stays in registers. A pass that
// sums writes each block's sums, and a kernel of one block per channel adds them.
#include "normalisation/normalise_cuda.h"
#include "normalisation/normalise_part.cuh"

#include <algorithm>
#include <type_traits>

namespace seg {
namespace {

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
      sums[0][n.own(k)] += d;
      sums[1][n.own(k)] += d * d;
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

// What the backward pass reads at a step.
template <class T, int P>
struct Step {
  Pack<T, P> x, dy;
  __device__ void fetch(const T* from_x, const T* from_dy, std::int64_t at) {
    x = pack_at<T, P>(from_x + at);
    dy = pack_at<T, P>(from_dy + at);
  }
};

// Sums of g and of g times the normalised value; g is the derivative before the activation.
template <class T, int P, bool kLast>
__global__ void __launch_bounds__(kThreads, kResident)
    norm_slopes_kernel(Share s, const T* __restrict__ x, const T* __restrict__ dy, NormFormula f,
                       std::int64_t slots, float* partial) {
  const Part<P, kLast> part(s);
  Numbers<P, kLast> n;
  n.load(f, part, s.channels);
  float sums[2][Numbers<P, kLast>::kOwn] = {};
  Step<T, P> in[2];
  const auto load = [&](int a, std::int64_t i) {
    in[a].fetch(x, dy, part.begin + i * part.stride);
  };
  each_step<2>(part.steps, load, [&](int a, [[maybe_unused]] std::int64_t i) {
    float v[P], d[P];
    in[a].x.get(v);
    in[a].dy.get(d);
    SEG_UNROLL
    for (int k = 0; k < P; ++k) {
      const float hat = n.normalised(n.before(v[k], k, f.relu_first), k);
      const float g = d[k] * slope(n.after_affine(hat, k), f.after);
      sums[0][n.own(k)] += g;
      sums[1][n.own(k)] += g * hat;
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
    mean_g[k] = of[0];
    mean_gh[k] = of[s.channels];
  }
  Step<T, P> in[2];
  const auto load = [&](int a, std::int64_t i) {
    in[a].fetch(x, dy, part.begin + i * part.stride);
  };
  each_step<2>(part.steps, load, [&](int a, [[maybe_unused]] std::int64_t i) {
    float v[P], d[P];
    in[a].x.get(v);
    in[a].dy.get(d);
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
  __syncthreads();  // of an earlier call, every thread has read sums[0]
  sums[thread] = sum;
  for (int n = kThreads / 2; n > 0; n /= 2) {
    __syncthreads();  // the half that is added now was written by other threads
    if (thread < n) sums[thread] += sums[thread + n];
  }
  __syncthreads();  // all return what the first wrote
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
