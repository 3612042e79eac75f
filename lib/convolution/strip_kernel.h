#pragma once
// Kernels that convolve by the definition in evaluation mode: plain C++, no Torch.
//
// A task is a strip: some rows of a volume over some of its depth. Its input lies, with zeros
// around, in a ring of `taps` planes of working memory that moves along the depth; the input's
// parts stand there side by side, channel after channel, as one volume.
#include "core/processor.h"
#include "normalisation/finish.h"

#include <cstdint>

namespace seg {

// A volume [batch, depth, height, width, channels] in this order in memory.
struct StripPart {
  const void* data = nullptr;
  bool bfloat16 = false;
  std::int64_t channels = 0;
};

// Stride 1, `taps`^3 filters, zeros around: taps odd.
struct StripConvolution {
  const StripPart* parts = nullptr;
  int part_count = 0, taps = 0;
  std::int64_t batch = 0, depth = 0, height = 0, width = 0;
  std::int64_t in = 0, out = 0;   // channels, of all parts together and of the output
  const void* filters = nullptr;  // as the kernel's `filters` wrote them
  Finish finish;
  void* y = nullptr;
  bool bfloat16 = false;  // y
};

struct StripTask {
  std::int64_t sample = 0, row = 0, rows = 0, begin = 0, end = 0;  // height, depth
  std::int64_t out_begin = 0, out_end = 0;  // channels; multiples of 16, but the volume's last
};

struct StripKernels {
  // Bytes of a task's working memory, which begins at a multiple of 64.
  std::int64_t (*memory)(const StripConvolution& c, std::int64_t rows);
  // Bytes of the filters for so many channels, and the filters from taps [out, in, taps^3].
  std::int64_t (*filter_bytes)(std::int64_t in, std::int64_t out, int taps);
  void (*filters)(const float* taps, std::int64_t in, std::int64_t out, int taps_count, void* to);
  void (*run)(const StripConvolution& c, const StripTask& task, void* memory);
};

// Sums in vectors of output channels, in float32: for few input channels.
SEG_EACH_SET(StripKernels direct_kernels())
const std::vector<NamedKernels<StripKernels>>& all_direct_kernels();

// Sums of bfloat16 products in float32, by the tiles of AMX. y is bfloat16. Null functions where it
// was not compiled; the caller has asked the system for the tiles.
StripKernels amx_kernels();

}  // namespace seg
