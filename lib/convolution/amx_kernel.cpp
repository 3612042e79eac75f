// A convolution by the tiles of AMX.
//
// A tile holds 16 rows of 64 bytes. TDPBF16PS adds to a tile of 16 x 16 sums the product of A, 16
// voxels of 32 bfloat16 values, and B, those 32 values' weights for 16 output channels. In the
// strip, the channels of neighbouring voxels follow each other, so A is read where it lies: its
// rows are a voxel apart. Where the channels are an odd multiple of 16, each 32 values of a line of
// the filter reach across a tap's end, and the line's last product has 16.
#include "convolution/strip.inc"
#include "normalisation/finish_vector.inc"

namespace seg {

#if defined(__AMX_BF16__)
namespace {

constexpr std::int64_t out_block = 16, tile_elements = 512, most_blocks = 4;

// In memory as LDTILECFG reads it. Tiles 0 to 3: sums; 4: A, 5: B; 6 and 7: A and B of half the
// length, where one is halved.
struct alignas(64) Palette {
  std::uint8_t palette = 1, start = 0, unused[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};

  explicit Palette(bool halved) {
    for (int i = 0; i < 8; ++i) {
      row_bytes[i] = 64;
      rows[i] = 16;
    }
    if (!halved) return;
    row_bytes[6] = 32;
    rows[7] = 8;
  }
};

// The chunks of 32 values of a line of the filter, along W: from where in the line each begins, in
// the order in which their weights lie. Where a tap is whole chunks, chunk by chunk tap by tap:
// neighbours in this order share most of their memory.
struct Line {
  std::int64_t channels, chunks;
  int taps;
  bool halved;  // the last chunk

  Line(std::int64_t in, int taps_)
      : channels(whole(in, 16)),
        chunks((taps_ * channels + 31) / 32),
        taps(taps_),
        halved(channels % 32 != 0) {}
  std::int64_t offset(std::int64_t chunk) const {
    if (halved) return chunk * 32;
    return chunk % taps * channels + chunk / taps * 32;
  }
};

// Elements of the weights of one block of 16 output channels.
std::int64_t block_elements(const Line& line) {
  return std::int64_t{line.taps} * line.taps * line.chunks * tile_elements;
}

std::uint16_t rounded(float value) {
  std::uint16_t half;
  store(&half, Float{} + value, 1);
  return half;
}

std::int64_t amx_memory(const StripConvolution& c, std::int64_t rows) {
  return Strip<std::uint16_t>(c, rows, whole(c.in, 16), nullptr).bytes();
}

std::int64_t amx_filter_bytes(std::int64_t in, std::int64_t out, int taps) {
  return 2 * whole(out, out_block) / out_block * block_elements(Line(in, taps));
}

// [out / 16, taps, taps, chunks, 16 pairs of values, 16 output channels, 2]
void amx_filters(const float* taps, std::int64_t in, std::int64_t out, int count, void* to) {
  const Line line(in, count);
  const std::int64_t cube = std::int64_t{count} * count * count;
  auto* next = static_cast<std::uint16_t*>(to);
  for (std::int64_t block = 0; block < out; block += out_block)
    for (std::int64_t dh = 0; dh < std::int64_t{count} * count; ++dh)
      for (std::int64_t chunk = 0; chunk < line.chunks; ++chunk)
        for (std::int64_t pair = 0; pair < 16; ++pair)
          for (std::int64_t j = block; j < block + out_block; ++j)
            for (int k = 0; k < 2; ++k) {
              const std::int64_t at = line.offset(chunk) + 2 * pair + k, w = at / line.channels,
                                 i = at % line.channels;
              const bool there = w < count && i < in && j < out;
              *next++ = there ? rounded(taps[(j * in + i) * cube + dh * count + w]) : 0;
            }
}

// What the products of a task need.
struct Products {
  const Strip<std::uint16_t>& strip;
  const Line& line;
  std::int64_t depth;
  const std::uint16_t* filters;  // of the block of output channels
};

// Adds the products of a chunk of input channels. The tiles' numbers are written into the
// instructions, so they cannot be parameters: a, b are those of A and B.
#define SEG_ADD_CHUNK(name, a, b)                                                                \
  template <int count>                                                                           \
  void name(const std::uint16_t* const(&x)[most_blocks], std::int64_t offset, std::int64_t step, \
            const std::uint16_t* weights) {                                                      \
    _tile_loadd(b, weights, 64);                                                                 \
    _tile_loadd(a, x[0] + offset, step);                                                         \
    _tile_dpbf16ps(0, a, b);                                                                     \
    if constexpr (count > 1) {                                                                   \
      _tile_loadd(a, x[1] + offset, step);                                                       \
      _tile_dpbf16ps(1, a, b);                                                                   \
    }                                                                                            \
    if constexpr (count > 2) {                                                                   \
      _tile_loadd(a, x[2] + offset, step);                                                       \
      _tile_dpbf16ps(2, a, b);                                                                   \
    }                                                                                            \
    if constexpr (count > 3) {                                                                   \
      _tile_loadd(a, x[3] + offset, step);                                                       \
      _tile_dpbf16ps(3, a, b);                                                                   \
    }                                                                                            \
  }
SEG_ADD_CHUNK(add_whole, 4, 5)
SEG_ADD_CHUNK(add_half, 6, 7)
#undef SEG_ADD_CHUNK

// sums [count, 16 voxels, 16 channels]; at: where each block of voxels begins in its plane.
template <int count>
void multiply_blocks(const Products& p, const std::int64_t (&at)[most_blocks], float* sums) {
  _tile_zero(0);
  if constexpr (count > 1) _tile_zero(1);
  if constexpr (count > 2) _tile_zero(2);
  if constexpr (count > 3) _tile_zero(3);
  const std::int64_t step = 2 * p.line.channels, whole_chunks = p.line.chunks - p.line.halved;
  const std::uint16_t* weights = p.filters;
  for (int d = 0; d < p.line.taps; ++d) {
    const std::uint16_t* plane = p.strip.at(p.depth + d - p.line.taps / 2);
    for (int h = 0; h < p.line.taps; ++h, plane += p.strip.row) {
      const std::uint16_t* const x[most_blocks] = {plane + at[0], plane + at[1], plane + at[2],
                                                   plane + at[3]};
      for (std::int64_t chunk = 0; chunk < whole_chunks; ++chunk, weights += tile_elements)
        add_whole<count>(x, p.line.offset(chunk), step, weights);
      if (p.line.halved) {
        add_half<count>(x, whole_chunks * 32, step, weights);
        weights += tile_elements;
      }
    }
  }
  _tile_stored(0, sums, 64);
  if constexpr (count > 1) _tile_stored(1, sums + 256, 64);
  if constexpr (count > 2) _tile_stored(2, sums + 512, 64);
  if constexpr (count > 3) _tile_stored(3, sums + 768, 64);
}

void multiply(const Products& p, const std::int64_t (&at)[most_blocks], std::int64_t count,
              float* sums) {
  switch (count) {
    case 1: return multiply_blocks<1>(p, at, sums);
    case 2: return multiply_blocks<2>(p, at, sums);
    case 3: return multiply_blocks<3>(p, at, sums);
    default: return multiply_blocks<4>(p, at, sums);
  }
}

void store_rounded(std::uint16_t* to, Float value) {
  const auto halves = _mm512_cvtneps_pbh((__m512)value);
  std::memcpy(to, &halves, sizeof halves);
}

// 16 voxels, or as many as there are in the row, of up to 16 channels.
void put(const float* sums, const FinishVector& finish, std::int64_t voxels, std::int64_t channels,
         std::int64_t step, std::uint16_t* y) {
  if (channels == out_block)
    for (std::int64_t i = 0; i < voxels; ++i)
      store_rounded(y + i * step, finish(load(sums + i * out_block)));
  else
    for (std::int64_t i = 0; i < voxels; ++i)
      store(y + i * step, finish(load(sums + i * out_block)), static_cast<int>(channels));
}

void amx_plane(const Strip<std::uint16_t>& strip, const Line& line, const StripTask& task,
               std::int64_t depth) {
  const StripConvolution& c = strip.c;
  const std::int64_t across = (c.width + 15) / 16, blocks = task.rows * across;
  alignas(64) float sums[most_blocks * 256];
  for (std::int64_t channel = task.out_begin; channel < task.out_end; channel += out_block) {
    const Products products{
        strip, line, depth,
        static_cast<const std::uint16_t*>(c.filters) + channel / out_block * block_elements(line)};
    const FinishVector finish(c.finish, channel);
    const std::int64_t channels = c.out - channel < out_block ? c.out - channel : out_block;
    for (std::int64_t first = 0; first < blocks; first += most_blocks) {
      const std::int64_t count = blocks - first < most_blocks ? blocks - first : most_blocks;
      std::int64_t at[most_blocks] = {};
      for (std::int64_t i = 0; i < count; ++i)
        at[i] = (first + i) % task.rows * strip.row + (first + i) / task.rows * 16 * line.channels;
      multiply(products, at, count, sums);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t w = (first + i) / task.rows * 16, left = c.width - w;
        const std::int64_t voxel = output_voxel(c, task, depth, (first + i) % task.rows, w);
        put(sums + i * 256, finish, left < 16 ? left : 16, channels, c.out,
            static_cast<std::uint16_t*>(c.y) + voxel * c.out + channel);
      }
    }
  }
}

void amx_run(const StripConvolution& c, const StripTask& task, void* memory) {
  const Line line(c.in, c.taps);
  const Strip<std::uint16_t> strip(c, task.rows, line.channels, memory);
  const Palette palette(line.halved);
  asm volatile("" ::"r"(&palette) : "memory");  // GCC knows of 8 of the 64 bytes that are read
  _tile_loadconfig(&palette);
  const std::int64_t reach = c.taps / 2;
  for (std::int64_t depth = task.begin - reach; depth < task.begin + reach; ++depth)
    strip.fill(task, depth);
  for (std::int64_t depth = task.begin; depth < task.end; ++depth) {
    strip.fill(task, depth + reach);
    asm volatile("" ::: "memory");  // loads of tiles are not told to read memory
    amx_plane(strip, line, task, depth);
  }
  _tile_release();
}

}  // namespace

StripKernels amx_kernels() { return {amx_memory, amx_filter_bytes, amx_filters, amx_run}; }
#else
StripKernels amx_kernels() { return {}; }
#endif

}  // namespace seg
