#pragma once
// Runs CUDA kernels on the processor, so that their arithmetic is tested where there is no GPU: a
// test includes this file, then the .cu file within a namespace of its own. The threads of a block
// are fibres that take turns; blocks come one after another. It knows what our kernels use, finds
// wrong indices and missing barriers of whole blocks, and says nothing about speed or memory order.
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>
#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)
#define __shared__ static
#define SEG_UNROLL
#define SEG_SHARED_MEMORY(type, name) \
  type* name = reinterpret_cast<type*>(cuda_emulation::shared.data())

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  explicit dim3(unsigned x_, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct CUstream_st {};
using cudaStream_t = CUstream_st*;
using __half = c10::Half;
using __nv_bfloat16 = c10::BFloat16;

namespace cuda_emulation {

inline dim3 thread(0), block(0), grid(1), threads(1);
inline std::vector<double> shared;

// Begun by setcontext, then left and entered again by longjmp, which costs no system call.
struct Fibre {
  ucontext_t context;
  jmp_buf place;
  bool begun = false, done = false;
};
inline std::vector<Fibre> fibres;
inline std::size_t current = 0;
inline jmp_buf scheduler;
inline std::function<void()> body;

inline void yield() {
  if (_setjmp(fibres[current].place) == 0) _longjmp(scheduler, 1);
}

inline void resume(Fibre& f) {
  if (_setjmp(scheduler) != 0) return;
  if (f.begun) _longjmp(f.place, 1);
  f.begun = true;
  setcontext(&f.context);
}

// Waits until all of `count` threads have come as often as this one.
struct Barrier {
  std::size_t arrived = 0, generation = 0;
  void wait(std::size_t count) {
    const std::size_t mine = generation;
    if (++arrived == count) {
      arrived = 0;
      ++generation;
    }
    while (generation == mine) yield();
  }
};
inline Barrier block_barrier;
inline std::vector<Barrier> warp_barriers;
inline std::vector<std::uint64_t> lanes;  // what each thread shows the others of its warp

inline void run_fibre() {
  body();
  fibres[current].done = true;
  yield();
}

inline void run_block() {
  const std::size_t count = std::size_t{threads.x} * threads.y * threads.z;
  constexpr std::size_t kStack = 64 << 10;
  static std::vector<std::unique_ptr<char[]>> stacks;
  while (stacks.size() < count) stacks.push_back(std::make_unique<char[]>(kStack));
  fibres.assign(count, {});
  warp_barriers.assign((count + 31) / 32, {});
  lanes.assign(count, 0);
  block_barrier = {};
  for (std::size_t k = 0; k < count; ++k) {
    ucontext_t& c = fibres[k].context;
    getcontext(&c);
    c.uc_stack.ss_sp = stacks[k].get();
    c.uc_stack.ss_size = kStack;
    c.uc_link = nullptr;
    makecontext(&c, run_fibre, 0);
  }
  for (bool left = true; left;) {
    left = false;
    for (current = 0; current < count; ++current) {
      if (fibres[current].done) continue;
      left = true;
      thread = dim3(static_cast<unsigned>(current % threads.x),
                    static_cast<unsigned>(current / threads.x % threads.y));
      resume(fibres[current]);
    }
  }
}

// The values of the 32 lanes of this thread's warp, which must be whole.
template <class T>
std::array<T, 32> show(T value) {
  const std::size_t me = current, first = me / 32 * 32;
  std::memcpy(&lanes[me], &value, sizeof value);
  warp_barriers[me / 32].wait(32);
  std::array<T, 32> all;
  for (std::size_t k = 0; k < 32; ++k) std::memcpy(&all[k], &lanes[first + k], sizeof value);
  warp_barriers[me / 32].wait(32);
  return all;
}

}  // namespace cuda_emulation

#define threadIdx (cuda_emulation::thread)
#define blockIdx (cuda_emulation::block)
#define gridDim (cuda_emulation::grid)
#define blockDim (cuda_emulation::threads)

struct alignas(16) float4 {
  float x, y, z, w;
};
inline void __syncwarp() { cuda_emulation::warp_barriers[cuda_emulation::current / 32].wait(32); }
inline void __syncthreads() { cuda_emulation::block_barrier.wait(cuda_emulation::fibres.size()); }
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  const std::size_t lane = cuda_emulation::current % 32;
  return cuda_emulation::show(value)[lane ^ static_cast<std::size_t>(mask)];
}
template <class T>
T __shfl_sync(unsigned, T value, int lane) {
  return cuda_emulation::show(value)[static_cast<std::size_t>(lane)];
}
inline unsigned __ballot_sync(unsigned, bool predicate) {
  const auto all = cuda_emulation::show(static_cast<int>(predicate));
  unsigned bits = 0;
  for (std::size_t k = 0; k < all.size(); ++k) bits |= all[k] ? 1u << k : 0u;
  return bits;
}
inline int __any_sync(unsigned mask, bool predicate) { return __ballot_sync(mask, predicate) != 0; }
inline unsigned __match_any_sync(unsigned, int value) {
  const auto all = cuda_emulation::show(value);
  unsigned bits = 0;
  for (std::size_t k = 0; k < all.size(); ++k) bits |= all[k] == value ? 1u << k : 0u;
  return bits;
}
inline unsigned __reduce_add_sync(unsigned lanes, unsigned value) {
  const auto all = cuda_emulation::show(value);
  unsigned sum = 0;
  for (std::size_t k = 0; k < all.size(); ++k) sum += lanes >> k & 1 ? all[k] : 0;
  return sum;
}
inline int __ffs(int bits) {
  return bits == 0 ? 0 : std::countr_zero(static_cast<unsigned>(bits)) + 1;
}
inline int __popc(unsigned bits) { return std::popcount(bits); }
inline float __half2float(__half x) { return x; }
inline float __bfloat162float(__nv_bfloat16 x) { return x; }
inline __half __float2half(float x) { return x; }
inline __nv_bfloat16 __float2bfloat16(float x) { return x; }
inline std::uint32_t __funnelshift_r(std::uint32_t low, std::uint32_t high, unsigned bits) {
  return static_cast<std::uint32_t>(((std::uint64_t{high} << 32) | low) >> (bits & 31));
}

namespace cuda_emulation {
// f(a, b) of each of the four bytes.
template <class F>
std::uint32_t each_byte(std::uint32_t a, std::uint32_t b, F f) {
  std::uint32_t out = 0;
  for (int k = 0; k < 32; k += 8)
    out |= static_cast<std::uint32_t>(f(a >> k & 255, b >> k & 255) & 255) << k;
  return out;
}
}  // namespace cuda_emulation

inline std::uint32_t __vminu2(std::uint32_t a, std::uint32_t b) {
  return std::min(a >> 16, b >> 16) << 16 | std::min(a & 0xffff, b & 0xffff);
}
inline std::uint32_t __vmaxu2(std::uint32_t a, std::uint32_t b) {
  return std::max(a >> 16, b >> 16) << 16 | std::max(a & 0xffff, b & 0xffff);
}
inline std::uint32_t __byte_perm(std::uint32_t low, std::uint32_t high, unsigned selector) {
  const std::uint64_t bytes = std::uint64_t{high} << 32 | low;
  std::uint32_t out = 0;
  for (unsigned k = 0; k < 4; ++k)
    out |= static_cast<std::uint32_t>(bytes >> (8 * (selector >> (4 * k) & 7)) & 255) << (8 * k);
  return out;
}
inline std::uint32_t __vcmpeq4(std::uint32_t a, std::uint32_t b) {
  return cuda_emulation::each_byte(a, b, [](auto x, auto y) { return x == y ? 255u : 0u; });
}
inline std::uint32_t __vcmpne4(std::uint32_t a, std::uint32_t b) { return ~__vcmpeq4(a, b); }
inline std::uint32_t __vcmpgeu4(std::uint32_t a, std::uint32_t b) {
  return cuda_emulation::each_byte(a, b, [](auto x, auto y) { return x >= y ? 255u : 0u; });
}
inline std::uint32_t __vcmpltu4(std::uint32_t a, std::uint32_t b) { return ~__vcmpgeu4(a, b); }
inline int atomicMax(int* at, int value) {
  const int old = *at;
  *at = std::max(old, value);
  return old;
}

namespace seg {
// Of its own, so that no program can take it for the real one, which has the same signature.
inline namespace emulation {

template <class... Parameters, class... Arguments>
const char* launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes,
                   cudaStream_t, Arguments... arguments) {
  using namespace cuda_emulation;
  if (shared_bytes > 48 << 10) return "more shared memory than every GPU has";
  if (block.x * block.y * block.z > 1024) return "more threads than a block has";
  body = [=] { kernel(arguments...); };
  cuda_emulation::grid = grid;
  threads = block;
  for (unsigned z = 0; z < grid.z; ++z)
    for (unsigned y = 0; y < grid.y; ++y)
      for (unsigned x = 0; x < grid.x; ++x) {
        cuda_emulation::block = dim3(x, y, z);
        shared.assign(shared_bytes / sizeof(double) + 1, std::nan(""));
        run_block();
      }
  return nullptr;
}

}  // namespace emulation
}  // namespace seg
