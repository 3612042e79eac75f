#pragma once
// What a .cu file needs beside the CUDA runtime. Kernels take pointers and sizes and know no Torch,
// so they compile in seconds, and the tests compile the same files for the processor, a kernel's
// threads one after another (tests/support/cuda_emulation.h).
#include <cstdint>

namespace seg {

// Blocks of `threads` threads that give each of `count` elements a thread.
inline unsigned blocks_of(std::int64_t count, int threads) {
  return static_cast<unsigned>((count + threads - 1) / threads);
}

}  // namespace seg

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

// Before a loop over an array that is to stay in registers.
#define SEG_UNROLL _Pragma("unroll")

// The block's dynamic shared memory, as an array of `type`.
#define SEG_SHARED_MEMORY(type, name) extern __shared__ type name[]

namespace seg {

// kernel<<<grid, block, shared_bytes, stream>>>(arguments...); null, or what is wrong with the
// launch.
template <class... Parameters, class... Arguments>
const char* launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes,
                   cudaStream_t stream, Arguments... arguments) {
  kernel<<<grid, block, shared_bytes, stream>>>(arguments...);
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace seg
#endif
